import { assert } from './assert.ts'

/**
 * A bounded cache without bookkeeping per hit: entries live in a young and an old generation, a hit in the old one
 * moves the entry to the young one, and when the young one is full the old one is dropped. Keeps between half of
 * `maxEntries` and `maxEntries` of what was used last.
 */
export class GenerationCache<V> {
  readonly #generationSize: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  constructor(maxEntries: number) {
    assert(Number.isInteger(maxEntries) && maxEntries >= 2, 'a cache holds at least two entries')
    this.#generationSize = Math.floor(maxEntries / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.#old.delete(key)
    this.set(key, old)
    return old
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
