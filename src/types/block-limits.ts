import { BLOCK_PART_SIZE_BYTES, MAX_BLOCK_SIZE_BYTES } from './block.ts'
import {
  MAX_BLOCK_OVERHEAD_BYTES,
  MAX_COMMIT_OVERHEAD_BYTES,
  MAX_COMMIT_SIG_BYTES,
  MAX_HEADER_BYTES
} from './limits.ts'
import type { Proposal } from './vote.ts'

/** Tag and length of a commit's entry, beside its own {@link MAX_COMMIT_SIG_BYTES}. */
const COMMIT_SIG_FRAME_BYTES = 2

/** The most a commit of `validators` entries takes (CometBFT types.MaxCommitBytes). */
export function maxCommitBytes(validators: number): number {
  return MAX_COMMIT_OVERHEAD_BYTES + (MAX_COMMIT_SIG_BYTES + COMMIT_SIG_FRAME_BYTES) * validators
}

/**
 * What is left for transactions in a block of `maxBytes` with so much evidence and so many validators (CometBFT
 * types.MaxDataBytes). Negative when the block is too small for its own frame, where CometBFT panics: then
 * block.max_bytes of the consensus params is at fault and no block can be made.
 */
export function maxDataBytes(maxBytes: number, evidenceBytes: number, validators: number): number {
  return maxBytes - MAX_BLOCK_OVERHEAD_BYTES - MAX_HEADER_BYTES - maxCommitBytes(validators) - evidenceBytes
}

/** How many parts a block may be cut into when params allow `maxBytes`; -1 means the absolute limit. */
export function maxPartsOf(maxBytes: number): number {
  const limit = maxBytes === -1 ? MAX_BLOCK_SIZE_BYTES : maxBytes
  return Math.floor((limit - 1) / BLOCK_PART_SIZE_BYTES) + 1
}

/**
 * Refuses a proposal that declares more parts than a block of `maxBytes` can have; to be asked before anything is
 * allocated for it (CometBFT Proposal.ValidateBlockSize).
 */
export function validateProposalBlockSize(
  proposal: Pick<Proposal, 'blockId'>,
  maxBytes: number
): string | null {
  const { total } = proposal.blockId.partSetHeader
  const limit = maxPartsOf(maxBytes)
  return total > limit ? `proposal declares ${total} parts, the params allow ${limit}` : null
}
