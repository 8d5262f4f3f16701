import type { Evidence } from '../../types/index.ts'

/**
 * The kinds of parameters and what a method gets for each. `optional` kinds are null when absent, the others have Go's
 * zero value. 64-bit integers are strings in JSON and exact here.
 */
export interface ParamTypes {
  int64: bigint
  optionalInt64: bigint | null
  uint64: bigint
  boolean: boolean
  string: string
  /** Base64 in JSON. */
  bytes: Uint8Array
  /** Hex in JSON. */
  hexBytes: Uint8Array
  strings: readonly string[]
  evidence: Evidence | null
}

export type ParamKind = keyof ParamTypes

/** Parameters in the order of CometBFT's Go signature, which is the order of array params. */
export type ParamSpec = Readonly<Record<string, ParamKind>>

export type ParamValues<P extends ParamSpec> = { readonly [Name in keyof P]: ParamTypes[P[Name]] }

const NO_BYTES = new Uint8Array(0)

const DEFAULTS: { readonly [Kind in ParamKind]: ParamTypes[Kind] } = {
  int64: 0n,
  optionalInt64: null,
  uint64: 0n,
  boolean: false,
  string: '',
  bytes: NO_BYTES,
  hexBytes: NO_BYTES,
  strings: [],
  evidence: null
}

/** What a method gets for a parameter that was not given. */
export function defaultParam<Kind extends ParamKind>(kind: Kind): ParamTypes[Kind] {
  return DEFAULTS[kind]
}
