import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BatchOp, KeyValueStore, RangeOptions } from '../../src/blockstore/index.ts'

export interface KeyValueStoreBed {
  /** Opens a store; the same one again after `close` when it is persistent. */
  open(): Promise<KeyValueStore>
  /** False for a store that forgets when it is closed. */
  readonly isPersistent: boolean
  cleanUp(): Promise<void>
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const put = (key: Uint8Array, value: Uint8Array): BatchOp => ({ type: 'put', key, value })
const del = (key: Uint8Array): BatchOp => ({ type: 'del', key })

async function list(store: KeyValueStore, range: RangeOptions): Promise<number[][]> {
  const found: number[][] = []
  for await (const [key, value] of store.entries(range)) found.push([...key, ...value])
  return found
}

/** What every implementation of the KeyValueStore port must do. */
export function keyValueStoreContract(name: string, makeBed: () => Promise<KeyValueStoreBed>): void {
  describe(`KeyValueStore contract: ${name}`, () => {
    let bed: KeyValueStoreBed
    let store: KeyValueStore
    beforeEach(async () => {
      bed = await makeBed()
      store = await bed.open()
    })
    afterEach(async () => {
      await store.close().catch(() => {})
      await bed.cleanUp()
    })

    it('gives back what was put, and nothing for a key never put', async () => {
      await store.batch([put(bytes(1), bytes(7, 8)), put(bytes(2), bytes())], { sync: true })
      expect(Buffer.from(store.get(bytes(1))!)).toEqual(Buffer.from([7, 8]))
      expect(store.get(bytes(2))!.length).toBe(0)
      expect(store.get(bytes(3))).toBeUndefined()
      expect(store.get(bytes(1, 0))).toBeUndefined()
    })

    it('applies a batch in the order of its ops', async () => {
      await store.batch(
        [put(bytes(1), bytes(1)), del(bytes(1)), put(bytes(2), bytes(1)), put(bytes(2), bytes(2))],
        {
          sync: false
        }
      )
      expect(store.get(bytes(1))).toBeUndefined()
      expect([...store.get(bytes(2))!]).toEqual([2])
    })

    it('applies batches in the order of the calls, also when they are not awaited', async () => {
      const calls: Promise<void>[] = []
      for (let i = 0; i < 50; i++) calls.push(store.batch([put(bytes(1), bytes(i))], { sync: i % 7 === 0 }))
      await Promise.all(calls)
      expect([...store.get(bytes(1))!]).toEqual([49])
    })

    it('accepts an empty batch and the deletion of a missing key', async () => {
      await store.batch([], { sync: true })
      await store.batch([del(bytes(9))], { sync: true })
      expect(await list(store, {})).toEqual([])
    })

    it('lists ranges in byte order, lower end inclusive, upper exclusive, reversed and limited', async () => {
      const keys = [[255], [0], [0, 0], [128], [127, 255], [128, 0], [1]]
      await store.batch(
        keys.map(key => put(Uint8Array.from(key), bytes())),
        { sync: false }
      )
      const ordered = [[0], [0, 0], [1], [127, 255], [128], [128, 0], [255]]
      expect(await list(store, {})).toEqual(ordered)
      expect(await list(store, { reverse: true })).toEqual([...ordered].reverse())
      expect(await list(store, { gte: bytes(1), lt: bytes(128) })).toEqual([[1], [127, 255]])
      expect(await list(store, { gte: bytes(0, 1), limit: 2 })).toEqual([[1], [127, 255]])
      expect(await list(store, { lt: bytes(128, 0), reverse: true, limit: 2 })).toEqual([[128], [127, 255]])
      expect(await list(store, { gte: bytes(2), lt: bytes(2) })).toEqual([])
    })

    it('lists what was there at the moment of the call', async () => {
      await store.batch([put(bytes(1), bytes(1)), put(bytes(2), bytes(1))], { sync: false })
      const before = store.entries({})
      await store.batch([put(bytes(1), bytes(9)), del(bytes(2)), put(bytes(3), bytes(9))], { sync: false })
      const found: number[][] = []
      for await (const [key, value] of before) found.push([...key, ...value])
      expect(found).toEqual([
        [1, 1],
        [2, 1]
      ])
      expect(await list(store, {})).toEqual([
        [1, 9],
        [3, 9]
      ])
    })

    it('lists more entries than fit one page, and stops early without harm', async () => {
      const ops: BatchOp[] = []
      for (let i = 0; i < 1000; i++) ops.push(put(bytes(i >> 8, i & 255), bytes(i & 255)))
      await store.batch(ops, { sync: false })
      expect((await list(store, {})).length).toBe(1000)
      for await (const [key] of store.entries({})) {
        expect([...key]).toEqual([0, 0])
        break
      }
    })

    it('keeps its own copy of keys and values', async () => {
      const key = bytes(1)
      const value = bytes(5)
      await store.batch([put(key, value)], { sync: true })
      value[0] = 6
      key[0] = 2
      expect([...store.get(bytes(1))!]).toEqual([5])
      expect(await list(store, {})).toEqual([[1, 5]])
    })

    it('holds large values', async () => {
      const large = new Uint8Array(1 << 20).map((_, i) => i * 31)
      await store.batch([put(bytes(1), large)], { sync: true })
      expect(Buffer.from(store.get(bytes(1))!).equals(large)).toBe(true)
    })

    it('refuses to work once closed', async () => {
      await store.close()
      expect(() => store.get(bytes(1))).toThrowError(expect.objectContaining({ code: 'CLOSED' }))
      await expect(store.batch([put(bytes(1), bytes(1))], { sync: true })).rejects.toMatchObject({
        code: 'CLOSED'
      })
    })

    it('waits for batches under way before it closes, and has them when opened again', async () => {
      void store.batch([put(bytes(1), bytes(1))], { sync: false })
      const second = store.batch([put(bytes(2), bytes(2))], { sync: true })
      await store.close()
      await second
      if (!bed.isPersistent) return
      store = await bed.open()
      expect(await list(store, {})).toEqual([
        [1, 1],
        [2, 2]
      ])
    })
  })
}
