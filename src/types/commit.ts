import type { BlockId } from './block-id.ts'
import type { Height, Hex, Round, Timestamp } from './primitives.ts'

/** BlockIDFlag of CometBFT: the numbers are on the wire. */
export const BLOCK_ID_FLAG = { unknown: 0, absent: 1, commit: 2, nil: 3 } as const
export type BlockIdFlag = (typeof BLOCK_ID_FLAG)[keyof typeof BLOCK_ID_FLAG]

/** One validator's entry in a commit. Absent: empty address and signature, zero time. */
export interface CommitSig {
  readonly blockIdFlag: BlockIdFlag
  readonly validatorAddress: Hex
  readonly timestamp: Timestamp
  readonly signature: Uint8Array
}

/** +2/3 precommits for a block, one entry a validator in set order (CometBFT types/block.go). */
export interface Commit {
  readonly height: Height
  readonly round: Round
  readonly blockId: BlockId
  readonly signatures: readonly CommitSig[]
}

export interface ExtendedCommitSig extends CommitSig {
  readonly extension: Uint8Array
  readonly extensionSignature: Uint8Array
}

/** A commit whose entries carry vote extensions; stored only while extensions are enabled. */
export interface ExtendedCommit {
  readonly height: Height
  readonly round: Round
  readonly blockId: BlockId
  readonly signatures: readonly ExtendedCommitSig[]
}
