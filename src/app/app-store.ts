/** The part of a key-value store a built-in app needs; the block store's KeyValueStore satisfies it. */
export interface AppStore {
  get(key: Uint8Array): Uint8Array | undefined
  /** Applies all or nothing, and never a later batch without the earlier ones. */
  batch(ops: readonly AppStoreOp[], options: { readonly sync: boolean }): Promise<void>
  entries(range: {
    readonly gte?: Uint8Array
    readonly lt?: Uint8Array
  }): AsyncIterable<readonly [Uint8Array, Uint8Array]>
}

export type AppStoreOp =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }
