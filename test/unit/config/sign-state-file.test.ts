import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatSignState, parseSignState, ZERO_SIGN_STATE } from '../../../src/config/index.ts'
import vectors from '../../fixtures/vectors/priv_validator.json' with { type: 'json' }

describe('priv_validator_state.json', () => {
  it('of CometBFT is read', () => {
    const minimal = vectors.cases.find(one => one.name === 'priv_validator_state.json minimal')!
    expect(parseSignState(JSON.stringify(minimal.json), 's')).toEqual({
      height: 1,
      round: 1,
      step: 1,
      signature: null,
      signBytes: null
    })
  })

  it('of nothing signed is written as CometBFT does', () => {
    expect(formatSignState(ZERO_SIGN_STATE)).toBe('{\n  "height": "0",\n  "round": 0,\n  "step": 0\n}')
  })

  it('holds the signature in base64 and what was signed in upper-case hex', () => {
    const signature = new Uint8Array(64).fill(1)
    const text = formatSignState({
      height: 10,
      round: 1,
      step: 2,
      signature,
      signBytes: Uint8Array.of(0xab, 0xcd)
    })
    expect(JSON.parse(text)).toEqual({
      height: '10',
      round: 1,
      step: 2,
      signature: Buffer.from(signature).toString('base64'),
      signbytes: 'ABCD'
    })
  })

  it('survives being written and read', () => {
    const signed = fc.record({
      height: fc.maxSafeNat(),
      round: fc.nat(2 ** 31 - 1),
      step: fc.constantFrom(1, 2, 3),
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
      signBytes: fc.uint8Array({ minLength: 1, maxLength: 200 })
    })
    fc.assert(
      fc.property(signed, state => {
        expect(parseSignState(formatSignState(state), 's')).toEqual(state)
      })
    )
  })

  const good = {
    height: '10',
    round: 1,
    step: 2,
    signature: Buffer.alloc(64).toString('base64'),
    signbytes: 'AB'
  }
  it.each([
    ['nothing', ''],
    ['half a file', JSON.stringify(good).slice(0, 40)],
    ['a number as height', JSON.stringify({ ...good, height: 10 })],
    ['a negative height', JSON.stringify({ ...good, height: '-1' })],
    ['a height beyond 2^53', JSON.stringify({ ...good, height: '9007199254740993' })],
    ['a padded height', JSON.stringify({ ...good, height: '010' })],
    ['a negative round', JSON.stringify({ ...good, round: -1 })],
    ['a round beyond int32', JSON.stringify({ ...good, round: 2 ** 31 })],
    ['an unknown step', JSON.stringify({ ...good, step: 4 })],
    ['a fraction', JSON.stringify({ ...good, step: 1.5 })],
    ['no step', JSON.stringify({ ...good, step: undefined })],
    ['a short signature', JSON.stringify({ ...good, signature: 'AAAA' })],
    ['odd hex', JSON.stringify({ ...good, signbytes: 'ABC' })],
    ['a signature of nothing', JSON.stringify({ ...good, signbytes: undefined })],
    ['no signature', JSON.stringify({ ...good, signature: undefined })],
    ['an unknown field', JSON.stringify({ ...good, extra: 1 })]
  ])('with %s stops the validator', (_, text) => {
    expect(() => parseSignState(text, '/h/state.json')).toThrow(
      /^validator state file \/h\/state\.json is damaged: [^\n]+$/
    )
  })
})
