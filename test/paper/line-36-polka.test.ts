import { describe, expect, it } from 'vitest'
import { step } from '../../src/consensus/index.ts'
import { line36Lock, line42SetValid, line44PrecommitNil } from '../../src/consensus/rules/polka-rules.ts'
import { type EnvFacts, fresh, makeEnv, makeState } from '../support/view.ts'

/** Round 1: A is proposed, valid, and has a polka. */
const FACTS: EnvFacts = {
  proposals: { 1: [fresh('A')] },
  validity: { A: 'valid' },
  prevotes: { 1: { A: 3n } }
}
const PREVOTE = makeState({ step: 'prevote' })
const A1 = { round: 1, value: 'A' }

describe('lines 36 to 41: a polka for the proposed value in the prevote step', () => {
  it('locks the value, makes it the valid value and precommits it', () => {
    const locked = line36Lock(PREVOTE, makeEnv(FACTS))
    expect(locked?.state).toMatchObject({ step: 'precommit', locked: A1, valid: A1 })
    expect(locked?.effects).toEqual([
      { kind: 'signVote', vote: 'precommit', height: 1, round: 1, value: 'A' }
    ])
  })

  it('moves a lock on another value, and renews a lock on the same', () => {
    for (const value of ['A', 'B']) {
      const state = { ...PREVOTE, locked: { round: 0, value } }
      expect(line36Lock(state, makeEnv(FACTS))?.state.locked).toEqual(A1)
    }
  })

  it('happens for a proposal with any POL round', () => {
    const facts = { ...FACTS, proposals: { 1: [{ value: 'A', polRound: 0 }] } }
    expect(line36Lock(PREVOTE, makeEnv(facts))?.state.locked).toEqual(A1)
  })

  it('happens for the second of two proposals', () => {
    const facts = { ...FACTS, proposals: { 1: [fresh('B'), fresh('A')] } }
    expect(line36Lock(PREVOTE, makeEnv(facts))?.state.locked).toEqual(A1)
  })

  it('does not happen in the propose or precommit step', () => {
    expect(line36Lock(makeState(), makeEnv(FACTS))).toBeNull()
    expect(line36Lock(makeState({ step: 'precommit' }), makeEnv(FACTS))).toBeNull()
  })

  it('does not happen without the proposal of this round', () => {
    expect(line36Lock(PREVOTE, makeEnv({ ...FACTS, proposals: {} }))).toBeNull()
    expect(line36Lock(PREVOTE, makeEnv({ ...FACTS, proposals: { 0: [fresh('A')] } }))).toBeNull()
    expect(line36Lock(PREVOTE, makeEnv({ ...FACTS, proposals: { 1: [fresh('B')] } }))).toBeNull()
  })

  it('does not happen one vote short, or with a polka of another round', () => {
    expect(line36Lock(PREVOTE, makeEnv({ ...FACTS, prevotes: { 1: { A: 2n, B: 2n } } }))).toBeNull()
    expect(line36Lock(PREVOTE, makeEnv({ ...FACTS, prevotes: { 0: { A: 3n } } }))).toBeNull()
  })

  it('does not happen for a value that is invalid or not here', () => {
    expect(line36Lock(PREVOTE, makeEnv({ ...FACTS, validity: { A: 'invalid' } }))).toBeNull()
    expect(line36Lock(PREVOTE, makeEnv({ ...FACTS, validity: {} }))).toBeNull()
  })
})

describe('lines 42 and 43: a polka sets the valid value', () => {
  it('without a lock after the own precommit', () => {
    const late = makeState({ step: 'precommit', locked: { round: 0, value: 'B' } })
    const transition = line42SetValid(late, makeEnv(FACTS))
    expect(transition).toMatchObject({ state: { valid: A1, locked: { round: 0, value: 'B' } }, effects: [] })
  })

  it('also without the proposal message', () => {
    expect(line42SetValid(PREVOTE, makeEnv({ ...FACTS, proposals: {} }))?.state).toMatchObject({
      valid: A1,
      locked: null
    })
  })

  it('once a round', () => {
    const first = line42SetValid(PREVOTE, makeEnv(FACTS))!
    expect(line42SetValid(first.state, makeEnv(FACTS))).toBeNull()
  })

  it('but still lets the lock follow in the prevote step', () => {
    const facts = { ...FACTS, proposals: {} }
    const before = step(PREVOTE, { kind: 'poolChanged' }, makeEnv(facts))
    expect(before.state).toMatchObject({ valid: A1, locked: null, step: 'prevote' })
    const after = step(before.state, { kind: 'poolChanged' }, makeEnv(FACTS))
    expect(after.state).toMatchObject({ locked: A1, step: 'precommit' })
  })

  it('not for nil, not one vote short, not for a value that is invalid or not here', () => {
    expect(line42SetValid(PREVOTE, makeEnv({ ...FACTS, prevotes: { 1: { nil: 3n } } }))).toBeNull()
    expect(line42SetValid(PREVOTE, makeEnv({ ...FACTS, prevotes: { 1: { A: 2n } } }))).toBeNull()
    expect(line42SetValid(PREVOTE, makeEnv({ ...FACTS, validity: { A: 'invalid' } }))).toBeNull()
    expect(line42SetValid(PREVOTE, makeEnv({ ...FACTS, validity: {} }))).toBeNull()
  })

  it('not from a polka of another round', () => {
    expect(line42SetValid(PREVOTE, makeEnv({ ...FACTS, prevotes: { 0: { A: 3n } } }))).toBeNull()
  })
})

describe('lines 44 to 46: a polka for nil in the prevote step', () => {
  const nilPolka: EnvFacts = { prevotes: { 1: { nil: 3n } } }

  it('is precommitted nil', () => {
    const transition = line44PrecommitNil(PREVOTE, makeEnv(nilPolka))
    expect(transition?.state.step).toBe('precommit')
    expect(transition?.effects).toEqual([
      { kind: 'signVote', vote: 'precommit', height: 1, round: 1, value: null }
    ])
  })

  it('keeps lock and valid value', () => {
    const held = { ...PREVOTE, locked: { round: 0, value: 'B' }, valid: { round: 0, value: 'B' } }
    expect(line44PrecommitNil(held, makeEnv(nilPolka))?.state).toMatchObject({
      locked: { round: 0, value: 'B' },
      valid: { round: 0, value: 'B' }
    })
  })

  it('needs the prevote step, the whole quorum and this round', () => {
    expect(line44PrecommitNil(makeState(), makeEnv(nilPolka))).toBeNull()
    expect(line44PrecommitNil(makeState({ step: 'precommit' }), makeEnv(nilPolka))).toBeNull()
    expect(line44PrecommitNil(PREVOTE, makeEnv({ prevotes: { 1: { nil: 2n, A: 2n } } }))).toBeNull()
    expect(line44PrecommitNil(PREVOTE, makeEnv({ prevotes: { 0: { nil: 3n } } }))).toBeNull()
  })
})
