import { describe, expect, it } from 'vitest'
import { ZERO_TIME } from '../../../src/types/primitives.ts'
import {
  addNanos,
  compareTimestamps,
  isValidTimestamp,
  nanosBetween,
  timestampFromMs,
  timestampFromRfc3339,
  timestampToMs,
  timestampToRfc3339
} from '../../../src/types/time.ts'

describe('RFC 3339', () => {
  const pairs: [string, number, number][] = [
    ['0001-01-01T00:00:00Z', -62135596800, 0],
    ['1970-01-01T00:00:00Z', 0, 0],
    ['1969-12-31T23:59:59.5Z', -1, 500000000],
    ['2023-05-17T14:12:48.347696215Z', 1684332768, 347696215],
    ['2020-02-29T00:00:00.00000001Z', 1582934400, 10],
    ['9999-12-31T23:59:59.999999999Z', 253402300799, 999999999]
  ]
  it.each(pairs)('%s reads and writes the same', (text, seconds, nanos) => {
    expect(timestampFromRfc3339(text)).toEqual({ seconds, nanos })
    expect(timestampToRfc3339({ seconds, nanos })).toBe(text)
  })

  it('drops trailing zeros when writing and takes them when reading', () => {
    expect(timestampFromRfc3339('2020-06-03T17:35:30.100Z')).toEqual({
      seconds: 1591205730,
      nanos: 100000000
    })
    expect(timestampToRfc3339({ seconds: 1591205730, nanos: 100000000 })).toBe('2020-06-03T17:35:30.1Z')
  })

  it('reads offsets as moments in UTC', () => {
    expect(timestampFromRfc3339('2020-06-03T19:35:30+02:00')).toEqual({ seconds: 1591205730, nanos: 0 })
    expect(timestampFromRfc3339('2020-06-03T12:05:30-05:30')).toEqual({ seconds: 1591205730, nanos: 0 })
  })

  it.each([
    '',
    'now',
    '2020-06-03',
    '2020-06-03T17:35:30',
    '2020-06-03 17:35:30Z',
    '2020-06-03t17:35:30z',
    '2020-06-03T17:35:30,5Z',
    '2020-06-03T17:35:30.Z',
    '2020-06-03T17:35:30.1234567890Z',
    '2020-06-03T17:35Z',
    '2020-02-30T00:00:00Z',
    '2021-02-29T00:00:00Z',
    '2020-13-01T00:00:00Z',
    '2020-01-00T00:00:00Z',
    '2020-01-01T24:00:00Z',
    '2020-01-01T23:60:00Z',
    '2016-12-31T23:59:60Z',
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '2020-01-01T00:00:00+24:00',
    '2020-01-01T00:00:00+01:60',
    ' 2020-01-01T00:00:00Z',
    '2020-01-01T00:00:00Z\n',
    '+002020-01-01T00:00:00Z'
  ])('refuses %j', text => {
    expect(timestampFromRfc3339(text)).toBeNull()
  })

  it('will not write a moment that does not exist', () => {
    expect(() => timestampToRfc3339({ seconds: 253402300800, nanos: 0 })).toThrow('no such moment')
    expect(() => timestampToRfc3339({ seconds: 0, nanos: 1e9 })).toThrow('no such moment')
  })
})

describe('milliseconds', () => {
  it('goes to seconds and nanoseconds and back', () => {
    expect(timestampFromMs(1684332768347)).toEqual({ seconds: 1684332768, nanos: 347000000 })
    expect(timestampToMs({ seconds: 1684332768, nanos: 347000000 })).toBe(1684332768347)
    expect(timestampFromMs(-1)).toEqual({ seconds: -1, nanos: 999000000 })
    expect(timestampFromMs(0.25)).toEqual({ seconds: 0, nanos: 250000 })
  })

  it('carries a fraction that rounds up to a whole second', () => {
    expect(timestampFromMs(999.9999999)).toEqual({ seconds: 1, nanos: 0 })
  })
})

describe('arithmetic', () => {
  it('moves over second borders both ways', () => {
    expect(addNanos({ seconds: 5, nanos: 999999999 }, 1n)).toEqual({ seconds: 6, nanos: 0 })
    expect(addNanos({ seconds: 5, nanos: 0 }, -1n)).toEqual({ seconds: 4, nanos: 999999999 })
    expect(addNanos({ seconds: 5, nanos: 7 }, -2_000_000_007n)).toEqual({ seconds: 3, nanos: 0 })
    expect(addNanos(ZERO_TIME, 62135596800_000000001n)).toEqual({ seconds: 0, nanos: 1 })
  })

  it('measures what addNanos moved', () => {
    const start = { seconds: 1684332768, nanos: 347696215 }
    for (const nanos of [0n, 1n, -1n, 172800000000000n, -999999999n]) {
      expect(nanosBetween(start, addNanos(start, nanos))).toBe(nanos)
    }
  })

  it('orders by second, then nanosecond', () => {
    expect(compareTimestamps({ seconds: 1, nanos: 9 }, { seconds: 2, nanos: 0 })).toBeLessThan(0)
    expect(compareTimestamps({ seconds: 2, nanos: 1 }, { seconds: 2, nanos: 0 })).toBeGreaterThan(0)
    expect(compareTimestamps({ seconds: 2, nanos: 1 }, { seconds: 2, nanos: 1 })).toBe(0)
  })

  it('knows which timestamps exist', () => {
    expect(isValidTimestamp(ZERO_TIME)).toBe(true)
    expect(isValidTimestamp({ seconds: -62135596801, nanos: 0 })).toBe(false)
    expect(isValidTimestamp({ seconds: 0, nanos: -1 })).toBe(false)
    expect(isValidTimestamp({ seconds: 0.5, nanos: 0 })).toBe(false)
    expect(isValidTimestamp({ seconds: Number.NaN, nanos: 0 })).toBe(false)
  })
})
