import { describe, expect, it } from 'vitest'
import { GenerationCache } from '../../../src/util/generation-cache.ts'
import { InvariantError } from '../../../src/util/index.ts'

describe('a generation cache', () => {
  it('never holds more than its bound', () => {
    const cache = new GenerationCache<number>(10)
    for (let entry = 0; entry < 1000; entry++) {
      cache.set(`k${entry}`, entry)
      cache.get(`k${entry - 5}`)
      expect(cache.size).toBeLessThanOrEqual(10)
    }
  })

  it('keeps the newest half at least', () => {
    const cache = new GenerationCache<number>(10)
    for (let entry = 0; entry < 1000; entry++) {
      cache.set(`k${entry}`, entry)
      for (let back = 0; back < 5 && back <= entry; back++) {
        expect(cache.get(`k${entry - back}`)).toBe(entry - back)
      }
    }
  })

  it('keeps what is asked for, drops what is not', () => {
    const cache = new GenerationCache<number>(10)
    cache.set('used', 1)
    cache.set('unused', 2)
    for (let entry = 0; entry < 100; entry++) {
      expect(cache.get('used')).toBe(1)
      cache.set(`k${entry}`, entry)
    }
    expect(cache.get('unused')).toBeUndefined()
  })

  it('holds two entries at least', () => {
    expect(() => new GenerationCache(1)).toThrow(InvariantError)
    expect(() => new GenerationCache(Number.NaN)).toThrow(InvariantError)
  })
})
