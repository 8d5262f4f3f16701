import { describe, expect, it } from 'vitest'
import { line22PrevoteNew } from '../../src/consensus/rules/proposal-rules.ts'
import { type EnvFacts, fresh, makeEnv, makeState } from '../support/view.ts'

/** A fresh, valid proposal A in round 1. */
const FACTS: EnvFacts = { proposals: { 1: [fresh('A')] }, validity: { A: 'valid' } }

function prevoted(state = makeState(), facts: EnvFacts = FACTS) {
  return line22PrevoteNew(state, makeEnv(facts))?.effects
}

const prevote = (value: string | null) => [{ kind: 'signVote', vote: 'prevote', height: 1, round: 1, value }]

describe('lines 22 to 27: a fresh proposal in the propose step', () => {
  it('is prevoted, and the prevote step begins', () => {
    expect(prevoted()).toEqual(prevote('A'))
    expect(line22PrevoteNew(makeState(), makeEnv(FACTS))?.state.step).toBe('prevote')
  })

  it('is prevoted when locked on the same value', () => {
    expect(prevoted(makeState({ locked: { round: 0, value: 'A' } }))).toEqual(prevote('A'))
  })

  it('is answered with nil when locked on another value', () => {
    expect(prevoted(makeState({ locked: { round: 0, value: 'B' } }))).toEqual(prevote(null))
  })

  it('is answered with nil when the value is invalid', () => {
    expect(prevoted(makeState(), { ...FACTS, validity: { A: 'invalid' } })).toEqual(prevote(null))
    const locked = makeState({ locked: { round: 0, value: 'A' } })
    expect(prevoted(locked, { ...FACTS, validity: { A: 'invalid' } })).toEqual(prevote(null))
  })

  it('is not judged before the value is complete and checked', () => {
    expect(prevoted(makeState(), { ...FACTS, validity: {} })).toBeUndefined()
  })

  it('is not looked at in another step', () => {
    for (const step of ['prevote', 'precommit', 'commit'] as const) {
      expect(prevoted(makeState({ step }))).toBeUndefined()
    }
  })

  it('is not taken from another round', () => {
    expect(prevoted(makeState({ round: 2 }))).toBeUndefined()
  })

  it('is not a proposal with a POL round', () => {
    expect(
      prevoted(makeState(), { ...FACTS, proposals: { 1: [{ value: 'A', polRound: 0 }] } })
    ).toBeUndefined()
  })

  it('of two proposals takes the first that can be judged', () => {
    const two = { 1: [fresh('A'), fresh('B')] }
    expect(prevoted(makeState(), { proposals: two, validity: { A: 'valid', B: 'valid' } })).toEqual(
      prevote('A')
    )
    expect(prevoted(makeState(), { proposals: two, validity: { B: 'valid' } })).toEqual(prevote('B'))
  })

  it('makes a full node go on without a vote', () => {
    const transition = line22PrevoteNew(makeState(), makeEnv({ ...FACTS, votes: false }))
    expect(transition).toMatchObject({ state: { step: 'prevote' }, effects: [] })
  })

  it('ends the building of an own value', () => {
    expect(line22PrevoteNew(makeState({ building: true }), makeEnv(FACTS))?.state.building).toBe(false)
  })
})
