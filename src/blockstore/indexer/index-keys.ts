import { sha256 } from '../../crypto/index.ts'
import type { Height, Hex } from '../../types/index.ts'
import { BUCKET, numberKey } from '../keys.ts'

/**
 * Keys of the index. An entry is its attribute, the value, then height, transaction and event as big-endian numbers
 * (the first of those that are written together), so that all entries of an attribute, and those of one value by height, stand side by side. Texts carry a length byte;
 * one that does not fit it is cut and told apart by its hash.
 */

/** Where an event is; `txIndex` is 0 in the index of blocks. */
export interface EventPlace {
  readonly height: Height
  readonly txIndex: number
  readonly eventIndex: number
}

export type EventBucket = typeof BUCKET.txEvents | typeof BUCKET.blockEvents

const MAX_TEXT_BYTES = 255
const HASH_BYTES = 32
const HEIGHT_BYTES = 8
/** Height, transaction, event. */
const PLACE_BYTES = HEIGHT_BYTES + 4 + 4
const TWO_POW_32 = 4294967296

export interface IndexedText {
  /** A length byte and at most 255 more. */
  readonly bytes: Uint8Array
  /** False when the text cannot be read back from the key. */
  readonly isWhole: boolean
}

export function indexedText(text: string): IndexedText {
  const whole = Buffer.from(text)
  if (whole.length <= MAX_TEXT_BYTES) {
    return { bytes: Buffer.concat([Uint8Array.of(whole.length), whole]), isWhole: true }
  }
  const head = whole.subarray(0, MAX_TEXT_BYTES - HASH_BYTES)
  return { bytes: Buffer.concat([Uint8Array.of(MAX_TEXT_BYTES), head, sha256(whole)]), isWhole: false }
}

export function eventKey(
  bucket: EventBucket,
  attribute: Uint8Array,
  value: Uint8Array,
  { height, txIndex, eventIndex }: EventPlace
): Uint8Array {
  const key = Buffer.allocUnsafe(1 + attribute.length + value.length + PLACE_BYTES)
  key[0] = bucket
  key.set(attribute, 1)
  key.set(value, 1 + attribute.length)
  const at = key.length - PLACE_BYTES
  writeHeight(key, height, at)
  key.writeUInt32BE(txIndex, at + HEIGHT_BYTES)
  key.writeUInt32BE(eventIndex, at + HEIGHT_BYTES + 4)
  return key
}

/** First place and value of an entry; a value that was cut comes without its end. */
export function readEventKey(
  key: Uint8Array,
  attributeBytes: number
): EventPlace & { readonly value: string } {
  const view = Buffer.from(key.buffer, key.byteOffset, key.length)
  const at = key.length - PLACE_BYTES
  return {
    height: readHeight(view, at),
    txIndex: view.readUInt32BE(at + HEIGHT_BYTES),
    eventIndex: view.readUInt32BE(at + HEIGHT_BYTES + 4),
    // Behind the bucket, the attribute and the length byte.
    value: view.toString('utf8', 1 + attributeBytes + 1, at)
  }
}

/** Every entry of the attribute. */
export function attributeRange(bucket: EventBucket, attribute: Uint8Array): Range {
  const prefix = Buffer.concat([Uint8Array.of(bucket), attribute])
  return { gte: prefix, lt: afterPrefix(prefix) }
}

/** The entries of one value of the attribute from one height to another, both inclusive. */
export function valueRange(
  bucket: EventBucket,
  attribute: Uint8Array,
  value: Uint8Array,
  minHeight: Height,
  maxHeight: Height
): Range {
  const bound = (height: Height): Uint8Array =>
    eventKey(bucket, attribute, value, { height, txIndex: 0, eventIndex: 0 })
  return { gte: bound(minHeight), lt: bound(maxHeight + 1) }
}

interface Range {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
}

/** A transaction by its place. */
export function txKey(height: Height, index: number): Uint8Array {
  const key = Buffer.allocUnsafe(1 + HEIGHT_BYTES + 4)
  key[0] = BUCKET.indexedTx
  writeHeight(key, height, 1)
  key.writeUInt32BE(index, 1 + HEIGHT_BYTES)
  return key
}

/** The transactions of the heights in [from, to). */
export function txRange(from: Height, to: Height): Range {
  return { gte: numberKey(BUCKET.indexedTx, from), lt: numberKey(BUCKET.indexedTx, to) }
}

/** Where a transaction is, as it stands in {@link txKey} behind the bucket. */
export function readTxPlace(
  bytes: Uint8Array,
  at: number
): { readonly height: Height; readonly index: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return { height: readHeight(view, at), index: view.readUInt32BE(at + HEIGHT_BYTES) }
}

/** Whether the text is a hash of a transaction at all. */
export function isTxHash(hash: Hex): boolean {
  return /^[0-9a-f]{64}$/.test(hash)
}

function writeHeight(target: Buffer, height: Height, at: number): void {
  target.writeUInt32BE(Math.floor(height / TWO_POW_32), at)
  target.writeUInt32BE(height % TWO_POW_32, at + 4)
}

function readHeight(source: Buffer, at: number): Height {
  return source.readUInt32BE(at) * TWO_POW_32 + source.readUInt32BE(at + 4)
}

/** The first key behind all that begin with `prefix`, whose first byte is a bucket and so never 0xff. */
function afterPrefix(prefix: Uint8Array): Uint8Array {
  let end = prefix.length
  while (prefix[end - 1] === 0xff) end--
  const after = Uint8Array.from(prefix.subarray(0, end))
  after[end - 1]! += 1
  return after
}
