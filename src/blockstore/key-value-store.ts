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

/** The key-value store port: ordered bytes, point reads without waiting, atomic batches. */
export interface KeyValueStore {
  get(key: Uint8Array): Uint8Array | undefined
  /** Applies all or nothing. With `sync` it resolves only when the batch, and every batch before it, is on the disk. */
  batch(ops: readonly BatchOp[], options: { readonly sync: boolean }): Promise<void>
  entries(range: RangeOptions): AsyncIterable<readonly [Uint8Array, Uint8Array]>
  close(): Promise<void>
}
