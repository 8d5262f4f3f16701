import type { AppEvent, FinalizeBlockResponse } from '../../app/index.ts'
import { type Height, txHash } from '../../types/index.ts'
import type { BatchOp, KeyValueStore } from '../key-value-store.ts'
import { BUCKET, hexKey, numberKey, numberOfKey } from '../keys.ts'
import {
  type EventBucket,
  type EventPlace,
  eventKey,
  indexedText,
  readTxPlace,
  txKey,
  txRange
} from './index-keys.ts'
import { decodeBlockEvents, decodeIndexedTx, encodeBlockEvents, encodeIndexedTx } from './index-records.ts'

/** Attributes the index has of itself: an event that claims one is not indexed under it. */
const RESERVED: ReadonlySet<string> = new Set(['tx.hash', 'tx.height', 'block.height'])
const NO_BYTES = new Uint8Array(0)

/** What the index keeps of one height, transaction by transaction; the last operations make the height complete. */
export function* heightOps(
  store: KeyValueStore,
  height: Height,
  txs: readonly Uint8Array[],
  results: Pick<FinalizeBlockResponse, 'events' | 'txResults'>
): Iterable<readonly BatchOp[]> {
  const succeeded = new Set<string>()
  for (const [index, tx] of txs.entries()) {
    const result = results.txResults[index]!
    const ops: BatchOp[] = [
      { type: 'put', key: txKey(height, index), value: encodeIndexedTx(tx, result) },
      ...eventOps(BUCKET.txEvents, result.events, { height, txIndex: index })
    ]
    const hash = txHash(tx)
    const hasFailed = result.code !== 0
    // A transaction that failed when it came again does not hide that it succeeded before (CometBFT DeduplicateBatch).
    if (!hasFailed || !(succeeded.has(hash) || hasSucceeded(store, hash))) {
      ops.push({ type: 'put', key: hexKey(BUCKET.txByHash, hash), value: txKey(height, index).subarray(1) })
    }
    if (!hasFailed) succeeded.add(hash)
    yield ops
  }
  yield [...blockOps(height, results.events), completionOp(height, txs.length)]
}

function blockOps(height: Height, events: readonly AppEvent[]): BatchOp[] {
  const indexed = events.map(({ type, attributes }) => ({
    type,
    attributes: attributes.filter(one => one.index)
  }))
  if (indexed.every(event => event.attributes.length === 0)) return []
  return [
    {
      type: 'put',
      key: numberKey(BUCKET.indexedBlockEvents, height),
      value: encodeBlockEvents(indexed)
    },
    ...eventOps(BUCKET.blockEvents, indexed, { height, txIndex: 0 })
  ]
}

/** Says that the height is indexed, and how many transactions it has. */
function completionOp(height: Height, txCount: number): BatchOp {
  return {
    type: 'put',
    key: numberKey(BUCKET.indexedHeight, height),
    value: numberKey(BUCKET.indexedHeight, txCount)
  }
}

/** The count in the record of a complete height. */
export function txCountOf(record: Uint8Array): number {
  return numberOfKey(record)
}

function hasSucceeded(store: KeyValueStore, hash: string): boolean {
  const place = store.get(hexKey(BUCKET.txByHash, hash))
  if (place === undefined) return false
  const { height, index } = readTxPlace(place, 0)
  const record = store.get(txKey(height, index))
  return record !== undefined && decodeIndexedTx(record).result.code === 0
}

function eventOps(
  bucket: EventBucket,
  events: readonly AppEvent[],
  at: Omit<EventPlace, 'eventIndex'>
): BatchOp[] {
  const ops: BatchOp[] = []
  for (const [eventIndex, { type, attributes }] of events.entries()) {
    if (type === '') continue
    for (const { key, value, index } of attributes) {
      const attribute = `${type}.${key}`
      if (!index || key === '' || RESERVED.has(attribute)) continue
      const text = indexedText(value)
      ops.push({
        type: 'put',
        key: eventKey(bucket, indexedText(attribute).bytes, text.bytes, { ...at, eventIndex }),
        value: text.isWhole ? NO_BYTES : Buffer.from(value)
      })
    }
  }
  return ops
}

/** What takes a height out of the index again, transaction by transaction. The first operations make it incomplete. */
export async function* removalOps(store: KeyValueStore, height: Height): AsyncIterable<readonly BatchOp[]> {
  const eventsKey = numberKey(BUCKET.indexedBlockEvents, height)
  const blockEvents = store.get(eventsKey)
  yield [{ type: 'del', key: numberKey(BUCKET.indexedHeight, height) }]
  if (blockEvents !== undefined) {
    const events = decodeBlockEvents(blockEvents)
    yield [
      ...undone(eventOps(BUCKET.blockEvents, events, { height, txIndex: 0 })),
      { type: 'del', key: eventsKey }
    ]
  }
  for await (const [key, value] of store.entries(txRange(height, height + 1))) {
    const { index } = readTxPlace(key, 1)
    const { tx, result } = decodeIndexedTx(value)
    const ops = undone(eventOps(BUCKET.txEvents, result.events, { height, txIndex: index }))
    const hashKey = hexKey(BUCKET.txByHash, txHash(tx))
    const place = store.get(hashKey)
    // The same transaction may stand in a later block, to which its hash then leads.
    if (place !== undefined && Buffer.compare(place, key.subarray(1)) === 0)
      ops.push({ type: 'del', key: hashKey })
    ops.push({ type: 'del', key })
    yield ops
  }
}

function undone(ops: readonly BatchOp[]): BatchOp[] {
  return ops.map(({ key }) => ({ type: 'del', key }))
}
