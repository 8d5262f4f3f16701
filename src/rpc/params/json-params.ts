import { invalidParams, RpcError } from '../rpc-error.ts'
import { evidenceFromJson } from './evidence.ts'
import {
  defaultParam,
  type ParamKind,
  type ParamSpec,
  type ParamTypes,
  type ParamValues
} from './param-kind.ts'
import { clip, parseBase64, parseHex, parseInt64, parseUint64 } from './scalars.ts'

const MAX_STRINGS = 1000

/**
 * The arguments of a method from the `params` of a request: by name (unknown names are ignored, as CometBFT does) or by
 * position (exactly as many as the method has). Null and absent mean the default.
 * @throws RpcError 'invalidParams' with CometBFT's text
 */
export function paramsFromJson<P extends ParamSpec>(spec: P, params: unknown): ParamValues<P> {
  try {
    return readParams(spec, params) as ParamValues<P>
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    throw invalidParams(`error converting json params to arguments: ${error.message}`)
  }
}

function readParams(spec: ParamSpec, params: unknown): Record<string, unknown> {
  if (params === undefined || params === null) return readNamed(spec, {})
  if (Array.isArray(params)) return readNamed(spec, nameParams(spec, params))
  if (typeof params === 'object') return readNamed(spec, params as Record<string, unknown>)
  throw invalidParams(`unknown type for JSON params: ${typeof params}. Expected map or array`)
}

function nameParams(spec: ParamSpec, params: readonly unknown[]): Record<string, unknown> {
  const names = Object.keys(spec)
  if (names.length !== params.length) {
    const given = clip(JSON.stringify(params))
    throw invalidParams(
      `expected ${names.length} parameters ([${names.join(' ')}]), got ${params.length} (${given})`
    )
  }
  return Object.fromEntries(names.map((name, index) => [name, params[index]]))
}

function readNamed(spec: ParamSpec, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name in spec) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    const kind = spec[name]!
    values[name] = value === undefined || value === null ? defaultParam(kind) : valueFromJson(kind, value)
  }
  return values
}

/** One argument from JSON that is neither null nor absent. */
export function valueFromJson(kind: ParamKind, value: unknown): ParamTypes[ParamKind] {
  switch (kind) {
    case 'int64':
    case 'optionalInt64':
      return parseInt64(digitsOf(value))
    case 'uint64':
      return parseUint64(digitsOf(value))
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(value, 'bool')
      return value
    case 'string':
      return textOf(value, 'string')
    case 'bytes':
      return parseBase64(textOf(value, '[]uint8'))
    case 'hexBytes':
      if (typeof value !== 'string') throw invalidParams(`invalid hex string: ${clip(JSON.stringify(value))}`)
      return parseHex(value)
    case 'strings':
      return stringsOf(value)
    case 'evidence':
      return evidenceFromJson(value)
  }
}

function digitsOf(value: unknown): string {
  if (typeof value === 'string') return value
  const raw = typeof value === 'number' ? String(value) : clip(JSON.stringify(value))
  throw invalidParams(`invalid 64-bit integer encoding ${JSON.stringify(raw)}, expected string`)
}

function textOf(value: unknown, type: string): string {
  if (typeof value !== 'string') throw wrongType(value, type)
  return value
}

function stringsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw wrongType(value, '[]string')
  if (value.length > MAX_STRINGS) throw invalidParams(`a list of at most ${MAX_STRINGS} is taken`)
  return value.map(item => textOf(item, 'string'))
}

function wrongType(value: unknown, type: string): RpcError {
  const found =
    typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : (typeof value as string)
  return invalidParams(`json: cannot unmarshal ${found} into Go value of type ${type}`)
}
