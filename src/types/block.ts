import type { MerkleProof } from '../crypto/index.ts'
import type { BlockId } from './block-id.ts'
import type { Commit } from './commit.ts'
import type { Evidence } from './evidence.ts'
import type { Header } from './header.ts'

export type { MerkleProof } from '../crypto/index.ts'

export const BLOCK_PART_SIZE_BYTES = 65536
/** Absolute limit on a block, 100 MiB (CometBFT types.MaxBlockSizeBytes). */
export const MAX_BLOCK_SIZE_BYTES = 104857600

export interface Block {
  readonly header: Header
  readonly txs: readonly Uint8Array[]
  readonly evidence: readonly Evidence[]
  /** At the initial height: height 0, nil block id, no signatures. Null only in a block that fails validation. */
  readonly lastCommit: Commit | null
}

/** One piece of an encoded block, at most 64 KiB, with the proof that it belongs to its part set. */
export interface Part {
  readonly index: number
  readonly bytes: Uint8Array
  readonly proof: MerkleProof
}

/** What the block store keeps beside a block, and `blockchain` answers. */
export interface BlockMeta {
  readonly blockId: BlockId
  readonly blockSize: number
  readonly header: Header
  readonly numTxs: number
}
