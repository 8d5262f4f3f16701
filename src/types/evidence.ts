import type { Commit } from './commit.ts'
import type { Header } from './header.ts'
import type { Height, Hex, Power, Timestamp } from './primitives.ts'
import type { Validator, ValidatorSet } from './validator-set.ts'
import type { Proposal, Vote } from './vote.ts'

/**
 * Two votes of one validator for one height, round and type with different block ids; voteA has the smaller key (see
 * compareBlockIdKeys). CometBFT's DuplicateVoteEvidence, byte for byte.
 */
export interface DuplicateVoteEvidence {
  readonly kind: 'duplicateVote'
  readonly voteA: Vote
  readonly voteB: Vote
  readonly totalVotingPower: Power
  readonly validatorPower: Power
  /** Time of the block at the votes' height. */
  readonly timestamp: Timestamp
}

/**
 * Two proposals by the proposer of one height and round with different block ids; proposalA has the smaller key. Ours:
 * field 3 of the Evidence oneof, with the fields proposal_a = 1, proposal_b = 2, validator_address = 3,
 * total_voting_power = 4, validator_power = 5, timestamp = 6. The address is given since proposals do not carry one.
 */
export interface DuplicateProposalEvidence {
  readonly kind: 'duplicateProposal'
  readonly proposalA: Proposal
  readonly proposalB: Proposal
  readonly validatorAddress: Hex
  readonly totalVotingPower: Power
  readonly validatorPower: Power
  readonly timestamp: Timestamp
}

/** A header, the commit for it and the validators who signed: what a light client gets of a height. */
export interface LightBlock {
  readonly header: Header
  readonly commit: Commit
  readonly validatorSet: ValidatorSet
}

/** A light block that conflicts with the chain, and who of the common height's validators signed it (CometBFT). */
export interface LightClientAttackEvidence {
  readonly kind: 'lightClientAttack'
  readonly conflictingBlock: LightBlock
  /** The last height at which both sides agreed. */
  readonly commonHeight: Height
  readonly byzantineValidators: readonly Validator[]
  /** Of the set at the common height. */
  readonly totalVotingPower: Power
  /** Time of the block at the common height. */
  readonly timestamp: Timestamp
}

export type Evidence = DuplicateVoteEvidence | DuplicateProposalEvidence | LightClientAttackEvidence
