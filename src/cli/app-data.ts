import { type BatchOp, type KeyValueStore, prefixedStore } from '../blockstore/index.ts'

/** Deleted in one go, so that a large application does not have to fit into memory. */
const SLICE = 1000

/** The part of a node's database that belongs to its built-in application. */
export function appDataOf(store: KeyValueStore): KeyValueStore {
  return prefixedStore(store, 'app/')
}

/** Makes the application begin anew: at the next start every stored block is run through it again. */
export async function forgetAppData(store: KeyValueStore): Promise<void> {
  const data = appDataOf(store)
  let ops: BatchOp[] = []
  for await (const [key] of data.entries({})) {
    ops.push({ type: 'del', key })
    if (ops.length < SLICE) continue
    await data.batch(ops, { sync: false })
    ops = []
  }
  await data.batch(ops, { sync: true })
}
