import type { BlockId } from './block-id.ts'
import type { DuplicateProposalEvidence, DuplicateVoteEvidence } from './evidence.ts'
import type { Hex, Timestamp } from './primitives.ts'
import { type ValidatorSet, validatorByAddress } from './validator-set.ts'
import type { Proposal, Vote } from './vote.ts'
import { encodePartSetHeader } from './wire-block-id.ts'

/**
 * Order of block ids within evidence: by CometBFT's BlockID.Key, which is the hash followed by the encoded part set
 * header, byte by byte. Negative when `a` comes first, 0 when they are the same id.
 */
export function compareBlockIdKeys(a: BlockId, b: BlockId): number {
  const keyA = orderKey(a)
  const keyB = orderKey(b)
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0
}

/** Hex keeps the order of the bytes. */
function orderKey(id: BlockId): Hex {
  return id.hash + Buffer.from(encodePartSetHeader(id.partSetHeader)).toString('hex')
}

/**
 * Evidence that one validator cast two votes, the one with the smaller block id first (CometBFT
 * NewDuplicateVoteEvidence). `blockTime` is the time of the block at the votes' height, `validators` the set of that
 * height. Null when the voter is not in the set.
 */
export function makeDuplicateVoteEvidence(
  vote1: Vote,
  vote2: Vote,
  blockTime: Timestamp,
  validators: ValidatorSet
): DuplicateVoteEvidence | null {
  const validator = validatorByAddress(validators, vote1.validatorAddress)
  if (validator === null) return null
  const isInOrder = compareBlockIdKeys(vote1.blockId, vote2.blockId) < 0
  return {
    kind: 'duplicateVote',
    voteA: isInOrder ? vote1 : vote2,
    voteB: isInOrder ? vote2 : vote1,
    totalVotingPower: validators.totalPower,
    validatorPower: validator.power,
    timestamp: blockTime
  }
}

/**
 * Evidence that the proposer of a round signed two proposals, the one with the smaller block id first. Null when
 * `proposerAddress` is not in the set.
 */
export function makeDuplicateProposalEvidence(
  proposal1: Proposal,
  proposal2: Proposal,
  proposerAddress: Hex,
  blockTime: Timestamp,
  validators: ValidatorSet
): DuplicateProposalEvidence | null {
  const validator = validatorByAddress(validators, proposerAddress)
  if (validator === null) return null
  const isInOrder = compareBlockIdKeys(proposal1.blockId, proposal2.blockId) < 0
  return {
    kind: 'duplicateProposal',
    proposalA: isInOrder ? proposal1 : proposal2,
    proposalB: isInOrder ? proposal2 : proposal1,
    validatorAddress: proposerAddress,
    totalVotingPower: validators.totalPower,
    validatorPower: validator.power,
    timestamp: blockTime
  }
}
