import type { Height } from '../types/index.ts'
import type { BatchOp, KeyValueStore } from './key-value-store.ts'
import { type Bucket, numberKey, numberOfKey } from './keys.ts'

/** What is stored for a height: the value itself, or the lower height where it is. */
export type HistoryEntry =
  | { readonly kind: 'value'; readonly bytes: Uint8Array }
  | { readonly kind: 'sameAs'; readonly height: Height }

const VALUE = 0
const SAME_AS = 1
const SLICE = 500

/** Values by height that seldom change: most heights only name the height of their value. */
export class HeightHistory {
  readonly #store: KeyValueStore
  readonly #bucket: Bucket
  /** Pruned in this process up to here, but for one value: LevelDB is slow at finding that nothing is left. */
  #prunedBelow: Height = 0
  #keptBelow: Height | null = null

  constructor(store: KeyValueStore, bucket: Bucket) {
    this.#store = store
    this.#bucket = bucket
  }

  entry(height: Height): HistoryEntry | null {
    if (!Number.isSafeInteger(height) || height < 0) return null
    const record = this.#store.get(numberKey(this.#bucket, height))
    if (record === undefined) return null
    return record[0] === SAME_AS
      ? { kind: 'sameAs', height: numberOfKey(record) }
      : { kind: 'value', bytes: record.subarray(1) }
  }

  /** The height whose value holds at `height`, and that value. */
  find(height: Height): { readonly height: Height; readonly bytes: Uint8Array } | null {
    const entry = this.entry(height)
    if (entry === null) return null
    if (entry.kind === 'value') return { height, bytes: entry.bytes }
    const target = this.entry(entry.height)
    return target?.kind === 'value' ? { height: entry.height, bytes: target.bytes } : null
  }

  putValue(height: Height, bytes: Uint8Array): BatchOp {
    const record = new Uint8Array(1 + bytes.length)
    record[0] = VALUE
    record.set(bytes, 1)
    return { type: 'put', key: numberKey(this.#bucket, height), value: record }
  }

  putSameAs(height: Height, target: Height): BatchOp {
    const record = Uint8Array.from(numberKey(this.#bucket, target))
    record[0] = SAME_AS
    return { type: 'put', key: numberKey(this.#bucket, height), value: record }
  }

  del(height: Height): BatchOp {
    return { type: 'del', key: numberKey(this.#bucket, height) }
  }

  /** Deletes, some at a time, what is below `height` but for the value that later heights still name. */
  async pruneBelow(height: Height): Promise<void> {
    const entry = this.entry(height)
    if (entry === null || height <= this.#prunedBelow) return
    const needed = entry.kind === 'sameAs' ? entry.height : height
    const from = numberKey(this.#bucket, this.#prunedBelow)
    const range = { gte: from, lt: numberKey(this.#bucket, height) }
    let ops: BatchOp[] = []
    if (this.#keptBelow !== null && this.#keptBelow !== needed) ops.push(this.del(this.#keptBelow))
    for await (const [key] of this.#store.entries(range)) {
      if (numberOfKey(key) !== needed) ops.push({ type: 'del', key })
      if (ops.length < SLICE) continue
      await this.#store.batch(ops, { sync: false })
      ops = []
    }
    await this.#store.batch(ops, { sync: false })
    this.#prunedBelow = height
    this.#keptBelow = needed < height ? needed : null
  }
}
