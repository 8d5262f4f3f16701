import { ADDRESS_BYTES } from '../crypto/index.ts'
import { unreachable } from '../util/index.ts'
import type {
  DuplicateProposalEvidence,
  DuplicateVoteEvidence,
  Evidence,
  LightBlock,
  LightClientAttackEvidence
} from './evidence.ts'
import { compareBlockIdKeys } from './evidence-order.ts'
import { hashHeader } from './hashes.ts'
import { validateCommit } from './validate-commit.ts'
import { validateHeader } from './validate-header.ts'
import { validateProposal, validateVote } from './validate-vote.ts'

/**
 * What can be said of evidence by itself (CometBFT Evidence.ValidateBasic). Null, or the reason of refusal; whether it
 * proves anything depends on the validator set and is checked elsewhere.
 */
export function validateEvidence(evidence: Evidence): string | null {
  switch (evidence.kind) {
    case 'duplicateVote':
      return validateDuplicateVote(evidence)
    case 'duplicateProposal':
      return validateDuplicateProposal(evidence)
    case 'lightClientAttack':
      return validateLightClientAttack(evidence)
    default:
      return unreachable(evidence)
  }
}

function validateDuplicateVote(evidence: DuplicateVoteEvidence): string | null {
  const voteA = validateVote(evidence.voteA)
  if (voteA !== null) return `invalid VoteA: ${voteA}`
  const voteB = validateVote(evidence.voteB)
  if (voteB !== null) return `invalid VoteB: ${voteB}`
  return compareBlockIdKeys(evidence.voteA.blockId, evidence.voteB.blockId) < 0
    ? null
    : 'duplicate votes in invalid order'
}

function validateDuplicateProposal(evidence: DuplicateProposalEvidence): string | null {
  const proposalA = validateProposal(evidence.proposalA)
  if (proposalA !== null) return `invalid ProposalA: ${proposalA}`
  const proposalB = validateProposal(evidence.proposalB)
  if (proposalB !== null) return `invalid ProposalB: ${proposalB}`
  if (evidence.validatorAddress.length !== 2 * ADDRESS_BYTES) {
    return `expected ValidatorAddress size to be ${ADDRESS_BYTES} bytes, got ${evidence.validatorAddress.length >>> 1} bytes`
  }
  return compareBlockIdKeys(evidence.proposalA.blockId, evidence.proposalB.blockId) < 0
    ? null
    : 'duplicate proposals in invalid order'
}

function validateLightClientAttack(evidence: LightClientAttackEvidence): string | null {
  if (evidence.totalVotingPower <= 0n) return 'negative or zero total voting power'
  if (evidence.commonHeight <= 0) return 'negative or zero common height'
  if (evidence.commonHeight > evidence.conflictingBlock.header.height) {
    return `common height is ahead of the conflicting block height (${evidence.commonHeight} > ${evidence.conflictingBlock.header.height})`
  }
  const problem = validateLightBlock(evidence.conflictingBlock)
  return problem === null ? null : `invalid conflicting light block: ${problem}`
}

/** A header, the commit for it, and the validators it names belong together (CometBFT LightBlock.ValidateBasic). */
export function validateLightBlock(block: LightBlock): string | null {
  const header = validateHeader(block.header)
  if (header !== null) return `invalid header: ${header}`
  const commit = validateCommit(block.commit)
  if (commit !== null) return `invalid commit: ${commit}`
  if (block.commit.height !== block.header.height) {
    return `header and commit height mismatch: ${block.header.height} vs ${block.commit.height}`
  }
  if (block.commit.blockId.hash !== hashHeader(block.header)) return 'commit signs another block than header'
  return block.header.validatorsHash === block.validatorSet.hash
    ? null
    : 'expected validator hash of header to match validator set hash'
}
