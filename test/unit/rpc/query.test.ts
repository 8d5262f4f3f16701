import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDecimals, parseDecimal } from '../../../src/rpc/query/decimal.ts'
import { matchesTags } from '../../../src/rpc/query/match-query.ts'
import { parseQuery } from '../../../src/rpc/query/parse-query.ts'
import { queryToText } from '../../../src/rpc/query/query.ts'

interface QueryCase {
  readonly query?: string
  readonly query_fragment?: string
  readonly expected_valid?: boolean
  readonly expected_match?: boolean
  readonly events?: Readonly<Record<string, readonly string[]>>
}

const VECTORS = new URL('../../fixtures/vectors/query_language.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { cases: readonly QueryCase[] }

function isValid(text: string): boolean {
  try {
    parseQuery(text)
    return true
  } catch {
    return false
  }
}

function errorOf(text: string): string {
  try {
    parseQuery(text)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

function matches(query: string, events: Readonly<Record<string, readonly string[]>>): boolean {
  return matchesTags(parseQuery(query), new Map(Object.entries(events)))
}

describe('vectors of the query language', () => {
  for (const { query, query_fragment, expected_valid, expected_match, events } of cases) {
    if (query_fragment !== undefined) {
      it(`refuses ${query_fragment}`, () => expect(isValid(`a = ${query_fragment}`)).toBe(false))
    } else if (events !== undefined) {
      it(`${expected_match ? 'matches' : 'does not match'} ${query}`, () =>
        expect(matches(query!, events)).toBe(expected_match))
    } else {
      it(`${expected_valid ? 'takes' : 'refuses'} ${query}`, () =>
        expect(isValid(query!)).toBe(expected_valid))
    }
  }

  it('are all here', () => expect(cases.length).toBeGreaterThan(50))
})

describe('a query', () => {
  it('has the error texts of CometBFT', () => {
    expect(errorOf('malformed query')).toBe(
      'offset 10: got tag, wanted <= operator, >= operator, < operator, > operator, = operator, ' +
        'CONTAINS operator or EXISTS operator'
    )
    expect(errorOf('')).toBe('offset 0: EOF')
    expect(errorOf("a = 'open")).toBe('offset 4: EOF')
    expect(errorOf('a = 1 b')).toBe('offset 6: got tag, want AND operator')
    expect(errorOf('a = 1 &')).toBe('offset 5: got invalid token, want AND operator')
    expect(errorOf('&')).toBe('offset 0: invalid input & at offset 1')
    expect(errorOf('a CONTAINS 5')).toBe('offset 11: got number, wanted string')
    expect(errorOf("ä = 'é' ö")).toBe('offset 10: got tag, want AND operator')
  })

  it('is no longer than 512 bytes', () => {
    expect(isValid(`a = '${'x'.repeat(506)}'`)).toBe(true)
    expect(errorOf(`a = '${'x'.repeat(508)}'`)).toBe('maximum query length exceeded')
    expect(errorOf(`a = '${'é'.repeat(254)}'`)).toBe('maximum query length exceeded')
  })

  it('reads the same from its own text', () => {
    const text =
      "tm.event='Tx'  AND a.b >=5.5 AND c CONTAINS 'x y' AND d EXISTS AND e < TIME 2013-05-03T14:45:00Z"
    const spelled = queryToText(parseQuery(text))
    expect(spelled).toBe(
      "tm.event = 'Tx' AND a.b >= 5.5 AND c CONTAINS 'x y' AND d EXISTS AND e < TIME 2013-05-03T14:45:00Z"
    )
    expect(queryToText(parseQuery(spelled))).toBe(spelled)
  })

  it('does not take a keyword of Object for an operator', () => {
    expect(errorOf('a constructor 5')).toMatch(/^offset 2: got tag, wanted/)
    expect(matches('constructor EXISTS', { 'a.b': ['1'] })).toBe(false)
  })

  it('needs all conditions, and some value for each', () => {
    const events = { 'a.b': ['1', '20'], 'c.d': ['x'] }
    expect(matches("a.b > 10 AND c.d = 'x'", events)).toBe(true)
    expect(matches("a.b > 10 AND c.d = 'y'", events)).toBe(false)
    expect(matches('a.b > 20', events)).toBe(false)
    expect(matches('a EXISTS AND c EXISTS', events)).toBe(true)
    expect(matches('b EXISTS', events)).toBe(false)
    expect(matches('slash EXISTS', { 'slash.a': ['1'] })).toBe(true)
    expect(matches('slas EXISTS', { 'slash.a': ['1'] })).toBe(false)
    expect(matches('slash EXISTS', { 'slash.a.b': ['1'] })).toBe(false)
    expect(matches('slash.a EXISTS', { 'slash.a.b': ['1'] })).toBe(true)
  })

  it('compares a value only with what is of its kind', () => {
    expect(matches('a.b < 5', { 'a.b': ['-1'] })).toBe(false)
    expect(matches('a.b = 5', { 'a.b': ['five'] })).toBe(false)
    expect(matches('a.b = DATE 2020-01-01', { 'a.b': ['2020-01-01T00:00:00Z'] })).toBe(false)
    expect(matches('a.b < TIME 2020-01-01T00:00:00Z', { 'a.b': ['2019-12-31T23:59:59.999999999Z'] })).toBe(
      true
    )
  })
})

describe('decimals', () => {
  it('compare as exact numbers', () => {
    const digits = fc.stringMatching(/^[0-9]{1,30}$/)
    const whole = fc.oneof(digits, fc.constantFrom('0', '7', '007'))
    const decimal = fc.record({ whole, fraction: fc.stringMatching(/^[0-9]{0,30}$/) })
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const exact = ({ whole, fraction }: typeof a) => BigInt(whole + fraction.padEnd(30, '0'))
        const order = exact(a) < exact(b) ? -1 : exact(a) > exact(b) ? 1 : 0
        expect(compareDecimals(a, b)).toBe(order)
      })
    )
  })

  it('stand at the start of a value, without a sign, and have an end', () => {
    expect(parseDecimal('8.045stake')).toEqual({ whole: '8', fraction: '045' })
    expect(parseDecimal('7.')).toEqual({ whole: '7', fraction: '' })
    expect(parseDecimal('-1')).toBeNull()
    expect(parseDecimal('stake')).toBeNull()
    expect(parseDecimal('9'.repeat(1_000_000))).toBeNull()
  })
})
