import { ADDRESS_BYTES, HASH_BYTES } from '../crypto/index.ts'
import { type BlockId, isCompleteBlockId, isNilBlockId, type PartSetHeader } from './block-id.ts'
import { MAX_SIGNATURE_BYTES } from './limits.ts'
import type { Hex } from './primitives.ts'
import type { Proposal, Vote } from './vote.ts'

/**
 * The checks that CometBFT calls ValidateBasic: what can be said of a message by itself. Each gives null, or the
 * reason why the message is refused.
 */

/** A hash is empty or has 32 bytes. */
export function validateHash(hash: Hex): string | null {
  if (hash === '' || hash.length === 2 * HASH_BYTES) return null
  return `expected size to be ${HASH_BYTES} bytes, got ${hash.length >>> 1} bytes`
}

export function validatePartSetHeader(header: PartSetHeader): string | null {
  const problem = validateHash(header.hash)
  return problem === null ? null : `wrong Hash: ${problem}`
}

/** Both hashes are empty or whole; the id as such may still be incomplete. */
export function validateBlockId(id: BlockId): string | null {
  if (validateHash(id.hash) !== null) return 'wrong Hash'
  const problem = validatePartSetHeader(id.partSetHeader)
  return problem === null ? null : `wrong PartSetHeader: ${problem}`
}

/** CometBFT Vote.ValidateBasic. */
export function validateVote(vote: Vote): string | null {
  if (vote.height <= 0) return 'negative or zero Height'
  if (vote.round < 0) return 'negative Round'
  const problem = validateBlockId(vote.blockId)
  if (problem !== null) return `wrong BlockID: ${problem}`
  if (!isNilBlockId(vote.blockId) && !isCompleteBlockId(vote.blockId)) {
    return 'blockID must be either empty or complete'
  }
  if (vote.validatorAddress.length !== 2 * ADDRESS_BYTES) {
    return `expected ValidatorAddress size to be ${ADDRESS_BYTES} bytes, got ${vote.validatorAddress.length >>> 1} bytes`
  }
  if (vote.validatorIndex < 0) return 'negative ValidatorIndex'
  return validateSignature(vote.signature) ?? validateVoteExtension(vote)
}

function validateVoteExtension(vote: Vote): string | null {
  if (vote.type !== 'precommit' || isNilBlockId(vote.blockId)) {
    if (vote.extension.length > 0) return 'unexpected vote extension'
    if (vote.extensionSignature.length > 0) return 'unexpected vote extension signature'
    return null
  }
  if (vote.extensionSignature.length > MAX_SIGNATURE_BYTES) {
    return `vote extension signature is too big (max: ${MAX_SIGNATURE_BYTES})`
  }
  if (vote.extension.length > 0 && vote.extensionSignature.length === 0) {
    return 'vote extension signature absent on vote with extension'
  }
  return null
}

/** CometBFT Proposal.ValidateBasic, and the rule of its state machine that a POL round lies before the round. */
export function validateProposal(proposal: Proposal): string | null {
  if (proposal.height <= 0) return 'negative or zero Height'
  if (proposal.round < 0) return 'negative Round'
  if (proposal.polRound < -1) return 'negative POLRound (exception: -1)'
  if (proposal.polRound >= proposal.round) return 'POLRound must be before Round'
  const problem = validateBlockId(proposal.blockId)
  if (problem !== null) return `wrong BlockID: ${problem}`
  if (!isCompleteBlockId(proposal.blockId)) return 'expected a complete, non-empty BlockID'
  return validateSignature(proposal.signature)
}

export function validateSignature(signature: Uint8Array): string | null {
  if (signature.length === 0) return 'signature is missing'
  return signature.length > MAX_SIGNATURE_BYTES ? `signature is too big (max: ${MAX_SIGNATURE_BYTES})` : null
}
