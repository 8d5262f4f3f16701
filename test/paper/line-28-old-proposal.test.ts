import { describe, expect, it } from 'vitest'
import type { RoundState } from '../../src/consensus/index.ts'
import { line28PrevoteOld } from '../../src/consensus/rules/proposal-rules.ts'
import { type EnvFacts, makeEnv, makeState } from '../support/view.ts'

/** Round 3; A is proposed again with the polka of round 1. */
const FACTS: EnvFacts = {
  proposals: { 3: [{ value: 'A', polRound: 1 }] },
  validity: { A: 'valid' },
  prevotes: { 1: { A: 3n } }
}

function prevoted(change: Partial<RoundState> = {}, facts: EnvFacts = FACTS) {
  return line28PrevoteOld(makeState({ round: 3, ...change }), makeEnv(facts))?.effects
}

const prevote = (value: string | null) => [{ kind: 'signVote', vote: 'prevote', height: 1, round: 3, value }]

describe('lines 28 to 33: a proposal with an earlier polka in the propose step', () => {
  it('is prevoted, and the prevote step begins', () => {
    expect(prevoted()).toEqual(prevote('A'))
    expect(line28PrevoteOld(makeState({ round: 3 }), makeEnv(FACTS))?.state.step).toBe('prevote')
  })

  it('opens a lock of an earlier round or of the very round', () => {
    expect(prevoted({ locked: { round: 0, value: 'B' } })).toEqual(prevote('A'))
    expect(prevoted({ locked: { round: 1, value: 'B' } })).toEqual(prevote('A'))
  })

  it('does not open a lock of a later round', () => {
    expect(prevoted({ locked: { round: 2, value: 'B' } })).toEqual(prevote(null))
  })

  it('is prevoted under a later lock on the same value', () => {
    expect(prevoted({ locked: { round: 2, value: 'A' } })).toEqual(prevote('A'))
  })

  it('keeps the lock: a prevote is not a lock', () => {
    const locked = { round: 0, value: 'B' }
    const state = makeState({ round: 3, locked })
    expect(line28PrevoteOld(state, makeEnv(FACTS))?.state.locked).toEqual(locked)
  })

  it('is answered with nil when the value is invalid', () => {
    expect(prevoted({}, { ...FACTS, validity: { A: 'invalid' } })).toEqual(prevote(null))
  })

  it('waits for the value, and for the polka it claims', () => {
    expect(prevoted({}, { ...FACTS, validity: {} })).toBeUndefined()
    expect(prevoted({}, { ...FACTS, prevotes: { 1: { A: 2n } } })).toBeUndefined()
  })

  it('asks for a polka for the same value in the very round', () => {
    expect(prevoted({}, { ...FACTS, prevotes: { 1: { B: 3n } } })).toBeUndefined()
    expect(prevoted({}, { ...FACTS, prevotes: { 1: { nil: 3n } } })).toBeUndefined()
    expect(prevoted({}, { ...FACTS, prevotes: { 0: { A: 3n }, 2: { A: 3n } } })).toBeUndefined()
  })

  it('does not take a claimed round that is not earlier, or none', () => {
    for (const polRound of [3, 4, -1]) {
      const facts = {
        ...FACTS,
        proposals: { 3: [{ value: 'A', polRound }] },
        prevotes: { [polRound]: { A: 3n } }
      }
      expect(prevoted({}, facts), `POL round ${polRound}`).toBeUndefined()
    }
  })

  it('is not looked at in another step, nor taken from another round', () => {
    for (const step of ['prevote', 'precommit', 'commit'] as const) expect(prevoted({ step })).toBeUndefined()
    expect(prevoted({ round: 4 })).toBeUndefined()
  })
})
