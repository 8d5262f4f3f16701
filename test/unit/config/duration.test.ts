import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationTextToMs, durationToMs, formatDuration, parseDuration } from '../../../src/config/index.ts'

describe('durations', () => {
  // Texts and values as Go's time.ParseDuration documents and prints them.
  const both: readonly (readonly [string, bigint])[] = [
    ['0s', 0n],
    ['1ns', 1n],
    ['1.1\u00b5s', 1_100n],
    ['2.2ms', 2_200_000n],
    ['3.3s', 3_300_000_000n],
    ['4m5s', 245_000_000_000n],
    ['4m5.001s', 245_001_000_000n],
    ['5h6m7.001s', 18_367_001_000_000n],
    ['1m0.000000001s', 60_000_000_001n],
    ['168h0m0s', 604_800_000_000_000n],
    ['-1h30m0s', -5_400_000_000_000n],
    ['2562047h47m16.854775807s', 9_223_372_036_854_775_807n]
  ]

  it.each(both)('%s is read and printed', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds)
    expect(formatDuration(nanoseconds)).toBe(text)
  })

  it.each([
    ['0', 0n],
    ['+5s', 5_000_000_000n],
    ['1h30m', 5_400_000_000_000n],
    ['.5s', 500_000_000n],
    ['1.s', 1_000_000_000n],
    ['10us', 10_000n],
    ['10\u03bcs', 10_000n],
    ['1s1s', 2_000_000_000n],
    ['0.3333333333333333333h', 1_199_999_999_999n]
  ])('%s is read', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds)
  })

  it.each([
    '',
    '3',
    '-',
    's',
    '.',
    '-.',
    '.s',
    '+.s',
    '1d',
    '1 s',
    ' 1s',
    '1s ',
    '1S',
    '1e3s',
    '1,5s',
    '--1s',
    '1_0s'
  ])('%j is no duration', text => {
    expect(parseDuration(text)).toBeNull()
  })

  it('what does not fit in 64 bits is no duration', () => {
    expect(parseDuration('2562047h47m16.854775808s')).toBeNull()
    expect(parseDuration('-2562047h47m16.854775808s')).toBe(-(2n ** 63n))
    expect(parseDuration('9'.repeat(99))).toBeNull()
    expect(parseDuration(`${'9'.repeat(500)}s`)).toBeNull()
  })

  it('every value survives being printed and read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), nanoseconds => {
        expect(parseDuration(formatDuration(nanoseconds))).toBe(nanoseconds)
      })
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -2_000_000n, max: 100_000_000_000n }), nanoseconds => {
        expect(parseDuration(formatDuration(nanoseconds))).toBe(nanoseconds)
      })
    )
  })

  it('terms add up, whatever their order', () => {
    const unit = fc.constantFrom('ns', 'us', 'ms', 's', 'm', 'h')
    const term = fc.tuple(fc.nat(9999), unit).map(([number, name]) => `${number}${name}`)
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), terms => {
        const sum = terms.reduce((total, one) => total + parseDuration(one)!, 0n)
        expect(parseDuration(terms.join(''))).toBe(sum)
        expect(parseDuration(terms.toReversed().join(''))).toBe(sum)
      })
    )
  })

  it('become milliseconds', () => {
    expect(durationToMs(1_500_000n)).toBe(1.5)
    expect(durationTextToMs('1h30m')).toBe(5_400_000)
    expect(() => durationTextToMs('soon')).toThrow('"soon" is not a duration')
  })
})
