import type { Timestamp } from './primitives.ts'
import { timestampFromRfc3339 } from './time.ts'
import type { KeyType, PublicKey } from './validator-set.ts'

/**
 * JSON as CometBFT's libs/json writes and reads it: 64-bit integers are strings, bytes are base64, hashes and addresses
 * upper-case hex, keys carry their type.
 */

const KEY_TYPE_NAMES: Readonly<Record<KeyType, string>> = {
  ed25519: 'tendermint/PubKeyEd25519',
  secp256k1: 'tendermint/PubKeySecp256k1'
}
const KEY_BYTES: Readonly<Record<KeyType, number>> = { ed25519: 32, secp256k1: 33 }
const INTEGER = /^-?(?:0|[1-9]\d*)$/

/**
 * The text of a JSON value in which bigints stand for 64-bit integers and byte arrays for bytes. `<`, `>` and `&` are
 * escaped as Go does.
 */
export function aminoJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, replaceGoTypes, indent)
  return text.replace(
    /[<>&\u2028\u2029]/g,
    unsafe => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

function replaceGoTypes(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  // A Buffer has turned itself into an object by now; its holder still has the bytes.
  const original = this[key]
  return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value
}

/** An int64 or uint64 within a string; null for anything else, a JSON number too. */
export function integerFromAminoJson(value: unknown): bigint | null {
  if (typeof value !== 'string' || !INTEGER.test(value) || value.length > 20) return null
  const integer = BigInt(value)
  return integer >= -(2n ** 63n) && integer < 2n ** 64n ? integer : null
}

/** An RFC 3339 time in UTC, ending in Z; null for anything else. */
export function timeFromAminoJson(value: unknown): Timestamp | null {
  return typeof value === 'string' && value.endsWith('Z') ? timestampFromRfc3339(value) : null
}

/** Bytes as hex of either case; null for anything else. */
export function hexFromAminoJson(value: unknown): string | null {
  return typeof value === 'string' && /^(?:[0-9a-fA-F]{2})*$/.test(value) ? value.toLowerCase() : null
}

/** Bytes in canonical base64, null for anything else. */
export function bytesFromAminoJson(value: unknown): Uint8Array | null {
  if (typeof value !== 'string') return null
  const bytes = Buffer.from(value, 'base64')
  return bytes.toString('base64') === value ? Uint8Array.from(bytes) : null
}

export interface PublicKeyJson {
  readonly type: string
  readonly value: string
}

export function publicKeyToAminoJson(key: PublicKey): PublicKeyJson {
  return { type: KEY_TYPE_NAMES[key.type], value: Buffer.from(key.bytes).toString('base64') }
}

/** Null when the type is not known, or the value is not base64 of a key of that type's length. */
export function publicKeyFromAminoJson(json: { type?: unknown; value?: unknown }): PublicKey | null {
  const type = (['ed25519', 'secp256k1'] as const).find(each => KEY_TYPE_NAMES[each] === json.type)
  const bytes = bytesFromAminoJson(json.value)
  if (type === undefined || bytes === null || bytes.length !== KEY_BYTES[type]) return null
  return { type, bytes }
}
