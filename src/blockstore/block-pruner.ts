import { type ConsensusParams, type Height, nanosBetween, type Timestamp } from '../types/index.ts'
import { type BlockBase, decodeBlockMeta, encodeBlockBase } from './block-records.ts'
import type { BatchOp, KeyValueStore } from './key-value-store.ts'
import { BUCKET, hexKey, numberKey } from './keys.ts'

export interface PruneRequest {
  readonly store: KeyValueStore
  readonly base: BlockBase
  readonly baseKey: Uint8Array
  readonly retainHeight: Height
  /** What decides whether evidence of a height is expired (CometBFT: older than both limits). */
  readonly age: {
    readonly lastBlockHeight: Height
    readonly lastBlockTime: Timestamp
    readonly evidence: ConsensusParams['evidence']
  }
}

/** Heights a batch: about a millisecond's work. */
const SLICE_HEIGHTS = 50

/**
 * Deletes in batches, first the blocks below `retainHeight`, then the headers and commits no evidence can need. `moved`
 * is told the new base before its batch is written, so that nobody is offered what is going. The last batch is synced.
 */
export async function pruneBlocks(request: PruneRequest, moved: (base: BlockBase) => void): Promise<void> {
  const { store, baseKey, retainHeight } = request
  let base = request.base
  const write = async (next: BlockBase, deletions: BatchOp[], isLast: boolean): Promise<void> => {
    base = next
    moved(next)
    await store.batch([...deletions, { type: 'put', key: baseKey, value: encodeBlockBase(next) }], {
      sync: isLast
    })
  }
  while (base.block < retainHeight) {
    const to = Math.min(retainHeight, base.block + SLICE_HEIGHTS)
    await write({ ...base, block: to }, blockDeletions(store, base.block, to), to === retainHeight)
  }
  while (base.header < base.block) {
    const to = Math.min(base.block, base.header + SLICE_HEIGHTS)
    const expired = firstNeeded(request, base.header, to)
    if (expired === base.header) return
    await write({ ...base, header: expired }, headerDeletions(base.header, expired), expired === base.block)
  }
}

function blockDeletions(store: KeyValueStore, from: Height, to: Height): BatchOp[] {
  const ops: BatchOp[] = []
  for (let height = from; height < to; height++) {
    const meta = store.get(numberKey(BUCKET.blockMeta, height))
    if (meta !== undefined) {
      ops.push({ type: 'del', key: hexKey(BUCKET.heightByHash, decodeBlockMeta(meta).blockId.hash) })
    }
    for (const bucket of [BUCKET.blockContent, BUCKET.seenCommit, BUCKET.extendedCommit] as const) {
      ops.push({ type: 'del', key: numberKey(bucket, height) })
    }
  }
  return ops
}

function headerDeletions(from: Height, to: Height): BatchOp[] {
  const ops: BatchOp[] = []
  for (let height = from; height < to; height++) {
    ops.push({ type: 'del', key: numberKey(BUCKET.blockMeta, height) })
    ops.push({ type: 'del', key: numberKey(BUCKET.commit, height) })
  }
  return ops
}

/** The first height in [from, to) whose evidence would still be accepted, `to` when there is none. */
function firstNeeded({ store, age }: PruneRequest, from: Height, to: Height): Height {
  for (let height = from; height < to; height++) {
    if (age.lastBlockHeight - height <= age.evidence.maxAgeNumBlocks) return height
    const record = store.get(numberKey(BUCKET.blockMeta, height))
    if (record === undefined) continue
    const { time } = decodeBlockMeta(record).header
    if (nanosBetween(time, age.lastBlockTime) <= age.evidence.maxAgeDuration) return height
  }
  return to
}
