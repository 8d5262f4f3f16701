import type { ExecTxResult } from '../../app/index.ts'
import { type Height, type Hex, txHash } from '../../types/index.ts'
import type { Clock, Timer } from '../../util/index.ts'
import type { NodeEvent } from '../node-view.ts'

export interface CommittedTx {
  readonly height: Height
  readonly result: ExecTxResult
}

/** Waits for one transaction to be in a block. Begun before the transaction is handed over, so that none is missed. */
export class TxWatch {
  readonly #clock: Clock
  readonly #end: () => void
  #found: CommittedTx | null = null
  #resolve: ((found: CommittedTx | null) => void) | null = null
  #timer: Timer | null = null

  constructor(clock: Clock, end: () => void) {
    this.#clock = clock
    this.#end = end
  }

  /** The transaction in its block, or null when `timeoutMs` passed first or the server stops. */
  committed(timeoutMs: number): Promise<CommittedTx | null> {
    if (this.#found !== null) return Promise.resolve(this.#found)
    return new Promise(resolve => {
      this.#resolve = resolve
      this.#timer = this.#clock.setTimer(timeoutMs, () => this.settle(null))
    })
  }

  settle(found: CommittedTx | null): void {
    this.#found ??= found
    this.#timer?.cancel()
    this.#timer = null
    this.#resolve?.(found)
    this.#resolve = null
  }

  /** Ends the watch; to be called once, whatever came of it. */
  stop(): void {
    this.settle(null)
    this.#end()
  }
}

/** All transactions that calls wait for, by hash. */
export class TxWatches {
  readonly #clock: Clock
  readonly #byHash = new Map<Hex, Set<TxWatch>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(tx: Uint8Array, onEnd: () => void): TxWatch {
    const hash = txHash(tx)
    const watches = this.#byHash.get(hash) ?? new Set<TxWatch>()
    this.#byHash.set(hash, watches)
    const watch = new TxWatch(this.#clock, () => {
      watches.delete(watch)
      if (watches.size === 0 && this.#byHash.get(hash) === watches) this.#byHash.delete(hash)
      onEnd()
    })
    watches.add(watch)
    return watch
  }

  /** Tells those who wait for a transaction of this block. Hashes nothing while nobody waits. */
  noteBlock({ block, results }: Extract<NodeEvent, { kind: 'blockApplied' }>): void {
    if (this.#byHash.size === 0) return
    block.txs.forEach((tx, index) => {
      const watches = this.#byHash.get(txHash(tx))
      const result = results.txResults[index]
      if (watches === undefined || result === undefined) return
      for (const watch of watches) watch.settle({ height: block.header.height, result })
    })
  }

  /** Lets everybody go unanswered. */
  close(): void {
    for (const watches of this.#byHash.values()) for (const watch of watches) watch.settle(null)
  }

  get size(): number {
    return this.#byHash.size
  }
}
