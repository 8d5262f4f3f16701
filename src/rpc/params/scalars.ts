import { invalidParams } from '../rpc-error.ts'

const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n
const MAX_UINT64 = 2n ** 64n - 1n

/** Digits of an int64. Texts of errors follow Go's, which clients match on. */
export function parseInt64(digits: string): bigint {
  return parseInteger(digits, 'int64', MIN_INT64, MAX_INT64)
}

export function parseUint64(digits: string): bigint {
  return parseInteger(digits, 'uint64', 0n, MAX_UINT64)
}

function parseInteger(digits: string, type: string, min: bigint, max: bigint): bigint {
  if (digits === '') throw invalidParams('unexpected end of JSON input')
  if (!/^-?(0|[1-9][0-9]{0,18}|1[0-9]{19})$/.test(digits)) {
    if (/^-?[0-9.eE+-]+$/.test(digits) && digits !== '-') throw outOfRange(digits, type)
    throw invalidParams(`invalid character ${quoteChar(digits)} looking for beginning of value`)
  }
  const value = BigInt(digits)
  if (value < min || value > max) throw outOfRange(digits, type)
  return value
}

function outOfRange(digits: string, type: string): Error {
  return invalidParams(`json: cannot unmarshal number ${clip(digits)} into Go value of type ${type}`)
}

/** Together with a length divisible by four this is all of it. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Standard base64 with padding. */
export function parseBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !BASE64.test(text)) {
    const position = /[^A-Za-z0-9+/]/.exec(text)?.index ?? text.length
    throw invalidParams(`illegal base64 data at input byte ${position}`)
  }
  return Buffer.from(text, 'base64')
}

/** Hex in either case, without a prefix. */
export function parseHex(text: string): Uint8Array {
  const bad = /[^0-9a-fA-F]/u.exec(text)
  if (bad !== null) {
    const code = bad[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    throw invalidParams(`encoding/hex: invalid byte: U+${code} ${quoteChar(bad[0])}`)
  }
  if (text.length % 2 !== 0) throw invalidParams('encoding/hex: odd length hex string')
  return Buffer.from(text, 'hex')
}

/** The first character in single quotes, as Go's %q prints a rune. */
export function quoteChar(text: string): string {
  const char = String.fromCodePoint(text.codePointAt(0) ?? 0)
  return `'${JSON.stringify(char).slice(1, -1)}'`
}

/** Client text in an answer is cut, so that an error is never larger than a line. */
export function clip(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 64)}...`
}
