import { describe, expect, it } from 'vitest'
import { step, type TimeoutKind } from '../../src/consensus/index.ts'
import {
  line34ScheduleTimeoutPrevote,
  line47ScheduleTimeoutPrecommit,
  line57TimeoutPropose,
  line61TimeoutPrevote,
  line65TimeoutPrecommit
} from '../../src/consensus/rules/timeout-rules.ts'
import { makeEnv, makeState } from '../support/view.ts'

const PREVOTE = makeState({ step: 'prevote' })
const PRECOMMIT = makeState({ step: 'precommit' })
const scheduled = (kind: TimeoutKind, round = 1) => ({
  kind: 'scheduleTimeout',
  timeout: { kind, height: 1, round }
})
const nil = (vote: 'prevote' | 'precommit') => ({ kind: 'signVote', vote, height: 1, round: 1, value: null })

describe('lines 34 and 35: +2/3 prevotes of any kind in the prevote step', () => {
  const mixed = makeEnv({ prevotes: { 1: { A: 1n, B: 1n, nil: 1n } } })

  it('schedule the prevote timeout', () => {
    expect(line34ScheduleTimeoutPrevote(PREVOTE, mixed)?.effects).toEqual([scheduled('prevote')])
  })

  it('once a round', () => {
    const first = line34ScheduleTimeoutPrevote(PREVOTE, mixed)!
    expect(line34ScheduleTimeoutPrevote(first.state, mixed)).toBeNull()
  })

  it('not in another step, not one vote short, not for another round', () => {
    expect(line34ScheduleTimeoutPrevote(makeState(), mixed)).toBeNull()
    expect(line34ScheduleTimeoutPrevote(PRECOMMIT, mixed)).toBeNull()
    expect(line34ScheduleTimeoutPrevote(PREVOTE, makeEnv({ prevotes: { 1: { A: 2n } } }))).toBeNull()
    expect(line34ScheduleTimeoutPrevote(PREVOTE, makeEnv({ prevotes: { 0: { A: 3n } } }))).toBeNull()
  })
})

describe('lines 47 and 48: +2/3 precommits of any kind', () => {
  const mixed = makeEnv({ precommits: { 1: { A: 1n, B: 1n, nil: 1n } } })

  it('schedule the precommit timeout in every step', () => {
    for (const state of [makeState(), PREVOTE, PRECOMMIT]) {
      expect(line47ScheduleTimeoutPrecommit(state, mixed)?.effects).toEqual([scheduled('precommit')])
    }
  })

  it('once a round', () => {
    const first = line47ScheduleTimeoutPrecommit(PREVOTE, mixed)!
    expect(line47ScheduleTimeoutPrecommit(first.state, mixed)).toBeNull()
  })

  it('not one vote short, not for another round', () => {
    expect(line47ScheduleTimeoutPrecommit(PREVOTE, makeEnv({ precommits: { 1: { A: 2n } } }))).toBeNull()
    expect(line47ScheduleTimeoutPrecommit(PREVOTE, makeEnv({ precommits: { 0: { A: 3n } } }))).toBeNull()
  })
})

describe('lines 57 to 60: the propose timeout', () => {
  it('prevotes nil in the propose step', () => {
    const transition = line57TimeoutPropose(makeState(), makeEnv())
    expect(transition).toMatchObject({ state: { step: 'prevote' }, effects: [nil('prevote')] })
  })

  it('does nothing in another step', () => {
    expect(line57TimeoutPropose(PREVOTE, makeEnv())).toBeNull()
    expect(line57TimeoutPropose(PRECOMMIT, makeEnv())).toBeNull()
  })
})

describe('lines 61 to 64: the prevote timeout', () => {
  it('precommits nil in the prevote step, and keeps the lock', () => {
    const locked = { round: 0, value: 'A' }
    const transition = line61TimeoutPrevote({ ...PREVOTE, locked }, makeEnv())
    expect(transition).toMatchObject({ state: { step: 'precommit', locked }, effects: [nil('precommit')] })
  })

  it('does nothing in another step', () => {
    expect(line61TimeoutPrevote(makeState(), makeEnv())).toBeNull()
    expect(line61TimeoutPrevote(PRECOMMIT, makeEnv())).toBeNull()
  })
})

describe('lines 65 to 67: the precommit timeout', () => {
  it('starts the next round', () => {
    const transition = line65TimeoutPrecommit(PRECOMMIT, makeEnv())
    expect(transition).toMatchObject({
      state: { round: 2, step: 'propose' },
      effects: [scheduled('propose', 2)]
    })
  })

  it('precommits nil first where nothing was precommitted', () => {
    for (const state of [makeState(), PREVOTE]) {
      const transition = line65TimeoutPrecommit(state, makeEnv())
      expect(transition?.effects).toEqual([nil('precommit'), scheduled('propose', 2)])
    }
  })
})

describe('a timeout that comes late', () => {
  const kinds: readonly TimeoutKind[] = ['propose', 'prevote', 'precommit']
  const late = (kind: TimeoutKind, height: number, round: number) =>
    ({ kind: 'timeoutElapsed', timeout: { kind, height, round } }) as const

  it('of another round or height does nothing (lines 58, 62, 66)', () => {
    for (const kind of kinds) {
      for (const state of [makeState(), PREVOTE, PRECOMMIT]) {
        for (const [height, round] of [
          [1, 0],
          [1, 2],
          [2, 1],
          [0, 1]
        ] as const) {
          expect(step(state, late(kind, height, round), makeEnv())).toEqual({ state, effects: [], fired: [] })
        }
      }
    }
  })

  it('does nothing before the height starts and after it is decided', () => {
    const decided = makeState({ step: 'commit', decision: { round: 1, value: 'A' } })
    for (const kind of kinds) {
      for (const state of [decided, makeState({ step: 'newHeight' })]) {
        expect(step(state, late(kind, 1, 1), makeEnv())).toEqual({ state, effects: [], fired: [] })
      }
    }
  })
})
