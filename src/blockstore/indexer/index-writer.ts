import type { AppEvent, FinalizeBlockResponse } from '../../app/index.ts'
import { type Height, txHash } from '../../types/index.ts'
import type { BatchOp, KeyValueStore } from '../key-value-store.ts'
import { BUCKET, hexKey, numberKey, numberOfKey } from '../keys.ts'
import { EventEntries } from './event-entries.ts'
import { readTxPlace, txKey, txRange } from './index-keys.ts'
import { decodeBlockEvents, decodeIndexedTx, encodeBlockEvents, encodeIndexedTx } from './index-records.ts'

/** Transactions whose entries are written, and taken out, together. Part of the format: it says what is one entry. */
const GROUP_TXS = 32

/** What the index keeps of one height, some transactions at a time; the last operations make the height complete. */
export function* heightOps(
  store: KeyValueStore,
  height: Height,
  txs: readonly Uint8Array[],
  results: Pick<FinalizeBlockResponse, 'events' | 'txResults'>
): Iterable<readonly BatchOp[]> {
  const succeeded = new Set<string>()
  for (let from = 0; from < txs.length; from += GROUP_TXS) {
    const ops: BatchOp[] = []
    const entries = new EventEntries()
    for (const [offset, tx] of txs.slice(from, from + GROUP_TXS).entries()) {
      const index = from + offset
      const result = results.txResults[index]!
      ops.push({ type: 'put', key: txKey(height, index), value: encodeIndexedTx(tx, result) })
      entries.add(result.events, index)
      const hash = txHash(tx)
      const hasFailed = result.code !== 0
      // A transaction that failed when it came again does not hide that it succeeded before (CometBFT DeduplicateBatch).
      if (!hasFailed || !(succeeded.has(hash) || hasSucceeded(store, hash))) {
        const value = txKey(height, index).subarray(1)
        ops.push({ type: 'put', key: hexKey(BUCKET.txByHash, hash), value })
      }
      if (!hasFailed) succeeded.add(hash)
    }
    yield [...ops, ...entries.puts(BUCKET.txEvents, height)]
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
    ...entriesOfBlock(indexed).puts(BUCKET.blockEvents, height)
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

function entriesOfBlock(events: readonly AppEvent[]): EventEntries {
  const entries = new EventEntries()
  entries.add(events, 0)
  return entries
}

/** What takes a height out of the index again, some transactions at a time. The first operations make it incomplete. */
export async function* removalOps(store: KeyValueStore, height: Height): AsyncIterable<readonly BatchOp[]> {
  const eventsKey = numberKey(BUCKET.indexedBlockEvents, height)
  const blockEvents = store.get(eventsKey)
  yield [{ type: 'del', key: numberKey(BUCKET.indexedHeight, height) }]
  if (blockEvents !== undefined) {
    const entries = entriesOfBlock(decodeBlockEvents(blockEvents))
    yield [...entries.deletions(BUCKET.blockEvents, height), { type: 'del', key: eventsKey }]
  }
  let ops: BatchOp[] = []
  let entries = new EventEntries()
  for await (const [key, value] of store.entries(txRange(height, height + 1))) {
    const { index } = readTxPlace(key, 1)
    if (index % GROUP_TXS === 0 && ops.length > 0) {
      yield [...ops, ...entries.deletions(BUCKET.txEvents, height)]
      ops = []
      entries = new EventEntries()
    }
    const { tx, result } = decodeIndexedTx(value)
    entries.add(result.events, index)
    const hashKey = hexKey(BUCKET.txByHash, txHash(tx))
    const place = store.get(hashKey)
    // The same transaction may stand in a later block, to which its hash then leads.
    if (place !== undefined && Buffer.compare(place, key.subarray(1)) === 0)
      ops.push({ type: 'del', key: hashKey })
    ops.push({ type: 'del', key })
  }
  yield [...ops, ...entries.deletions(BUCKET.txEvents, height)]
}
