import type { Evidence, Hex } from '../types/index.ts'
import type { PendingEvidence } from './evidence-record.ts'
import { culpritsOf, type OffenceKey } from './offence.ts'

export interface PendingLimits {
  readonly maxPending: number
  readonly maxPendingBytes: number
  /** Of those, pieces that accuse one validator: the first is enough to slash it. */
  readonly maxPendingOfOne: number
}

/** Evidence that no block carries yet, by offence, by hash, and oldest first. */
export class PendingSet {
  readonly #limits: PendingLimits
  readonly #byKey = new Map<OffenceKey, PendingEvidence>()
  readonly #keyByHash = new Map<Hex, OffenceKey>()
  readonly #countOf = new Map<Hex, number>()
  #inOrder: readonly PendingEvidence[] | null = null
  #bytes = 0

  constructor(limits: PendingLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#byKey.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Validators accused by some of it. */
  get accused(): number {
    return this.#countOf.size
  }

  has(key: OffenceKey): boolean {
    return this.#byKey.has(key)
  }

  get(key: OffenceKey): PendingEvidence | undefined {
    return this.#byKey.get(key)
  }

  byHash(hash: Hex): PendingEvidence | undefined {
    const key = this.#keyByHash.get(hash)
    return key === undefined ? undefined : this.#byKey.get(key)
  }

  /** In the order of keys, so of heights. */
  ordered(): readonly PendingEvidence[] {
    this.#inOrder ??= [...this.#byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    return this.#inOrder
  }

  hasRoomFor(evidence: Evidence): boolean {
    const { maxPending, maxPendingBytes, maxPendingOfOne } = this.#limits
    if (this.#byKey.size >= maxPending || this.#bytes >= maxPendingBytes) return false
    const culprits = culpritsOf(evidence)
    return culprits.length === 0 || culprits.some(each => (this.#countOf.get(each) ?? 0) < maxPendingOfOne)
  }

  /** `entry` is of an offence that is not in the set. */
  insert(entry: PendingEvidence): void {
    this.#byKey.set(entry.key, entry)
    this.#keyByHash.set(entry.hash, entry.key)
    this.#bytes += entry.bytes.length
    this.#inOrder = null
    for (const each of entry.validators) this.#countOf.set(each, (this.#countOf.get(each) ?? 0) + 1)
  }

  delete(key: OffenceKey): void {
    const entry = this.#byKey.get(key)
    if (entry === undefined) return
    this.#byKey.delete(key)
    this.#keyByHash.delete(entry.hash)
    this.#bytes -= entry.bytes.length
    this.#inOrder = null
    for (const each of entry.validators) {
      const left = this.#countOf.get(each)! - 1
      if (left === 0) this.#countOf.delete(each)
      else this.#countOf.set(each, left)
    }
  }
}
