import type { FinalizeBlockResponse } from '../../app/index.ts'
import type { Block, Height } from '../../types/index.ts'
import { errorMessage, type Gauge, type Logger, type Metrics, noMetrics } from '../../util/index.ts'
import type { BlockStore } from '../block-store.ts'
import type { BatchOp, KeyValueStore } from '../key-value-store.ts'
import { BUCKET, bucketRange, numberKey, numberOfKey, textKey } from '../keys.ts'
import type { StateStore } from '../state-store.ts'
import { EventIndex } from './event-index.ts'
import { heightOps, removalOps } from './index-writer.ts'

export interface EventIndexerParts {
  readonly store: KeyValueStore
  readonly blocks: Pick<BlockStore, 'base' | 'loadBlock'>
  readonly results: Pick<StateStore, 'loadResults'>
  readonly logger: Logger
  readonly metrics?: Metrics
}

/** Operations written in one go, between two turns of the event loop: well under a millisecond's work. */
const SLICE_OPS = 128
/** Blocks kept in memory until they are indexed; those that do not fit are read from the disk when their turn comes. */
const MAX_WAITING = 16
/** In a long catch-up, one line this often. */
const PROGRESS_HEIGHTS = 10_000
const TIP_KEY = textKey(BUCKET.indexRange, 'tip')
const BASE_KEY = textKey(BUCKET.indexRange, 'base')

interface AppliedBlock {
  readonly block: Block
  readonly results: FinalizeBlockResponse
}

/**
 * Indexes applied blocks one after the other, off the commit path. How far it came is stored with what it wrote, so
 * after a crash, or when it was turned on late, it goes on there from the stored blocks and their results. What the
 * block store prunes leaves the index too.
 */
export class EventIndexer {
  readonly index: EventIndex
  readonly #parts: EventIndexerParts
  readonly #waiting = new Map<Height, AppliedBlock>()
  readonly #tipGauge: Gauge
  readonly #lagGauge: Gauge
  /** The highest height indexed, 0 for none. */
  #tip: Height
  /** Nothing below is in the index. */
  #base: Height
  #target: Height
  #working: Promise<void> | null = null
  #stopped = false
  #unknownFrom: Height | null = null

  private constructor(parts: EventIndexerParts, tip: Height, base: Height) {
    const metrics = parts.metrics ?? noMetrics
    this.#parts = parts
    this.index = new EventIndex(parts.store)
    this.#tip = tip
    this.#base = base
    this.#target = tip
    this.#tipGauge = metrics.gauge('indexer', 'height', 'Highest height in the index of events.')
    this.#lagGauge = metrics.gauge('indexer', 'lag_blocks', 'Applied blocks that are not indexed yet.')
  }

  /**
   * Opens the index and begins to catch up with `appliedHeight`, the newest height whose results are stored. Heights
   * above it, of blocks that were rolled back, are taken out first.
   */
  static async open(parts: EventIndexerParts, appliedHeight: Height): Promise<EventIndexer> {
    const indexer = new EventIndexer(
      parts,
      storedHeight(parts.store, TIP_KEY),
      storedHeight(parts.store, BASE_KEY)
    )
    await indexer.#removeAbove(appliedHeight)
    indexer.#aimAt(appliedHeight)
    return indexer
  }

  /** The highest height indexed so far, 0 for none. */
  get height(): Height {
    return this.#tip
  }

  /** Takes note of a block that was applied; returns at once. Heights come in order. */
  noteApplied(block: Block, results: FinalizeBlockResponse): void {
    const { height } = block.header
    if (this.#waiting.size < MAX_WAITING && height > this.#tip) this.#waiting.set(height, { block, results })
    this.#aimAt(height)
  }

  /** Resolves when everything told of so far is indexed, or indexing ended. */
  async whenIdle(): Promise<void> {
    while (this.#working !== null) await this.#working
  }

  /** Ends between two writes; what was left out is indexed after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.whenIdle()
  }

  #aimAt(height: Height): void {
    this.#target = Math.max(this.#target, height)
    this.#measure()
    if (this.#stopped || this.#tip >= this.#target) return
    this.#working ??= this.#work()
      .catch(error => this.#fail(error))
      .finally(() => {
        this.#working = null
      })
  }

  /** Consensus goes on without an index; searches then answer from what there is. */
  #fail(error: unknown): void {
    this.#stopped = true
    this.#waiting.clear()
    this.#parts.logger.error('indexing stopped; restart the node when the cause is gone', {
      height: this.#tip,
      error: errorMessage(error)
    })
  }

  async #work(): Promise<void> {
    const from = this.#tip
    while (!this.#stopped && this.#tip < this.#target) {
      await nextTurn()
      await this.#next(Math.max(this.#tip + 1, this.#parts.blocks.base))
      await this.#prune()
      if ((this.#tip - from) % PROGRESS_HEIGHTS === 0) {
        this.#parts.logger.info('indexing stored blocks', { height: this.#tip, to: this.#target })
      }
    }
  }

  async #next(height: Height): Promise<void> {
    const applied = this.#waiting.get(height) ?? (await this.#load(height))
    this.#waiting.delete(height)
    if (applied === null) this.#unknownFrom ??= height
    else {
      this.#tellUnknown(height)
    }
    const ops: BatchOp[] = [{ type: 'put', key: TIP_KEY, value: numberKey(BUCKET.indexRange, height) }]
    if (this.#base === 0) ops.push(this.#moveBase(height))
    const groups =
      applied === null ? [] : heightOps(this.#parts.store, height, applied.block.txs, applied.results)
    if (!(await this.#write(groups, ops))) return
    this.#tip = height
    this.#measure()
  }

  /** Null when the block or its results are not stored: not kept, or pruned meanwhile. */
  async #load(height: Height): Promise<AppliedBlock | null> {
    const results = this.#parts.results.loadResults(height)
    const block = results && (await this.#parts.blocks.loadBlock(height))
    return results && block && results.txResults.length === block.txs.length ? { block, results } : null
  }

  #tellUnknown(height: Height): void {
    if (this.#unknownFrom === null) return
    this.#parts.logger.warn('the results of some blocks are not stored: they stay out of the index', {
      from: this.#unknownFrom,
      to: height - 1
    })
    this.#unknownFrom = null
  }

  /** True when all was written, `last` behind the rest; false when it was told to stop in between. */
  async #write(
    groups: Iterable<readonly BatchOp[]> | AsyncIterable<readonly BatchOp[]>,
    last: readonly BatchOp[] = []
  ): Promise<boolean> {
    let slice: BatchOp[] = []
    for await (const ops of groups) {
      for (const op of ops) slice.push(op)
      if (slice.length < SLICE_OPS) continue
      await this.#parts.store.batch(slice, { sync: false })
      if (this.#stopped) return false
      slice = []
      await nextTurn()
    }
    await this.#parts.store.batch([...slice, ...last], { sync: false })
    return true
  }

  /** Follows the block store, one height at a time and with the new base written first. */
  async #prune(): Promise<void> {
    const wanted = Math.min(this.#parts.blocks.base, this.#tip)
    while (!this.#stopped && this.#base > 0 && this.#base < wanted) {
      const height = this.#base
      if (!(await this.#write(removalOps(this.#parts.store, height)))) return
      await this.#parts.store.batch([this.#moveBase(height + 1)], { sync: false })
      await nextTurn()
    }
  }

  #moveBase(height: Height): BatchOp {
    this.#base = height
    return { type: 'put', key: BASE_KEY, value: numberKey(BUCKET.indexRange, height) }
  }

  /** Also takes out what a height left that was being written when the process died. */
  async #removeAbove(appliedHeight: Height): Promise<void> {
    const { store } = this.#parts
    const kept = Math.min(this.#tip, appliedHeight)
    const written = Math.max(
      this.#tip,
      await this.#highest('indexedTx'),
      await this.#highest('indexedHeight')
    )
    for (let height = kept + 1; height <= written; height++) await this.#write(removalOps(store, height))
    if (kept < this.#tip) {
      const value = numberKey(BUCKET.indexRange, kept)
      await store.batch([{ type: 'put', key: TIP_KEY, value }], { sync: false })
    }
    this.#tip = kept
    this.#target = kept
  }

  async #highest(bucket: 'indexedTx' | 'indexedHeight'): Promise<Height> {
    const range = { ...bucketRange(BUCKET[bucket]), reverse: true, limit: 1 }
    for await (const [key] of this.#parts.store.entries(range)) return numberOfKey(key)
    return 0
  }

  #measure(): void {
    this.#tipGauge.set(this.#tip)
    this.#lagGauge.set(this.#target - this.#tip)
  }
}

function storedHeight(store: KeyValueStore, key: Uint8Array): Height {
  const record = store.get(key)
  return record === undefined ? 0 : numberOfKey(record)
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
