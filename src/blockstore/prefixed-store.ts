import type { KeyValueStore } from './key-value-store.ts'

/**
 * A store of its own inside another, under keys that begin with `prefix`. It shares batches' order and durability with
 * the store around it; closing it closes nothing.
 */
export function prefixedStore(store: KeyValueStore, prefix: string): KeyValueStore {
  const head = Buffer.from(prefix)
  const inner = (key: Uint8Array): Uint8Array => Buffer.concat([head, key])
  const end = afterPrefix(head)
  return {
    get: key => store.get(inner(key)),
    batch: (ops, options) =>
      store.batch(
        ops.map(op => ({ ...op, key: inner(op.key) })),
        options
      ),
    entries: range => {
      const { gte, lt, ...rest } = range
      const limits = { gte: inner(gte ?? NO_BYTES), lt: lt === undefined ? end : inner(lt) }
      return withoutPrefix(store.entries({ ...rest, ...limits }), head.length)
    },
    close: async () => {}
  }
}

const NO_BYTES = new Uint8Array(0)

async function* withoutPrefix(
  entries: AsyncIterable<readonly [Uint8Array, Uint8Array]>,
  length: number
): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
  for await (const [key, value] of entries) yield [key.subarray(length), value] as const
}

/** The first key behind all that begin with `prefix`, which is not empty and does not end in 0xff. */
function afterPrefix(prefix: Uint8Array): Uint8Array {
  const after = Uint8Array.from(prefix)
  after[after.length - 1]! += 1
  return after
}
