export type BatchOp =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

export interface RangeOptions {
  /** Inclusive. */
  readonly gte?: Uint8Array
  /** Exclusive. */
  readonly lt?: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

/** The key-value store port: ordered bytes, point reads without waiting, atomic batches. Errors are BlockStoreError. */
export interface KeyValueStore {
  /** The value, which the caller must not change. */
  get(key: Uint8Array): Uint8Array | undefined
  /**
   * Applies all or nothing, in the order of the calls. With `sync` it resolves only when the batch, and every batch
   * before it, is on the disk; without, a crash may undo it, but never a batch and not the ones after it.
   * Keys and values must not change until it resolves.
   */
  batch(ops: readonly BatchOp[], options: { readonly sync: boolean }): Promise<void>
  /** A view of the moment of the call, in byte order of the keys. */
  entries(range: RangeOptions): AsyncIterable<readonly [Uint8Array, Uint8Array]>
  /** Waits for batches under way. */
  close(): Promise<void>
}
