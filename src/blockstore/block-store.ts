import {
  type Block,
  type BlockId,
  type BlockMeta,
  type Commit,
  decodeBlock,
  decodeCommit,
  decodeExtendedCommit,
  type ExtendedCommit,
  encodeCommit,
  encodeExtendedCommit,
  type Height,
  type Hex,
  makePartSet,
  type Part
} from '../types/index.ts'
import { assert } from '../util/index.ts'
import { type PruneRequest, pruneBlocks } from './block-pruner.ts'
import {
  type BlockBase,
  decodeBlockBase,
  decodeBlockContent,
  decodeBlockMeta,
  decodeBlockTip,
  encodeBlockBase,
  encodeBlockContent,
  encodeBlockMeta,
  encodeBlockTip
} from './block-records.ts'
import { BlockStoreError } from './block-store-error.ts'
import type { FileSystem } from './file-system.ts'
import type { BatchOp, KeyValueStore } from './key-value-store.ts'
import { BUCKET, bucketRange, hexKey, numberKey, numberOfKey, textKey } from './keys.ts'
import { RecentBlocks } from './recent-blocks.ts'
import { SegmentFiles } from './segment-files.ts'

export interface BlockStoreOptions {
  readonly store: KeyValueStore
  readonly fileSystem: FileSystem
  /** For the segment files; absolute. */
  readonly directory: string
  /** Blocks up to this size live in the database, larger ones in segment files. */
  readonly inlineLimitBytes?: number
  readonly maxSegmentBytes?: number
}

/** A decided block, with what proves the decision. */
export interface DecidedBlock {
  readonly block: Block
  readonly blockId: BlockId
  /** All of them, in order: together the encoded block. */
  readonly parts: readonly Part[]
  /** +2/3 precommits for this block, as this node saw them. */
  readonly seenCommit: Commit
  /** While vote extensions are enabled. */
  readonly extendedCommit?: ExtendedCommit | null
}

const DEFAULT_INLINE_LIMIT_BYTES = 16384
const DEFAULT_MAX_SEGMENT_BYTES = 67108864
const RECENT_BLOCKS = 4
/** Newest heights whose records are looked for when opening. */
const CHECKED_HEIGHTS = 100
const TIP_KEY = textKey(BUCKET.blockRange, 'tip')
const BASE_KEY = textKey(BUCKET.blockRange, 'base')

/**
 * Blocks, commits and headers by height. Heights are contiguous from `base` to `height`. Loads answer null for what is
 * not stored and throw CORRUPT for what is stored and unreadable.
 */
export class BlockStore {
  readonly #store: KeyValueStore
  readonly #segments: SegmentFiles
  readonly #inlineLimitBytes: number
  readonly #recent = new RecentBlocks(RECENT_BLOCKS)
  /** The first height in each segment. */
  readonly #firstHeights: Map<number, Height>
  #base: BlockBase
  #height: Height
  #isSaving = false
  #pruning: Promise<BlockBase> | null = null

  private constructor(
    options: BlockStoreOptions,
    segments: SegmentFiles,
    base: BlockBase,
    height: Height,
    firstHeights: Map<number, Height>
  ) {
    this.#store = options.store
    this.#segments = segments
    this.#inlineLimitBytes = options.inlineLimitBytes ?? DEFAULT_INLINE_LIMIT_BYTES
    this.#base = base
    this.#height = height
    this.#firstHeights = firstHeights
  }

  /** Opens the store, checking that the newest heights are all there. Errors: CORRUPT. */
  static async open(options: BlockStoreOptions): Promise<BlockStore> {
    const { store } = options
    const tipRecord = store.get(TIP_KEY)
    const tip = tipRecord === undefined ? { height: 0, segmentEnd: null } : decodeBlockTip(tipRecord)
    const baseRecord = store.get(BASE_KEY)
    const base = baseRecord === undefined ? { block: 0, header: 0 } : decodeBlockBase(baseRecord)
    const firstHeights = new Map<number, Height>()
    for await (const [key, value] of store.entries(bucketRange(BUCKET.segment))) {
      firstHeights.set(numberOfKey(key), numberOfKey(value))
    }
    const maxSegmentBytes = options.maxSegmentBytes ?? DEFAULT_MAX_SEGMENT_BYTES
    const segments = await SegmentFiles.open({ ...options, maxSegmentBytes }, tip.segmentEnd)
    const blockStore = new BlockStore(options, segments, base, tip.height, firstHeights)
    blockStore.#checkNewest()
    return blockStore
  }

  /** The lowest height whose block is stored; 0 when the store is empty. */
  get base(): Height {
    return this.#base.block
  }

  /** The lowest height whose header and commit are stored; at most {@link base}. */
  get headerBase(): Height {
    return this.#base.header
  }

  /** The highest height stored; 0 when the store is empty. */
  get height(): Height {
    return this.#height
  }

  /**
   * Saves the block of height + 1 (of any height into an empty store) with its commit, the commit of the height before
   * and `extraOps`, all or nothing. Resolves when it is on the disk, as is every batch written before. Costs one sync,
   * two for a block that goes to the segment files.
   */
  async saveBlock(decided: DecidedBlock, extraOps: readonly BatchOp[] = []): Promise<void> {
    const { height } = decided.block.header
    assert(this.#height === 0 || height === this.#height + 1, `block ${height} after ${this.#height}`)
    assert(decided.seenCommit.height === height, 'the seen commit is of another height')
    assert(!this.#isSaving, 'blocks are saved one after another')
    this.#isSaving = true
    try {
      const ops = [...(await this.#contentOps(height, decided.parts)), ...blockOps(decided), ...extraOps]
      if (this.#base.block === 0) {
        this.#base = { block: height, header: height }
        ops.push({ type: 'put', key: BASE_KEY, value: encodeBlockBase(this.#base) })
      }
      await this.#store.batch(ops, { sync: true })
      this.#height = height
      this.#recent.put(height, decided.parts)
    } finally {
      this.#isSaving = false
    }
  }

  loadMeta(height: Height): BlockMeta | null {
    return this.#load(BUCKET.blockMeta, height, decodeBlockMeta)
  }

  /** Null for a hash that is not that of a stored block. */
  heightOfHash(hash: Hex): Height | null {
    if (!/^([0-9a-f]{2})+$/.test(hash)) return null
    const record = this.#store.get(hexKey(BUCKET.heightByHash, hash))
    return record === undefined ? null : numberOfKey(record)
  }

  async loadBlock(height: Height): Promise<Block | null> {
    const bytes = await this.loadBlockBytes(height)
    return bytes === null ? null : decodeStored(() => decodeBlock(bytes), 'block', height)
  }

  async loadBlockByHash(hash: Hex): Promise<Block | null> {
    const height = this.heightOfHash(hash)
    return height === null ? null : this.loadBlock(height)
  }

  /** The block as it is encoded on the wire. */
  async loadBlockBytes(height: Height): Promise<Uint8Array | null> {
    const recent = this.#recent.parts(height)
    if (recent !== null) return joinParts(recent)
    const record = this.#store.get(numberKey(BUCKET.blockContent, height))
    if (record === undefined) return null
    const content = decodeBlockContent(record)
    if (content === null) throw damaged('content', height)
    if (content.kind === 'inline') return content.bytes
    return this.#segments.read(content.location)
  }

  /** Null when the height is not stored or its block has no such part. */
  async loadPart(height: Height, index: number): Promise<Part | null> {
    let parts = this.#recent.parts(height)
    if (parts === null) {
      const bytes = await this.loadBlockBytes(height)
      if (bytes === null) return null
      parts = makePartSet(bytes).parts
      this.#recent.put(height, parts)
    }
    return parts[index] ?? null
  }

  /** The commit that block height + 1 carries: the canonical one. Null for the newest height. */
  loadCommit(height: Height): Commit | null {
    return this.#load(BUCKET.commit, height, decodeCommit)
  }

  /** The commit this node saw when it decided the height. */
  loadSeenCommit(height: Height): Commit | null {
    return this.#load(BUCKET.seenCommit, height, decodeCommit)
  }

  loadExtendedCommit(height: Height): ExtendedCommit | null {
    return this.#load(BUCKET.extendedCommit, height, decodeExtendedCommit)
  }

  /** Stores the commit of the height a node starts from without having its block, as after a state sync. */
  async saveSeenCommit(commit: Commit): Promise<void> {
    const key = numberKey(BUCKET.seenCommit, commit.height)
    await this.#store.batch([{ type: 'put', key, value: encodeCommit(commit) }], { sync: true })
  }

  /**
   * Forgets blocks below `retainHeight`, some heights at a time. Headers and commits stay as long as evidence of their
   * height is not expired. The newest block is never pruned. Returns the lowest heights kept. A second call while one
   * runs waits for the first only.
   */
  pruneTo(retainHeight: Height, age: PruneRequest['age']): Promise<BlockBase> {
    this.#pruning ??= this.#prune(Math.min(retainHeight, this.#height), age).finally(() => {
      this.#pruning = null
    })
    return this.#pruning
  }

  /** Removes the newest block, for a rollback; its bytes in a segment stay as waste. */
  async deleteNewestBlock(): Promise<void> {
    const height = this.#height
    const meta = this.loadMeta(height)
    if (meta === null || height <= this.#base.block) {
      throw new BlockStoreError('NOT_FOUND', `there is no block before ${height} to go back to`)
    }
    const ops: BatchOp[] = [
      { type: 'del', key: numberKey(BUCKET.blockMeta, height) },
      { type: 'del', key: numberKey(BUCKET.blockContent, height) },
      { type: 'del', key: numberKey(BUCKET.seenCommit, height) },
      { type: 'del', key: numberKey(BUCKET.extendedCommit, height) },
      { type: 'del', key: numberKey(BUCKET.commit, height - 1) },
      { type: 'del', key: hexKey(BUCKET.heightByHash, meta.blockId.hash) },
      this.#tipOp(height - 1)
    ]
    await this.#store.batch(ops, { sync: true })
    this.#height = height - 1
    this.#recent.delete(height)
  }

  /** Closes the segment files; the key-value store is its owner's to close. */
  async close(): Promise<void> {
    await this.#pruning?.catch(() => {})
    await this.#segments.close()
  }

  async #contentOps(height: Height, parts: readonly Part[]): Promise<BatchOp[]> {
    const key = numberKey(BUCKET.blockContent, height)
    if (sizeOf(parts) <= this.#inlineLimitBytes) {
      const value = encodeBlockContent({ kind: 'inline', bytes: joinParts(parts) })
      return [{ type: 'put', key, value }, this.#tipOp(height)]
    }
    const location = await this.#segments.append(parts.map(part => part.bytes))
    const ops: BatchOp[] = [
      { type: 'put', key, value: encodeBlockContent({ kind: 'segment', location }) },
      this.#tipOp(height)
    ]
    if (!this.#firstHeights.has(location.segment)) {
      this.#firstHeights.set(location.segment, height)
      const value = numberKey(BUCKET.segment, height)
      ops.push({ type: 'put', key: numberKey(BUCKET.segment, location.segment), value })
    }
    return ops
  }

  #tipOp(height: Height): BatchOp {
    return { type: 'put', key: TIP_KEY, value: encodeBlockTip({ height, segmentEnd: this.#segments.end }) }
  }

  async #prune(retainHeight: Height, age: PruneRequest['age']): Promise<BlockBase> {
    const request = { store: this.#store, base: this.#base, retainHeight, age, baseKey: BASE_KEY }
    await pruneBlocks(request, base => {
      this.#base = base
    })
    const next = [...this.#firstHeights].filter(([, first]) => first <= this.#base.block).map(([at]) => at)
    const oldestNeeded = Math.max(0, ...next)
    const unneeded = [...this.#firstHeights.keys()].filter(segment => segment < oldestNeeded)
    if (unneeded.length === 0) return this.#base
    const ops = unneeded.map(at => ({ type: 'del', key: numberKey(BUCKET.segment, at) }) as const)
    await this.#store.batch(ops, { sync: true })
    for (const segment of unneeded) this.#firstHeights.delete(segment)
    await this.#segments.removeBefore(oldestNeeded)
    return this.#base
  }

  /** A damaged LevelDB log loses batches without a word, so the records of the newest heights are looked for. */
  #checkNewest(): void {
    const lowest = Math.max(this.#base.block, this.#height - CHECKED_HEIGHTS + 1, 1)
    for (let height = this.#height; height >= lowest; height--) {
      for (const bucket of [BUCKET.blockMeta, BUCKET.blockContent, BUCKET.seenCommit] as const) {
        if (this.#store.get(numberKey(bucket, height)) === undefined) throw damaged('record', height)
      }
    }
  }

  #load<T>(
    bucket: Parameters<typeof numberKey>[0],
    height: Height,
    decode: (bytes: Uint8Array) => T
  ): T | null {
    if (!Number.isSafeInteger(height) || height < 0) return null
    const record = this.#store.get(numberKey(bucket, height))
    return record === undefined ? null : decodeStored(() => decode(record), 'record', height)
  }
}

function blockOps({ block, blockId, parts, seenCommit, extendedCommit }: DecidedBlock): BatchOp[] {
  const { header, lastCommit, txs } = block
  const { height } = header
  const meta = { blockId, blockSize: sizeOf(parts), header, numTxs: txs.length }
  const put = (key: Uint8Array, value: Uint8Array): BatchOp => ({ type: 'put', key, value })
  const ops = [
    put(numberKey(BUCKET.blockMeta, height), encodeBlockMeta(meta)),
    put(hexKey(BUCKET.heightByHash, blockId.hash), numberKey(BUCKET.heightByHash, height)),
    put(numberKey(BUCKET.seenCommit, height), encodeCommit(seenCommit))
  ]
  if (lastCommit !== null && lastCommit.signatures.length > 0) {
    ops.push(put(numberKey(BUCKET.commit, height - 1), encodeCommit(lastCommit)))
  }
  if (extendedCommit !== undefined && extendedCommit !== null) {
    ops.push(put(numberKey(BUCKET.extendedCommit, height), encodeExtendedCommit(extendedCommit)))
  }
  return ops
}

function sizeOf(parts: readonly Part[]): number {
  let size = 0
  for (const part of parts) size += part.bytes.length
  return size
}

function joinParts(parts: readonly Part[]): Uint8Array {
  return parts.length === 1 ? parts[0]!.bytes : Buffer.concat(parts.map(part => part.bytes))
}

function decodeStored<T>(decode: () => T, what: string, height: Height): T {
  try {
    return decode()
  } catch (cause) {
    throw damaged(what, height, cause)
  }
}

function damaged(what: string, height: Height, cause?: unknown): BlockStoreError {
  return new BlockStoreError(
    'CORRUPT',
    `the stored ${what} of height ${height} is missing or damaged; remove the data directory and synchronise again`,
    { cause }
  )
}
