import { createHash, hash } from 'node:crypto'

/** Lower-case hex text of bytes. Hashes and addresses are carried in this form: one hash, one string, one map key. */
export type Hex = string

export const HASH_BYTES = 32

export function sha256(data: Uint8Array): Uint8Array {
  const digest = new Uint8Array(HASH_BYTES)
  Buffer.from(digest.buffer).write(hash('sha256', data, 'binary'), 0, HASH_BYTES, 'latin1')
  return digest
}

/** SHA-256 of the chunks, one behind the other, as hex. */
export function sha256Hex(...chunks: readonly Uint8Array[]): Hex {
  if (chunks.length === 1) return hash('sha256', chunks[0]!, 'hex')
  const hasher = createHash('sha256')
  for (const chunk of chunks) hasher.update(chunk)
  return hasher.digest('hex')
}

/**
 * SHA-256 as a string of 32 characters, each one byte. Asking for a string is three times cheaper than asking for a
 * Buffer, and the string serves as a map key.
 */
export function sha256Latin1(data: Uint8Array): string {
  return hash('sha256', data, 'binary')
}
