import { bech32 } from '@scure/base'

/** Longest text accepted, as in BIP-173. */
const MAX_BECH32_CHARACTERS = 90

/** Bytes as BIP-173 bech32 under a lower-case prefix, as Cosmos writes addresses. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  return bech32.encode(prefix, bech32.toWords(bytes), MAX_BECH32_CHARACTERS)
}

/** Null for anything that is not bech32 of whole bytes; upper-case text is not taken either, so one address has one text. */
export function decodeBech32(text: string): { readonly prefix: string; readonly bytes: Uint8Array } | null {
  if (text.toLowerCase() !== text) return null
  const decoded = bech32.decodeUnsafe(text, MAX_BECH32_CHARACTERS)
  if (decoded === undefined) return null
  const bytes = bech32.fromWordsUnsafe(decoded.words)
  return bytes ? { prefix: decoded.prefix, bytes: Uint8Array.from(bytes) } : null
}
