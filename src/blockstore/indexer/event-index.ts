import type { ExecTxResult } from '../../app/index.ts'
import type { Height, Hex } from '../../types/index.ts'
import type { KeyValueStore } from '../key-value-store.ts'
import { BUCKET, hexKey, numberKey, numberOfKey } from '../keys.ts'
import { readBesideTheKey } from './event-entries.ts'
import {
  attributeRange,
  type EventBucket,
  indexedText,
  isTxHash,
  readEventKey,
  readTxPlace,
  txKey,
  valueRange
} from './index-keys.ts'
import { decodeIndexedTx } from './index-records.ts'
import { txCountOf } from './index-writer.ts'

/** A committed transaction and what the app made of it. */
export interface IndexedTx {
  readonly height: Height
  readonly index: number
  readonly tx: Uint8Array
  readonly result: ExecTxResult
}

/** One value of one indexed attribute. */
export interface IndexEntry {
  readonly height: Height
  /** 0 in the index of blocks. */
  readonly txIndex: number
  /** Position of the event among those of its transaction or block; -1 for the height itself. */
  readonly eventIndex: number
  readonly value: string
}

export interface IndexRange {
  /** Only entries with exactly this value. */
  readonly value?: string
  /** Inclusive. */
  readonly minHeight?: Height
  /** Inclusive. */
  readonly maxHeight?: Height
}

/** Heights are shown up to one below the largest safe integer, so that one more can still be written. */
const MAX_HEIGHT = Number.MAX_SAFE_INTEGER - 1

/** Reads the index of transactions and blocks. A scan sees the index as it was when the scan began. */
export class EventIndex {
  readonly #store: KeyValueStore

  constructor(store: KeyValueStore) {
    this.#store = store
  }

  tx(hash: Hex): IndexedTx | null {
    if (!isTxHash(hash)) return null
    const place = this.#store.get(hexKey(BUCKET.txByHash, hash))
    if (place === undefined) return null
    const { height, index } = readTxPlace(place, 0)
    return this.txAt(height, index)
  }

  txAt(height: Height, index: number): IndexedTx | null {
    const record = this.#store.get(txKey(height, index))
    return record === undefined ? null : { height, index, ...decodeIndexedTx(record) }
  }

  /** `key` is `type.attribute` of events of transactions, or `tx.height`. */
  txEntries(key: string, range: IndexRange): AsyncIterable<IndexEntry> {
    return key === 'tx.height'
      ? this.#heights(range, txCount => txCount)
      : this.#entries(BUCKET.txEvents, key, range)
  }

  /** `key` is `type.attribute` of events of blocks, or `block.height`. */
  blockEntries(key: string, range: IndexRange): AsyncIterable<IndexEntry> {
    return key === 'block.height'
      ? this.#heights(range, () => 1)
      : this.#entries(BUCKET.blockEvents, key, range)
  }

  async *#heights(range: IndexRange, countOf: (txCount: number) => number): AsyncIterable<IndexEntry> {
    const { minHeight, maxHeight } = limitsOf(range)
    if (minHeight > maxHeight) return
    const limits = {
      gte: numberKey(BUCKET.indexedHeight, minHeight),
      lt: numberKey(BUCKET.indexedHeight, maxHeight + 1)
    }
    for await (const [key, record] of this.#store.entries(limits)) {
      const height = numberOfKey(key)
      const value = String(height)
      if (range.value !== undefined && range.value !== value) continue
      const count = countOf(txCountOf(record))
      for (let txIndex = 0; txIndex < count; txIndex++) yield { height, txIndex, eventIndex: -1, value }
    }
  }

  async *#entries(bucket: EventBucket, key: string, range: IndexRange): AsyncIterable<IndexEntry> {
    const { minHeight, maxHeight } = limitsOf(range)
    if (minHeight > maxHeight) return
    const attribute = indexedText(key).bytes
    const limits =
      range.value === undefined
        ? attributeRange(bucket, attribute)
        : valueRange(bucket, attribute, indexedText(range.value).bytes, minHeight, maxHeight)
    for await (const [entryKey, stored] of this.#store.entries(limits)) {
      const first = readEventKey(entryKey, attribute.length)
      const { height } = first
      if (height < minHeight || height > maxHeight) continue
      const { others, text } = readBesideTheKey(stored)
      const value = text ?? first.value
      yield { ...first, value }
      for (const place of others) yield { height, ...place, value }
    }
  }
}

function limitsOf({ minHeight = 0, maxHeight = MAX_HEIGHT }: IndexRange): {
  readonly minHeight: Height
  readonly maxHeight: Height
} {
  return { minHeight: Math.max(0, minHeight), maxHeight: Math.min(MAX_HEIGHT, maxHeight) }
}
