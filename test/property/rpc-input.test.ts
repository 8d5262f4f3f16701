import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Message, parseMessages } from '../../src/rpc/jsonrpc/request.ts'
import { methodTable } from '../../src/rpc/methods/table.ts'
import { paramsFromJson } from '../../src/rpc/params/json-params.ts'
import { paramsFromUri } from '../../src/rpc/params/uri-params.ts'
import { parseQuery } from '../../src/rpc/query/parse-query.ts'
import { queryToText } from '../../src/rpc/query/query.ts'
import { RpcError } from '../../src/rpc/rpc-error.ts'

/** Whatever a client sends, reading it ends in a value or in an RpcError of modest size, never in another error. */

function readOrRefuse<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError)
    expect((error as RpcError).message.length).toBeLessThan(1000)
    return null
  }
}

function expectAnswerable(message: Message): void {
  if (message.kind === 'notification') return
  const { id } = message
  expect(id === null || typeof id === 'string' || Number.isSafeInteger(id)).toBe(true)
}

const methods = [...methodTable({ unsafe: true }).values()]
const method = fc.constantFrom(...methods)

/** JSON with the shapes and values that requests have, bent in places. */
const likely = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1.5,
      2 ** 53,
      '',
      '1',
      '-1',
      '9'.repeat(30),
      '0x61',
      'YWJj',
      'abc',
      '"'
    ),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        'id',
        'method',
        'params',
        'height',
        'tx',
        'hash',
        'evidence',
        'type',
        'value',
        '__proto__'
      ),
      tie('value')
    )
  )
})).value

describe('input of clients', () => {
  it('as bytes is messages or refused', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
      fc.json().map(text => Buffer.from(text)),
      likely.map(value => Buffer.from(JSON.stringify(value) ?? ''))
    )
    fc.assert(
      fc.property(bodies, body => {
        const parsed = readOrRefuse(() => parseMessages(body))
        if (parsed === null) return
        for (const message of [parsed].flat() as Message[]) expectAnswerable(message)
      })
    )
  })

  it('as params of any method is arguments or refused', () => {
    fc.assert(
      fc.property(method, fc.oneof(likely, fc.jsonValue()), ({ params }, given) => {
        const values = readOrRefuse(() => paramsFromJson(params, given))
        if (values !== null) expect(Object.keys(values)).toEqual(Object.keys(params))
      })
    )
  })

  it('as the query of a URI is arguments or refused', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      likely.map(value => JSON.stringify(value) ?? '')
    )
    fc.assert(
      fc.property(method, text, ({ params }, given) => {
        const query = new URLSearchParams(Object.keys(params).map(name => [name, given] as [string, string]))
        const values = readOrRefuse(() => paramsFromUri(params, query))
        if (values !== null) expect(Object.keys(values)).toEqual(Object.keys(params))
      })
    )
  })

  it('as a query is conditions or refused, and conditions read the same from their own text', () => {
    const word = fc.constantFrom(
      'a.b',
      'tm.event',
      '=',
      '<',
      '>=',
      'CONTAINS',
      'EXISTS',
      'AND',
      "'x'",
      '5',
      '7.5'
    )
    const moment = fc.constantFrom(
      'DATE 2020-01-01',
      'TIME 2020-01-01T00:00:00Z',
      'DATE 2020-99-01',
      "'open",
      '&'
    )
    const sentence = fc.array(fc.oneof(word, moment), { maxLength: 12 }).map(words => words.join(' '))
    const condition = fc.constantFrom(
      "a.b = 'x'",
      'a.b < 5',
      'c EXISTS',
      "d CONTAINS 'y'",
      'e > DATE 2020-01-01'
    )
    const sound = fc.array(condition, { minLength: 1, maxLength: 5 }).map(parts => parts.join(' AND '))
    fc.assert(
      fc.property(fc.oneof(sentence, sound, fc.string({ unit: 'binary' })), given => {
        const query = readOrRefuse(() => parseQuery(given))
        if (query !== null) expect(parseQuery(queryToText(query))).toEqual(query)
      })
    )
    fc.assert(fc.property(sound, given => parseQuery(given).length > 0))
  })
})
