import { describe, expect, it } from 'vitest'
import { initialRoundState, step } from '../../src/consensus/index.ts'
import { startRound } from '../../src/consensus/rules/actions.ts'
import { line10StopWaiting } from '../../src/consensus/rules/decide-rules.ts'
import {
  line10StartHeight,
  line10TxsAvailable,
  line19ProposeBuilt
} from '../../src/consensus/rules/start-rules.ts'
import { fresh, makeEnv, makeState } from '../support/view.ts'

const NEW_HEIGHT = initialRoundState(1)

describe('line 10: upon start', () => {
  it('starts round 0', () => {
    const started = line10StartHeight(NEW_HEIGHT, { height: 1, waitForTxs: false }, makeEnv())
    expect(started?.state).toMatchObject({ height: 1, round: 0, step: 'propose', waiting: false })
  })

  it('resets everything of the height before (line 53)', () => {
    const decided = makeState({
      step: 'commit',
      locked: { round: 1, value: 'A' },
      valid: { round: 1, value: 'A' },
      decision: { round: 1, value: 'A' }
    })
    const started = line10StartHeight(decided, { height: 2, waitForTxs: false }, makeEnv())
    expect(started?.state).toMatchObject({ height: 2, round: 0, locked: null, valid: null, decision: null })
  })

  it('does not start a height twice, nor an earlier one', () => {
    const running = makeState({ height: 5 })
    expect(line10StartHeight(running, { height: 5, waitForTxs: false }, makeEnv())).toBeNull()
    expect(line10StartHeight(running, { height: 4, waitForTxs: false }, makeEnv())).toBeNull()
  })

  it('waits for transactions without proposing and without a timeout', () => {
    const waiting = line10StartHeight(
      NEW_HEIGHT,
      { height: 1, waitForTxs: true },
      makeEnv({ proposes: true })
    )
    expect(waiting).toEqual({
      state: { ...NEW_HEIGHT, step: 'propose', waiting: true },
      effects: []
    })
  })
})

describe('line 10, put off: the end of waiting', () => {
  const waiting = makeState({ round: 0, waiting: true })

  it('comes with transactions', () => {
    const started = line10TxsAvailable(waiting, makeEnv({ proposes: true }))
    expect(started?.state).toMatchObject({ waiting: false, building: true })
    expect(started?.effects.map(effect => effect.kind)).toEqual(['scheduleTimeout', 'buildValue'])
  })

  it('does not come with transactions to a node that does not wait', () => {
    expect(line10TxsAvailable(makeState({ round: 0 }), makeEnv())).toBeNull()
  })

  it('comes with a proposal of round 0, complete or not', () => {
    const started = line10StopWaiting(waiting, makeEnv({ proposals: { 0: [fresh('A')] } }))
    expect(started?.effects).toEqual([
      { kind: 'scheduleTimeout', timeout: { kind: 'propose', height: 1, round: 0 } }
    ])
  })

  it('comes with +1/3 of the power in round 0', () => {
    expect(line10StopWaiting(waiting, makeEnv({ busyRound: 0 }))?.state.waiting).toBe(false)
  })

  it('does not come while nobody has begun, nor to a node that does not wait', () => {
    expect(line10StopWaiting(waiting, makeEnv())).toBeNull()
    expect(line10StopWaiting(makeState({ round: 0 }), makeEnv({ busyRound: 0 }))).toBeNull()
  })

  it('comes with a higher round through line 55', () => {
    const { fired, state } = step(waiting, { kind: 'poolChanged' }, makeEnv({ busyRound: 2 }))
    expect(fired).toEqual(['line55SkipRound'])
    expect(state).toMatchObject({ round: 2, waiting: false })
  })

  it('does not come with transactions of another height', () => {
    expect(step(waiting, { kind: 'txsAvailable', height: 2 }, makeEnv()).fired).toEqual([])
  })
})

describe('lines 11 to 21: StartRound', () => {
  const timeout = { kind: 'scheduleTimeout', timeout: { kind: 'propose', height: 1, round: 2 } }

  it('enters the round and clears what happens once a round', () => {
    const dirty = makeState({
      step: 'precommit',
      once: { polkaAny: true, polkaValue: true, precommitAny: true },
      locked: { round: 1, value: 'A' },
      building: true
    })
    const { state } = startRound(dirty, 2, makeEnv())
    expect(state).toEqual({
      ...dirty,
      round: 2,
      step: 'propose',
      once: { polkaAny: false, polkaValue: false, precommitAny: false },
      building: false
    })
  })

  it('line 21: a node that does not propose schedules the propose timeout', () => {
    expect(startRound(makeState(), 2, makeEnv()).effects).toEqual([timeout])
  })

  it('line 16: the proposer proposes its valid value again, with the round of its polka', () => {
    const state = makeState({ valid: { round: 1, value: 'A' }, locked: { round: 0, value: 'B' } })
    const started = startRound(state, 2, makeEnv({ proposes: true }))
    expect(started.effects).toEqual([
      timeout,
      { kind: 'signProposal', height: 1, round: 2, value: 'A', polRound: 1 }
    ])
    expect(started.state.building).toBe(false)
  })

  it('line 18: the proposer without a valid value asks for one', () => {
    const started = startRound(makeState(), 2, makeEnv({ proposes: true }))
    expect(started.effects).toEqual([timeout, { kind: 'buildValue', height: 1, round: 2 }])
    expect(started.state.building).toBe(true)
  })

  it('a proposer whose proposal is already here does not make a second one', () => {
    const env = makeEnv({ proposes: true, proposals: { 2: [fresh('A')] } })
    expect(startRound(makeState(), 2, env).effects).toEqual([timeout])
    expect(startRound(makeState({ valid: { round: 1, value: 'B' } }), 2, env).effects).toEqual([timeout])
  })

  it('a full node never proposes', () => {
    expect(startRound(makeState(), 2, makeEnv({ proposes: true, votes: false })).effects).toEqual([timeout])
  })
})

describe('line 19: proposing what was built', () => {
  const building = makeState({ building: true })

  it('signs a fresh proposal once', () => {
    const proposed = line19ProposeBuilt(building, { round: 1, value: 'A' })
    expect(proposed?.effects).toEqual([
      { kind: 'signProposal', height: 1, round: 1, value: 'A', polRound: -1 }
    ])
    expect(line19ProposeBuilt(proposed!.state, { round: 1, value: 'A' })).toBeNull()
  })

  it('drops a value of another round', () => {
    expect(line19ProposeBuilt(building, { round: 0, value: 'A' })).toBeNull()
  })

  it('drops a value of another height', () => {
    expect(step(building, { kind: 'valueBuilt', height: 2, round: 1, value: 'A' }, makeEnv()).fired).toEqual(
      []
    )
  })

  it('drops a value that nobody asked for, or that comes after the propose step', () => {
    expect(line19ProposeBuilt(makeState(), { round: 1, value: 'A' })).toBeNull()
    const late = step(building, elapsed('propose'), makeEnv()).state
    expect(step(late, { kind: 'valueBuilt', height: 1, round: 1, value: 'A' }, makeEnv()).effects).toEqual([])
  })
})

function elapsed(kind: 'propose') {
  return { kind: 'timeoutElapsed', timeout: { kind, height: 1, round: 1 } } as const
}
