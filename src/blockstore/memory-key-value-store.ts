import { BlockStoreError } from './block-store-error.ts'
import type { BatchOp, KeyValueStore, RangeOptions } from './key-value-store.ts'
import { SortedBytes } from './sorted-bytes.ts'

/** A store that forgets everything at the end of the process: for tests and for nodes that keep no history. */
export class MemoryKeyValueStore implements KeyValueStore {
  readonly #map = new SortedBytes()
  #isClosed = false

  get(key: Uint8Array): Uint8Array | undefined {
    this.#requireOpen()
    return this.#map.get(key)
  }

  async batch(ops: readonly BatchOp[], _options: { readonly sync: boolean }): Promise<void> {
    this.#requireOpen()
    for (const op of ops) this.#map.apply(op)
  }

  entries(range: RangeOptions): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    this.#requireOpen()
    return inOrder(this.#map.range(range))
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new BlockStoreError('CLOSED', 'the memory store is closed')
  }
}

async function* inOrder<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items
}
