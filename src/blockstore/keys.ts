import { assert } from '../util/index.ts'

/**
 * The first byte of every key of the chain database: one number a kind of record, never used again for another kind.
 * 0x20-0x2f are for evidence and slashing, 0x30-0x3f for the index of transactions and events, and 0x61 is the first
 * byte of the built-in apps' prefix `app/`; those rooms give their own meaning to the keys behind their byte.
 */
export const BUCKET = {
  chain: 0x01,
  blockRange: 0x02,
  blockMeta: 0x03,
  blockContent: 0x04,
  commit: 0x05,
  seenCommit: 0x06,
  extendedCommit: 0x07,
  heightByHash: 0x08,
  segment: 0x09,
  state: 0x10,
  validators: 0x11,
  consensusParams: 0x12,
  results: 0x13,
  evidencePending: 0x20,
  evidenceCommitted: 0x21,
  slashing: 0x22,
  txByHash: 0x30,
  txEvents: 0x31,
  blockEvents: 0x32,
  indexedTx: 0x33,
  indexedHeight: 0x34,
  indexedBlockEvents: 0x35,
  indexRange: 0x36,
  app: 0x61
} as const
export type Bucket = (typeof BUCKET)[keyof typeof BUCKET]

const TWO_POW_32 = 4294967296

/** Bucket, then the number as 8 bytes big-endian, so that byte order is the order of the numbers. */
export function numberKey(bucket: Bucket, value: number): Uint8Array {
  assert(Number.isSafeInteger(value) && value >= 0, `${value} cannot be a key`)
  const key = Buffer.allocUnsafe(9)
  key[0] = bucket
  key.writeUInt32BE(Math.floor(value / TWO_POW_32), 1)
  key.writeUInt32BE(value % TWO_POW_32, 5)
  return key
}

/** The number in a key made by {@link numberKey}. */
export function numberOfKey(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  return view.getUint32(1) * TWO_POW_32 + view.getUint32(5)
}

export function hexKey(bucket: Bucket, hex: string): Uint8Array {
  const key = Buffer.allocUnsafe(1 + hex.length / 2)
  key[0] = bucket
  const written = key.write(hex, 1, 'hex')
  assert(written * 2 === hex.length, 'key is not hex')
  return key
}

export function textKey(bucket: Bucket, text: string): Uint8Array {
  const key = Buffer.allocUnsafe(1 + Buffer.byteLength(text))
  key[0] = bucket
  key.write(text, 1, 'utf8')
  return key
}

/** Every key of the bucket. */
export function bucketRange(bucket: Bucket): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  return { gte: Uint8Array.of(bucket), lt: Uint8Array.of(bucket + 1) }
}
