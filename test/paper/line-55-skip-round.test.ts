import { describe, expect, it } from 'vitest'
import { initialRoundState, step } from '../../src/consensus/index.ts'
import { line55SkipRound } from '../../src/consensus/rules/decide-rules.ts'
import { fresh, makeEnv, makeState } from '../support/view.ts'

describe('lines 55 and 56: +1/3 of the power in a higher round', () => {
  it('starts that round from every step', () => {
    for (const at of ['propose', 'prevote', 'precommit'] as const) {
      const skipped = line55SkipRound(makeState({ step: at }), makeEnv({ busyRound: 4 }))
      expect(skipped?.state).toMatchObject({ round: 4, step: 'propose' })
      expect(skipped?.effects).toEqual([
        { kind: 'scheduleTimeout', timeout: { kind: 'propose', height: 1, round: 4 } }
      ])
    }
  })

  it('makes the proposer of that round propose', () => {
    const skipped = line55SkipRound(makeState(), makeEnv({ busyRound: 4, proposes: true }))
    expect(skipped?.effects.map(effect => effect.kind)).toEqual(['scheduleTimeout', 'buildValue'])
  })

  it('keeps the lock and the valid value', () => {
    const held = { locked: { round: 0, value: 'A' }, valid: { round: 1, value: 'B' } }
    expect(line55SkipRound(makeState(held), makeEnv({ busyRound: 4 }))?.state).toMatchObject(held)
  })

  it('does nothing for the own round or an earlier one', () => {
    expect(line55SkipRound(makeState({ round: 4 }), makeEnv({ busyRound: 4 }))).toBeNull()
    expect(line55SkipRound(makeState({ round: 5 }), makeEnv({ busyRound: 4 }))).toBeNull()
    expect(line55SkipRound(makeState(), makeEnv())).toBeNull()
  })

  it('does nothing before the height starts', () => {
    expect(step(initialRoundState(1), { kind: 'poolChanged' }, makeEnv({ busyRound: 4 })).fired).toEqual([])
  })

  it('comes before the rules of the round that is left', () => {
    const env = makeEnv({ busyRound: 4, proposals: { 1: [fresh('A')] }, validity: { A: 'valid' } })
    expect(step(makeState(), { kind: 'poolChanged' }, env).fired).toEqual(['line55SkipRound'])
  })
})
