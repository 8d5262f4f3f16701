import { describe, expect, it } from 'vitest'
import { secp256k1PublicKeyOf } from '../../../src/crypto/index.ts'
import {
  aminoJson,
  bytesFromAminoJson,
  hexFromAminoJson,
  integerFromAminoJson,
  publicKeyFromAminoJson,
  publicKeyToAminoJson,
  timeFromAminoJson
} from '../../../src/types/amino-json.ts'
import { ZERO_TIME } from '../../../src/types/primitives.ts'
import { timestampToRfc3339 } from '../../../src/types/time.ts'
import { vectorCases } from './vectors.ts'

interface JsonCase {
  name: string
  json?: string
  expected?: string
  expected_json?: string
}

describe('json_and_bits.json: cmtjson', () => {
  const cases = vectorCases<JsonCase>('json_and_bits.json').filter(({ name }) => name.startsWith('cmtjson.'))
  const written: Record<string, string> = {
    string: aminoJson('foo'),
    'int64 64': aminoJson(64n),
    'uint64 64': aminoJson(64n),
    'zero time': aminoJson(timestampToRfc3339(ZERO_TIME)),
    'empty slice': aminoJson([]),
    '[]int64{1,2,3}': aminoJson([1n, 2n, 3n]),
    'HexBytes abc': aminoJson(Buffer.from('abc').toString('hex').toUpperCase())
  }
  /** Reads a JSON text as the type the case names; null when it is refused. */
  const read: Record<string, (value: unknown) => unknown> = {
    // An int32 is a plain number to us: a string is none.
    'int32 as string': value => (typeof value === 'number' ? value : null),
    'int64 as string': integerFromAminoJson,
    '[]int64 empty': value => (value as unknown[]).map(integerFromAminoJson),
    'time UTC': timeFromAminoJson,
    'int64 null pointer': value => (value === null ? 'nothing' : integerFromAminoJson(value))
  }

  it.each(cases.map(each => [each.name, each] as const))('%s', (name, each) => {
    const [, verb, what] = /^cmtjson\.(Marshal|Unmarshal) (.*)$/.exec(name)!
    if (verb === 'Marshal') {
      // A remark may follow the JSON.
      expect(written[what!]).toBe(each.expected_json!.replace(/ \(.*\)$/, ''))
      return
    }
    const value = read[what!]!(JSON.parse(each.json!))
    expect(value === null).toBe(each.expected === 'error')
  })

  it('are twelve', () => {
    expect(cases).toHaveLength(12)
  })
})

describe('reading', () => {
  it('takes integers of 64 bits in canonical decimal only', () => {
    const good = ['0', '-0', '-1', '18446744073709551615', '-9223372036854775808']
    expect(good.map(integerFromAminoJson)).toEqual([0n, 0n, -1n, 2n ** 64n - 1n, -(2n ** 63n)])
    const bad = [
      '',
      '-',
      '+1',
      '01',
      '1.0',
      '1e1',
      '0x1',
      ' 1',
      '1n',
      '18446744073709551616',
      '-9223372036854775809'
    ]
    for (const each of [...bad, '9'.repeat(1000), 1, 1n, null, undefined, [], true]) {
      expect(integerFromAminoJson(each)).toBeNull()
    }
  })

  it('takes times that end in Z only', () => {
    expect(timeFromAminoJson('2020-06-03T17:35:30Z')).toEqual({ seconds: 1591205730, nanos: 0 })
    for (const each of ['2020-06-03T17:35:30+00:00', '2020-06-03T17:35:30', 0, null]) {
      expect(timeFromAminoJson(each)).toBeNull()
    }
  })

  it('takes hex of either case with whole bytes', () => {
    expect(hexFromAminoJson('aBCd')).toBe('abcd')
    expect(hexFromAminoJson('')).toBe('')
    for (const each of ['a', 'abc', '0x12', 'zz', 12, null]) expect(hexFromAminoJson(each)).toBeNull()
  })

  it('takes canonical base64', () => {
    expect(bytesFromAminoJson('AQI=')).toEqual(Uint8Array.of(1, 2))
    for (const each of ['AQI', 'AQJ=', 'AQ I=', 'AQI=\n', 'A-_=', 1, null]) {
      expect(bytesFromAminoJson(each)).toBeNull()
    }
  })
})

describe('writing', () => {
  it('gives bytes as base64 wherever they stand', () => {
    expect(aminoJson({ a: Uint8Array.of(1, 2), b: [Buffer.from('x')], c: 5, d: -5n })).toBe(
      '{"a":"AQI=","b":["eA=="],"c":5,"d":"-5"}'
    )
  })

  it('escapes what Go escapes', () => {
    expect(aminoJson('<&>\u2028')).toBe('"\\u003c\\u0026\\u003e\\u2028"')
  })
})

describe('public keys', () => {
  it('carry their type', () => {
    const keys = [
      { type: 'ed25519' as const, bytes: new Uint8Array(32).fill(9) },
      { type: 'secp256k1' as const, bytes: secp256k1PublicKeyOf(Buffer.alloc(32, 1)) }
    ]
    const types = ['tendermint/PubKeyEd25519', 'tendermint/PubKeySecp256k1']
    expect(keys.map(key => publicKeyToAminoJson(key).type)).toEqual(types)
    for (const key of keys) expect(publicKeyFromAminoJson(publicKeyToAminoJson(key))).toEqual(key)
  })
})
