import type { Hex } from '../types/index.ts'
import { assert } from '../util/index.ts'

const NONE = -1

/**
 * The hashes seen last, at most `capacity` (CometBFT's LRUTxCache). A list through two arrays rather than the order of
 * a Map: taking the first key of a Map that loses its first keys all the time walks over the holes they leave.
 */
export class TxCache {
  readonly #capacity: number
  readonly #slots = new Map<Hex, number>()
  readonly #hashes: Hex[] = []
  readonly #newer: Int32Array
  readonly #older: Int32Array
  /** Slots given up by {@link remove}. */
  readonly #free: number[] = []
  #newest = NONE
  #oldest = NONE

  /** With capacity 0 it remembers nothing. */
  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity >= 0, 'the capacity of a cache is a whole number')
    this.#capacity = capacity
    this.#newer = new Int32Array(capacity)
    this.#older = new Int32Array(capacity)
  }

  get size(): number {
    return this.#slots.size
  }

  has(hash: Hex): boolean {
    return this.#slots.has(hash)
  }

  /** Makes the hash the newest; false when it was there already. Pushes out the oldest when full. */
  push(hash: Hex): boolean {
    if (this.#capacity === 0) return true
    const known = this.#slots.get(hash)
    if (known !== undefined) {
      if (known !== this.#newest) {
        this.#unlink(known)
        this.#linkNewest(known)
      }
      return false
    }
    const slot = this.#takeSlot()
    this.#hashes[slot] = hash
    this.#slots.set(hash, slot)
    this.#linkNewest(slot)
    return true
  }

  remove(hash: Hex): void {
    const slot = this.#slots.get(hash)
    if (slot === undefined) return
    this.#slots.delete(hash)
    this.#unlink(slot)
    this.#hashes[slot] = ''
    this.#free.push(slot)
  }

  clear(): void {
    this.#slots.clear()
    this.#hashes.length = 0
    this.#free.length = 0
    this.#newest = NONE
    this.#oldest = NONE
  }

  #takeSlot(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#slots.size < this.#capacity) return this.#slots.size
    const slot = this.#oldest
    this.#slots.delete(this.#hashes[slot]!)
    this.#unlink(slot)
    return slot
  }

  #linkNewest(slot: number): void {
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot]!
    const older = this.#older[slot]!
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
  }
}
