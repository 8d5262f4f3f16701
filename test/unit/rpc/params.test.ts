import { describe, expect, it } from 'vitest'
import { paramsFromJson } from '../../../src/rpc/params/json-params.ts'
import type { ParamSpec } from '../../../src/rpc/params/param-kind.ts'
import { paramsFromUri } from '../../../src/rpc/params/uri-params.ts'

const NAMED = { height: 'int64', name: 'string' } as const

function json(spec: ParamSpec, text: string): Record<string, unknown> {
  return paramsFromJson(spec, JSON.parse(text))
}

function uri(spec: ParamSpec, query: string): Record<string, unknown> {
  return paramsFromUri(spec, new URLSearchParams(query))
}

function errorOf(read: () => unknown): string {
  try {
    read()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('params in JSON', () => {
  it('are named or in order', () => {
    expect(json(NAMED, '["7", "flew"]')).toEqual({ height: 7n, name: 'flew' })
    expect(json(NAMED, '{"name": "john", "height": "22"}')).toEqual({ height: 22n, name: 'john' })
    expect(json(NAMED, '{"name": "solo", "unused": "stuff"}')).toEqual({ height: 0n, name: 'solo' })
    expect(json(NAMED, 'null')).toEqual({ height: 0n, name: '' })
    expect(json(NAMED, '{"height": null}')).toEqual({ height: 0n, name: '' })
    expect(json({ height: 'optionalInt64' }, '{}')).toEqual({ height: null })
  })

  it('are refused with the texts of CometBFT', () => {
    const prefix = 'error converting json params to arguments: '
    const errors: readonly (readonly [ParamSpec, string, string])[] = [
      [NAMED, '["flew", 7]', "invalid character 'f' looking for beginning of value"],
      [NAMED, '["7","flew","100"]', 'expected 2 parameters ([height name]), got 3 (["7","flew","100"])'],
      [NAMED, '{"name": -12, "height": "1"}', 'json: cannot unmarshal number into Go value of type string'],
      [NAMED, '{"height": 7}', 'invalid 64-bit integer encoding "7", expected string'],
      [NAMED, '{"height": 1e400}', 'invalid 64-bit integer encoding "Infinity", expected string'],
      [
        NAMED,
        '{"height": "9223372036854775808"}',
        'json: cannot unmarshal number 9223372036854775808 into Go value of type int64'
      ],
      [NAMED, '{"height": "1.5"}', 'json: cannot unmarshal number 1.5 into Go value of type int64'],
      [NAMED, '{"height": ""}', 'unexpected end of JSON input'],
      [NAMED, '"7"', 'unknown type for JSON params: string. Expected map or array'],
      [
        { chunk: 'uint64' },
        '{"chunk": "-1"}',
        'json: cannot unmarshal number -1 into Go value of type uint64'
      ],
      [{ prove: 'boolean' }, '{"prove": "true"}', 'json: cannot unmarshal string into Go value of type bool'],
      [{ tx: 'bytes' }, '{"tx": "YWJ="}', ''],
      [{ tx: 'bytes' }, '{"tx": "YW-j"}', 'illegal base64 data at input byte 2'],
      [{ tx: 'bytes' }, '{"tx": "YWJj="}', 'illegal base64 data at input byte 4'],
      [{ tx: 'bytes' }, '{"tx": [1]}', 'json: cannot unmarshal array into Go value of type []uint8'],
      [{ data: 'hexBytes' }, '{"data": "0x61"}', "encoding/hex: invalid byte: U+0078 'x'"],
      [{ data: 'hexBytes' }, '{"data": "616"}', 'encoding/hex: odd length hex string'],
      [{ data: 'hexBytes' }, '{"data": 5}', 'invalid hex string: 5'],
      [
        { seeds: 'strings' },
        '{"seeds": ["a", 1]}',
        'json: cannot unmarshal number into Go value of type string'
      ]
    ]
    for (const [spec, text, error] of errors) {
      expect(errorOf(() => json(spec, text))).toBe(error === '' ? '' : prefix + error)
    }
  })

  it('come from the object itself, never from its prototype', () => {
    expect(json({ constructor: 'string', toString: 'string' } as ParamSpec, '{}')).toEqual({
      constructor: '',
      toString: ''
    })
    const polluted = json(NAMED, '{"__proto__": {"height": "5", "name": "evil"}}')
    expect(polluted).toEqual({ height: 0n, name: '' })
    expect(({} as { name?: string }).name).toBeUndefined()
  })

  it('keep 64-bit numbers exact', () => {
    expect(json(NAMED, '{"height": "9007199254740993"}').height).toBe(9007199254740993n)
    expect(json(NAMED, '{"height": "-9223372036854775808"}').height).toBe(-(2n ** 63n))
  })
})

describe('params in a URI', () => {
  it('are quoted as CometBFT quotes them', () => {
    expect(uri(NAMED, 'height=7&name="flew"')).toEqual({ height: 7n, name: 'flew' })
    expect(uri(NAMED, 'height="-10"&name="bob"')).toEqual({ height: -10n, name: 'bob' })
    expect(uri(NAMED, 'height=-10&name=0x626f62')).toEqual({ height: -10n, name: 'bob' })
    expect(uri(NAMED, '')).toEqual({ height: 0n, name: '' })
    expect(uri({ prove: 'boolean' }, 'prove=true')).toEqual({ prove: true })
    const tx = (query: string) => Buffer.from(uri({ tx: 'bytes' }, query).tx as Uint8Array).toString()
    expect(tx('tx="name=satoshi"')).toBe('name=satoshi')
    expect(tx('tx=%22a%5C%22b%22')).toBe('a"b')
    expect(tx('tx=0x616263')).toBe('abc')
    expect(tx('tx=0X616263')).toBe('abc')
    expect(Buffer.from(uri({ data: 'hexBytes' }, 'data="abc"').data as Uint8Array).toString()).toBe('abc')
  })

  it('are refused otherwise', () => {
    const prefix = 'error converting http params to arguments: '
    const refused = (spec: ParamSpec, query: string) => errorOf(() => uri(spec, query))
    expect(refused(NAMED, 'name=bob')).toBe(`${prefix}invalid character 'b' looking for beginning of value`)
    expect(refused(NAMED, 'name=5')).toBe(
      `${prefix}json: cannot unmarshal number into Go value of type string`
    )
    expect(refused(NAMED, 'height=0x10')).toBe(`${prefix}got a hex string arg, but expected 'int64'`)
    expect(refused({ tx: 'bytes' }, 'tx=0xzz')).toBe(`${prefix}encoding/hex: invalid byte: U+007A 'z'`)
    expect(refused({ prove: 'boolean' }, 'prove=1')).toBe(
      `${prefix}json: cannot unmarshal number into Go value of type bool`
    )
    expect(refused({ seeds: 'strings' }, `seeds=${'['.repeat(100_000)}`)).toBe(
      `${prefix}JSON is nested too deep`
    )
  })
})
