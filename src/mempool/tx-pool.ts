import type { Application, CheckTxResponse } from '../app/index.ts'
import { type Height, type Hex, txHash, txSizeInBlock } from '../types/index.ts'
import { assert, type Metrics, noMetrics } from '../util/index.ts'
import { ownBytes } from './own-bytes.ts'
import { TxCache } from './tx-cache.ts'
import {
  type CheckedTx,
  gasRefusal,
  poolFull,
  RECHECK_FULL,
  TX_IN_CACHE,
  type TxOutcome,
  type TxRefusal,
  type TxTaken,
  txBeyondBlock,
  txTooLarge
} from './tx-outcome.ts'
import { makeTxPoolMetrics, type TxPoolMetrics } from './tx-pool-metrics.ts'
import type { BlockRoom, CommittedTxs, PoolTx, TxBatchSummary, TxPoolConfig } from './tx-pool-types.ts'

interface Candidate {
  readonly hash: Hex
  readonly tx: Uint8Array
  readonly from: string | null
}

const RECHECKS_AT_ONCE = 100

/**
 * Transactions that wait for a block, in the order in which the app accepted them (CometBFT's CListMempool). One Map
 * is both the list and the index, so the two cannot drift apart. A place is reserved while the app is asked: neither
 * bound is ever exceeded, and a slow app has a bounded number of questions before it.
 */
export class TxPool {
  readonly #app: Pick<Application, 'checkTx'>
  readonly #config: TxPoolConfig
  readonly #metrics: TxPoolMetrics
  readonly #cache: TxCache
  readonly #txs = new Map<Hex, PoolTx>()
  /** Transactions to be gossiped by this node; always a part of `#txs`. */
  readonly #outbox = new Set<PoolTx>()
  readonly #newTxListeners = new Set<(tx: PoolTx) => void>()
  readonly #availableListeners = new Set<() => void>()
  #room: BlockRoom
  #height: Height
  #bytes = 0
  #announced = false
  #inFlight = 0
  #inFlightBytes = 0
  #waiting = 0
  /** While a block is being committed: resolves when that is over. */
  #gate: Promise<void> | null = null
  #whenIdle: (() => void) | null = null

  constructor(options: {
    readonly app: Pick<Application, 'checkTx'>
    readonly config: TxPoolConfig
    readonly room: BlockRoom
    readonly height: Height
    readonly metrics?: Metrics
  }) {
    this.#app = options.app
    this.#config = options.config
    this.#room = options.room
    this.#height = options.height
    this.#cache = new TxCache(options.config.cacheSize)
    this.#metrics = makeTxPoolMetrics(options.metrics ?? noMetrics)
  }

  get size(): number {
    return this.#txs.size
  }

  /** Bytes of the transactions themselves. */
  get bytes(): number {
    return this.#bytes
  }

  has(hash: Hex): boolean {
    return this.#txs.has(hash)
  }

  get(hash: Hex): PoolTx | null {
    return this.#txs.get(hash) ?? null
  }

  /** The first `limit` transactions in order. */
  contents(limit: number): readonly PoolTx[] {
    const first: PoolTx[] = []
    for (const entry of this.#txs.values()) {
      if (first.length >= limit) break
      first.push(entry)
    }
    return first
  }

  /**
   * Shows a transaction to the app and keeps it when the app accepts it. Waits while a block is being committed, so it
   * must not be called from within {@link runLocked}. Rejects when the app does.
   */
  async checkTx(tx: Uint8Array, options: { readonly from?: string } = {}): Promise<TxOutcome> {
    while (this.#gate !== null) if (!(await this.#enter(1))) return RECHECK_FULL
    const candidate = this.#reserve(tx, options.from ?? null)
    const outcome = 'kind' in candidate ? candidate : await this.#ask(candidate)
    this.#reportSize()
    return outcome
  }

  /**
   * {@link checkTx} in two steps, for a client that does not wait for the app: what the pool itself refuses is the
   * outcome, the app's answer follows in `checked`, which the caller must not leave unhandled.
   */
  async submit(tx: Uint8Array): Promise<TxRefusal | TxTaken> {
    while (this.#gate !== null) if (!(await this.#enter(1))) return RECHECK_FULL
    const candidate = this.#reserve(tx, null)
    if ('kind' in candidate) return candidate
    const checked = this.#ask(candidate).finally(() => this.#reportSize())
    return { kind: 'taken', hash: candidate.hash, checked }
  }

  /** {@link checkTx} for what came in one message of a peer, asked of the app without waiting in between. */
  async checkTxs(txs: readonly Uint8Array[], from: string): Promise<TxBatchSummary> {
    while (this.#gate !== null) {
      if (!(await this.#enter(txs.length))) return { added: 0, refused: txs.length, known: 0, invalid: 0 }
    }
    let refused = 0
    let known = 0
    const asked: Promise<TxOutcome>[] = []
    for (const tx of txs) {
      const candidate = this.#reserve(tx, from)
      if (!('kind' in candidate)) asked.push(this.#ask(candidate))
      else if (candidate.code === 'inCache') known += 1
      else refused += 1
    }
    let added = 0
    for (const outcome of await Promise.all(asked))
      if (outcome.kind === 'checked' && outcome.added) added += 1
    this.#reportSize()
    return { added, refused, known, invalid: asked.length - added }
  }

  /**
   * Transactions from the first on, until one would make them more than `maxBytes` in a block or `maxGas` gas
   * (CometBFT ReapMaxBytesMaxGas); -1 for no limit.
   */
  reap(maxBytes: number, maxGas: number): readonly Uint8Array[] {
    const reaped: Uint8Array[] = []
    const gasLimit = BigInt(maxGas)
    let bytes = 0
    let gas = 0n
    for (const { tx, gasWanted } of this.#txs.values()) {
      bytes += txSizeInBlock(tx)
      gas += gasWanted
      if ((maxBytes > -1 && bytes > maxBytes) || (maxGas > -1 && gas > gasLimit)) break
      reaped.push(tx)
    }
    return reaped
  }

  /**
   * Runs the commit of a block: first lets the app finish what it was asked, and holds new transactions back until
   * `action`, which calls {@link update}, is done or has failed.
   */
  async runLocked<T>(action: () => Promise<T>): Promise<T> {
    while (this.#gate !== null) await this.#gate
    let open: () => void = () => {}
    this.#gate = new Promise(resolve => {
      open = resolve
    })
    try {
      if (this.#inFlight > 0) {
        await new Promise<void>(resolve => {
          this.#whenIdle = resolve
        })
      }
      return await action()
    } finally {
      this.#gate = null
      open()
    }
  }

  /** Takes out what a block committed and rechecks the rest; only within {@link runLocked}. Rejects when the app does. */
  async update(block: CommittedTxs): Promise<void> {
    assert(this.#gate !== null && this.#inFlight === 0, 'the tx pool is updated while it is locked')
    assert(block.results.length === block.txs.length, 'there is one result a transaction')
    this.#height = block.height
    this.#room = block.room
    this.#announced = false
    block.txs.forEach((tx, index) => {
      const hash = block.hashes?.[index] ?? txHash(tx)
      if (block.results[index]!.code === 0) this.#cache.push(hash)
      else if (!this.#config.keepInvalidTxsInCache) this.#cache.remove(hash)
      this.#remove(hash)
    })
    if (this.#config.recheck && this.#txs.size > 0) await this.#recheck(block.isRecheckOver ?? (() => false))
    if (this.#txs.size > 0) this.#announce()
    this.#reportSize()
  }

  /** Forgets every transaction and every hash; what the app is looking at right now may still come in. */
  flush(): void {
    this.#txs.clear()
    this.#outbox.clear()
    this.#cache.clear()
    this.#bytes = 0
    this.#reportSize()
  }

  /** Calls `listener` with every transaction that comes in, whoever sent it. Returns the way to stop it. */
  onNewTx(listener: (tx: PoolTx) => void): () => void {
    this.#newTxListeners.add(listener)
    return () => this.#newTxListeners.delete(listener)
  }

  /** Calls `listener` once a height, as soon as there is a transaction. Returns the way to stop it. */
  onTxsAvailable(listener: () => void): () => void {
    this.#availableListeners.add(listener)
    return () => this.#availableListeners.delete(listener)
  }

  /**
   * Takes transactions out of the outbox, at most `maxBytes` as they are framed but at least one when there is any.
   * The outbox holds what clients of this node sent, and what {@link requeue} put back; what peers send, gossip
   * forwards by itself.
   */
  takeBatch(maxBytes: number): readonly Uint8Array[] {
    const batch: Uint8Array[] = []
    let bytes = 0
    for (const entry of this.#outbox) {
      bytes += txSizeInBlock(entry.tx)
      if (batch.length > 0 && bytes > maxBytes) break
      this.#outbox.delete(entry)
      batch.push(entry.tx)
    }
    return batch
  }

  /** Transactions waiting in the outbox. */
  get outboxSize(): number {
    return this.#outbox.size
  }

  /** Puts all that came in at `height` or before back into the outbox: gossip may have lost it. Returns how many. */
  requeue(height: Height): number {
    let queued = 0
    for (const entry of this.#txs.values()) {
      if (entry.height > height) continue
      this.#outbox.add(entry)
      queued += 1
    }
    return queued
  }

  /**
   * Waits for the commit to end; false when too many wait already. The caller looks at the gate again: the next
   * commit may have begun before it runs on.
   */
  async #enter(txs: number): Promise<boolean> {
    if (this.#waiting + txs > this.#config.size) {
      this.#metrics.rejectedTxs.inc(txs)
      return false
    }
    this.#waiting += txs
    await this.#gate
    this.#waiting -= txs
    return true
  }

  /** The checks that need no app, in CometBFT's order; reserves a place when they pass. */
  #reserve(tx: Uint8Array, from: string | null): Candidate | TxRefusal {
    const { size, maxTxsBytes, maxTxBytes } = this.#config
    const txs = this.#txs.size + this.#inFlight
    const bytes = this.#bytes + this.#inFlightBytes
    if (txs >= size || bytes + tx.length > maxTxsBytes) {
      this.#metrics.rejectedTxs.inc()
      return poolFull(txs, size, bytes, maxTxsBytes)
    }
    if (tx.length > maxTxBytes) return txTooLarge(maxTxBytes, tx.length)
    const framed = txSizeInBlock(tx)
    if (framed > this.#room.maxDataBytes) return txBeyondBlock(this.#room.maxDataBytes, framed)
    const hash = txHash(tx)
    // Without the second look a pool whose cache is smaller than itself would take a transaction twice.
    if (!this.#cache.push(hash) || this.#txs.has(hash)) return TX_IN_CACHE
    this.#inFlight += 1
    this.#inFlightBytes += tx.length
    return { hash, tx: ownBytes(tx), from }
  }

  async #ask(candidate: Candidate): Promise<CheckedTx> {
    const { hash, tx } = candidate
    try {
      return this.#judge(candidate, await this.#app.checkTx({ tx, type: 'new' }))
    } catch (thrown) {
      this.#cache.remove(hash)
      throw thrown
    } finally {
      this.#release(tx.length)
    }
  }

  #judge(candidate: Candidate, response: CheckTxResponse): CheckedTx {
    const { hash } = candidate
    const postCheck = gasRefusal(response.gasWanted, this.#room.maxGas)
    if (response.code === 0 && postCheck === null) {
      const added = this.#add(candidate, response.gasWanted)
      return { kind: 'checked', hash, response, added, postCheck }
    }
    this.#metrics.failedTxs.inc()
    if (!this.#config.keepInvalidTxsInCache) this.#cache.remove(hash)
    return { kind: 'checked', hash, response, added: false, postCheck }
  }

  #release(bytes: number): void {
    this.#inFlight -= 1
    this.#inFlightBytes -= bytes
    if (this.#inFlight > 0 || this.#whenIdle === null) return
    this.#whenIdle()
    this.#whenIdle = null
  }

  /** False when the same transaction came in while the app was asked, which takes a cache that forgot it meanwhile. */
  #add({ hash, tx, from }: Candidate, gasWanted: bigint): boolean {
    if (this.#txs.has(hash)) return false
    const entry: PoolTx = { hash, tx, gasWanted, height: this.#height, from }
    this.#txs.set(hash, entry)
    this.#bytes += tx.length
    if (from === null) this.#outbox.add(entry)
    this.#metrics.txSizeBytes.observe(tx.length)
    for (const listener of this.#newTxListeners) listener(entry)
    this.#announce()
    return true
  }

  #remove(hash: Hex): void {
    const entry = this.#txs.get(hash)
    if (entry === undefined) return
    this.#txs.delete(hash)
    this.#outbox.delete(entry)
    this.#bytes -= entry.tx.length
  }

  async #recheck(isOver: () => boolean): Promise<void> {
    const entries = [...this.#txs.values()]
    for (let start = 0; start < entries.length && !isOver(); start += RECHECKS_AT_ONCE) {
      const slice = entries.slice(start, start + RECHECKS_AT_ONCE)
      const responses = await Promise.all(slice.map(({ tx }) => this.#app.checkTx({ tx, type: 'recheck' })))
      this.#metrics.recheckTimes.inc(slice.length)
      responses.forEach((response, index) => {
        if (response.code === 0 && gasRefusal(response.gasWanted, this.#room.maxGas) === null) return
        const { hash } = slice[index]!
        this.#remove(hash)
        if (this.#config.keepInvalidTxsInCache) return
        this.#cache.remove(hash)
        this.#metrics.evictedTxs.inc()
      })
    }
  }

  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    for (const listener of this.#availableListeners) listener()
  }

  #reportSize(): void {
    this.#metrics.size.set(this.#txs.size)
    this.#metrics.sizeBytes.set(this.#bytes)
  }
}
