/** A value that `JSON.stringify` writes as it stands. 64-bit numbers are strings by then. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

export type JsonObject = { readonly [key: string]: Json | undefined }

/** JSON that is text already, so that a large answer is written once. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Text of an answer. */
export function toJsonText(value: Json | JsonText): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value)
}

/** Go's HexBytes: upper-case hex, '' for none. */
export function hexJson(hex: string): string {
  return hex.toUpperCase()
}

/** Bytes as Go's HexBytes. */
export function bytesToHexJson(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex').toUpperCase()
}

export function base64Json(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64')
}

/** Base64, or null for no bytes: Go's nil slice, which is what an empty field of a stored message becomes. */
export function base64OrNull(bytes: Uint8Array): string | null {
  return bytes.length === 0 ? null : base64Json(bytes)
}

/** Base64 of bytes that are carried as hex. */
export function hexToBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

/** Go's int64, uint64 and int: a string of digits. */
export function int64Json(value: number | bigint): string {
  return value.toString()
}

/** A list, or null when it is empty: Go's nil slice. */
export function listOrNull<T, J extends Json>(items: readonly T[], toJson: (item: T) => J): J[] | null {
  return items.length === 0 ? null : items.map(toJson)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
