import { MAX_DEPTH, nestsDeeperThan } from '../jsonrpc/json-depth.ts'
import { invalidParams, RpcError } from '../rpc-error.ts'
import { valueFromJson } from './json-params.ts'
import {
  defaultParam,
  type ParamKind,
  type ParamSpec,
  type ParamTypes,
  type ParamValues
} from './param-kind.ts'
import { clip, parseHex, quoteChar } from './scalars.ts'

const INTEGER = /^-?[0-9]+$/

/**
 * The arguments of a method from the query of a URI, in CometBFT's quoting: text is `"..."`, bytes are `"..."` (the
 * characters themselves) or 0xHEX, integers are bare or quoted, anything else is JSON. Unknown names are ignored; of a
 * name given twice the first counts.
 * @throws RpcError 'invalidParams' with CometBFT's text
 */
export function paramsFromUri<P extends ParamSpec>(spec: P, query: URLSearchParams): ParamValues<P> {
  const values: Record<string, unknown> = {}
  try {
    for (const name in spec) {
      const text = query.get(name) ?? ''
      values[name] = text === '' ? defaultParam(spec[name]!) : valueFromText(spec[name]!, text)
    }
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    throw invalidParams(`error converting http params to arguments: ${error.message}`)
  }
  return values as ParamValues<P>
}

function valueFromText(kind: ParamKind, text: string): ParamTypes[ParamKind] {
  if (isInteger(kind) && INTEGER.test(text)) return valueFromJson(kind, text)
  if (text.startsWith('0x') || text.startsWith('0X')) return valueFromHex(kind, text.slice(2))
  const value = parseJson(text)
  if (typeof value === 'string' && isBytes(kind)) return Buffer.from(value, 'utf8')
  return value === null ? defaultParam(kind) : valueFromJson(kind, value)
}

function valueFromHex(kind: ParamKind, hex: string): Uint8Array | string {
  if (isBytes(kind)) return parseHex(hex)
  if (kind === 'string') return Buffer.from(parseHex(hex)).toString('utf8')
  throw invalidParams(`got a hex string arg, but expected '${GO_KIND[kind] ?? kind}'`)
}

const GO_KIND: Partial<Readonly<Record<ParamKind, string>>> = {
  int64: 'int64',
  optionalInt64: 'int64',
  uint64: 'uint',
  boolean: 'bool',
  strings: 'slice',
  evidence: 'interface'
}

function isInteger(kind: ParamKind): boolean {
  return kind === 'int64' || kind === 'optionalInt64' || kind === 'uint64'
}

function isBytes(kind: ParamKind): boolean {
  return kind === 'bytes' || kind === 'hexBytes'
}

function parseJson(text: string): unknown {
  if (nestsDeeperThan(Buffer.from(text), MAX_DEPTH)) throw invalidParams('JSON is nested too deep')
  try {
    return JSON.parse(text)
  } catch {
    throw /^["[{tfn0-9-]/.test(text)
      ? invalidParams(`not valid JSON: ${clip(text)}`)
      : invalidParams(`invalid character ${quoteChar(text)} looking for beginning of value`)
  }
}
