import { describe, expect, it } from 'vitest'
import { initialRoundState, step } from '../../src/consensus/index.ts'
import { line49Decide } from '../../src/consensus/rules/decide-rules.ts'
import { type EnvFacts, fresh, makeEnv, makeState } from '../support/view.ts'

const FACTS: EnvFacts = { precommits: { 1: { A: 3n } }, validity: { A: 'valid' } }

describe('lines 49 to 51: +2/3 precommits for a valid value', () => {
  it('decide it, in every step, without the proposal message', () => {
    for (const at of ['propose', 'prevote', 'precommit'] as const) {
      const decided = line49Decide(makeState({ step: at }), makeEnv(FACTS))
      expect(decided?.state).toMatchObject({ step: 'commit', decision: { round: 1, value: 'A' } })
      expect(decided?.effects).toEqual([{ kind: 'commit', height: 1, round: 1, value: 'A' }])
    }
  })

  it('decide it from any round of the height', () => {
    for (const round of [0, 1, 9]) {
      const decided = line49Decide(makeState(), makeEnv({ ...FACTS, precommits: { [round]: { A: 3n } } }))
      expect(decided?.state.decision).toEqual({ round, value: 'A' })
    }
  })

  it('decide it against a lock on another value: the quorum is stronger', () => {
    const locked = makeState({ locked: { round: 0, value: 'B' } })
    expect(line49Decide(locked, makeEnv(FACTS))?.state.decision?.value).toBe('A')
  })

  it('decide it before the height is started here', () => {
    const result = step(initialRoundState(1), { kind: 'poolChanged' }, makeEnv(FACTS))
    expect(result.fired).toEqual(['line49Decide'])
    expect(step(result.state, { kind: 'startHeight', height: 1 }, makeEnv(FACTS)).fired).toEqual([])
  })

  it('decide it on a full node', () => {
    expect(line49Decide(makeState(), makeEnv({ ...FACTS, votes: false }))?.effects).toHaveLength(1)
  })

  it('do not decide one vote short', () => {
    expect(line49Decide(makeState(), makeEnv({ ...FACTS, precommits: { 1: { A: 2n, B: 2n } } }))).toBeNull()
  })

  it('do not decide when spread over two rounds', () => {
    const spread = makeEnv({ ...FACTS, precommits: { 0: { A: 2n }, 1: { A: 2n } } })
    expect(line49Decide(makeState(), spread)).toBeNull()
  })

  it('do not decide nil', () => {
    expect(line49Decide(makeState(), makeEnv({ ...FACTS, precommits: { 1: { nil: 3n } } }))).toBeNull()
  })

  it('do not decide a value that is invalid or not here', () => {
    expect(line49Decide(makeState(), makeEnv({ ...FACTS, validity: { A: 'invalid' } }))).toBeNull()
    expect(line49Decide(makeState(), makeEnv({ ...FACTS, validity: {} }))).toBeNull()
  })

  it('come before every other rule, and no rule follows', () => {
    const everything = makeEnv({
      ...FACTS,
      proposals: { 1: [fresh('A')] },
      prevotes: { 1: { A: 3n } },
      busyRound: 7
    })
    const result = step(makeState(), { kind: 'poolChanged' }, everything)
    expect(result.fired).toEqual(['line49Decide'])
    const again = step(result.state, { kind: 'poolChanged' }, everything)
    expect(again).toEqual({ state: result.state, effects: [], fired: [] })
  })

  it('leave inputs of the decided height without effect', () => {
    const { state } = step(makeState({ building: true }), { kind: 'poolChanged' }, makeEnv(FACTS))
    expect(state.building).toBe(false)
    for (const input of [
      { kind: 'txsAvailable', height: 1 },
      { kind: 'valueBuilt', height: 1, round: 1, value: 'B' },
      { kind: 'startHeight', height: 1 }
    ] as const) {
      expect(step(state, input, makeEnv(FACTS))).toEqual({ state, effects: [], fired: [] })
    }
  })
})
