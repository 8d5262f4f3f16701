import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TxCache } from '../../../src/mempool/tx-cache.ts'

/** The obvious cache: an array, oldest first. */
class ListCache {
  hashes: string[] = []
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  push(hash: string): boolean {
    if (this.#capacity === 0) return true
    const isNew = !this.hashes.includes(hash)
    this.remove(hash)
    if (this.hashes.length >= this.#capacity) this.hashes.shift()
    this.hashes.push(hash)
    return isNew
  }

  remove(hash: string): void {
    this.hashes = this.hashes.filter(other => other !== hash)
  }
}

describe('TxCache', () => {
  it('says whether a hash is new and pushes out the oldest', () => {
    const cache = new TxCache(2)
    expect([cache.push('a'), cache.push('b'), cache.push('a')]).toEqual([true, true, false])
    expect(cache.push('c')).toBe(true)
    expect([cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([true, false, true])
    expect(cache.size).toBe(2)
  })

  it('remembers nothing with capacity 0', () => {
    const cache = new TxCache(0)
    expect([cache.push('a'), cache.push('a'), cache.has('a')]).toEqual([true, true, false])
  })

  it('gives the place of a removed hash to another', () => {
    const cache = new TxCache(3)
    for (const hash of ['a', 'b']) cache.push(hash)
    cache.remove('a')
    for (const hash of ['c', 'd', 'e']) cache.push(hash)
    expect(['a', 'b', 'c', 'd', 'e'].filter(hash => cache.has(hash))).toEqual(['c', 'd', 'e'])
    expect(cache.push('f')).toBe(true)
    expect(cache.has('c')).toBe(false)
  })

  it('agrees with a list after any operations', () => {
    const operation = fc.record({
      kind: fc.constantFrom('push', 'push', 'push', 'remove', 'clear' as const),
      hash: fc.constantFrom(...'abcdefgh')
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.array(operation, { maxLength: 60 }),
        (capacity, operations) => {
          const cache = new TxCache(capacity)
          const list = new ListCache(capacity)
          for (const { kind, hash } of operations) {
            if (kind === 'push') expect(cache.push(hash)).toBe(list.push(hash))
            else if (kind === 'remove') {
              cache.remove(hash)
              list.remove(hash)
            } else {
              cache.clear()
              list.hashes = []
            }
            expect(cache.size).toBe(list.hashes.length)
            for (const known of 'abcdefgh') expect(cache.has(known)).toBe(list.hashes.includes(known))
          }
        }
      ),
      { numRuns: 500 }
    )
  })
})
