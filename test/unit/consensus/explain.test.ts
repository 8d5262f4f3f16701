import { describe, expect, it } from 'vitest'
import { explain, formatExplanation, initialRoundState } from '../../../src/consensus/index.ts'
import { fresh, makeEnv, makeState } from '../../support/view.ts'

const kinds = (...args: Parameters<typeof explain>) => explain(...args).awaits.map(awaited => awaited.kind)

describe('explain', () => {
  it('awaits the start of a height', () => {
    expect(kinds(initialRoundState(1), makeEnv())).toEqual(['startHeight'])
  })

  it('awaits transactions or what others begin', () => {
    expect(kinds(makeState({ round: 0, waiting: true }), makeEnv())).toEqual(['transactions', 'proposal'])
  })

  it('awaits the own value, the proposal, or the rest of it', () => {
    expect(kinds(makeState({ building: true }), makeEnv())).toEqual(['ownValue', 'votes', 'timeout'])
    expect(kinds(makeState(), makeEnv())).toEqual(['proposal', 'votes', 'timeout'])
    const incomplete = makeEnv({ proposals: { 1: [fresh('A')] } })
    expect(explain(makeState(), incomplete).awaits[0]).toEqual({
      kind: 'value',
      value: 'A',
      round: 1,
      namedBy: 'proposal'
    })
  })

  it('awaits the polka behind a re-proposal', () => {
    const env = makeEnv({
      proposals: { 2: [{ value: 'A', polRound: 1 }] },
      validity: { A: 'valid' },
      prevotes: { 1: { A: 2n } }
    })
    expect(explain(makeState({ round: 2 }), env).awaits[0]).toEqual({
      kind: 'polRound',
      round: 1,
      value: 'A',
      power: 2n,
      quorum: 3n
    })
  })

  it('awaits votes, and says how many there are and for what', () => {
    const env = makeEnv({ proposals: { 1: [fresh('A')] }, prevotes: { 1: { A: 1n, nil: 2n } } })
    expect(explain(makeState({ step: 'prevote' }), env).awaits[0]).toEqual({
      kind: 'votes',
      vote: 'prevote',
      round: 1,
      power: 3n,
      leading: { value: null, power: 2n },
      quorum: 3n
    })
  })

  it('awaits timeouts that run', () => {
    const once = { polkaAny: true, polkaValue: false, precommitAny: true }
    const { awaits } = explain(makeState({ step: 'prevote', once }), makeEnv())
    expect(awaits.flatMap(each => (each.kind === 'timeout' ? [each.timeout.kind] : []))).toEqual([
      'prevote',
      'precommit'
    ])
  })

  it('awaits the value of a polka, and then its proposal', () => {
    const polka = { prevotes: { 1: { A: 3n } } }
    const prevote = makeState({ step: 'prevote' })
    expect(explain(prevote, makeEnv(polka)).awaits[0]).toMatchObject({ kind: 'value', namedBy: 'prevotes' })
    const here = makeEnv({ ...polka, validity: { A: 'valid' } })
    expect(explain(prevote, here).awaits[0]).toEqual({ kind: 'proposal', round: 1 })
  })

  it('awaits the decided value, or a person when it is invalid', () => {
    const commit = { precommits: { 0: { A: 3n } } }
    expect(explain(makeState(), makeEnv(commit)).awaits[0]).toEqual({
      kind: 'value',
      value: 'A',
      round: 0,
      namedBy: 'precommits'
    })
    const invalid = makeEnv({ ...commit, validity: { A: 'invalid' } })
    const explanation = explain(makeState(), invalid)
    expect(explanation.awaits[0]).toEqual({ kind: 'invalidDecision', value: 'A', round: 0 })
    expect(formatExplanation(explanation)).toContain('awaits a person')
  })

  it('awaits nothing after a decision', () => {
    const decided = makeState({ step: 'commit', decision: { round: 1, value: 'A' } })
    expect(formatExplanation(explain(decided, makeEnv()))).toBe('1/1 commit awaits nothing')
  })

  it('says who proposes', () => {
    expect(explain(makeState(), makeEnv({ proposes: true })).isProposer).toBe(true)
  })
})
