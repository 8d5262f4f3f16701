import type { BatchOp, SortedBytes } from '../../blockstore/index.ts'

/** A database at rest: its content, and for each batch that no sync covers the ops that undo it. */
export class SimDatabase {
  readonly map: SortedBytes
  isOpen = false
  /** Set to make the next open fail as LevelDB does on a damaged table. */
  isCorrupt = false
  /** Keys (hex) whose values read as damaged. */
  readonly damagedKeys = new Set<string>()
  #unsynced: BatchOp[][] = []
  /** A batch whose write failed: it may or may not be there after a restart. */
  #doubtful: readonly BatchOp[] | null = null

  constructor(map: SortedBytes) {
    this.map = map
  }

  apply(ops: readonly BatchOp[]): void {
    const undo: BatchOp[] = []
    for (const op of ops) undo.push(this.map.apply(op))
    this.#unsynced.push(undo)
  }

  sync(): void {
    this.#unsynced = []
  }

  /** Takes back the batch applied last: its write failed. */
  doubt(ops: readonly BatchOp[]): void {
    const undo = this.#unsynced.pop()
    if (undo !== undefined) this.#undo(undo)
    this.#doubtful = ops
  }

  /** Keeps any prefix of the unsynced batches, as LevelDB's log does. */
  crash(random: () => number): void {
    this.isOpen = false
    const kept = Math.floor(random() * (this.#unsynced.length + 1))
    const isAllKept = kept === this.#unsynced.length
    for (const undo of this.#unsynced.slice(kept).reverse()) this.#undo(undo)
    if (this.#doubtful !== null && isAllKept && random() < 0.5) this.apply(this.#doubtful)
    this.#doubtful = null
    this.#unsynced = []
  }

  /** Makes the value at `place` (0 to 1 of all keys) unreadable. */
  damageAny(place: number): void {
    const entries = this.map.range({})
    const entry = entries[Math.floor(place * entries.length)]
    if (entry !== undefined) this.damagedKeys.add(Buffer.from(entry[0]).toString('hex'))
  }

  clone(): SimDatabase {
    const copy = new SimDatabase(this.map.clone())
    copy.isCorrupt = this.isCorrupt
    for (const key of this.damagedKeys) copy.damagedKeys.add(key)
    copy.#unsynced = [...this.#unsynced]
    copy.#doubtful = this.#doubtful
    return copy
  }

  #undo(ops: readonly BatchOp[]): void {
    for (let at = ops.length - 1; at >= 0; at--) this.map.apply(ops[at]!)
  }
}
