import type { Header } from './block.ts'
import type { Commit } from './commit.ts'
import type { Height, Power, Timestamp } from './primitives.ts'
import type { ValidatorSet } from './validator-set.ts'
import type { Proposal, Vote } from './vote.ts'

/** Two votes of one validator for one height, round and type with different block ids; voteA has the smaller key. */
export interface DuplicateVoteEvidence {
  readonly kind: 'duplicateVote'
  readonly voteA: Vote
  readonly voteB: Vote
  readonly totalVotingPower: Power
  readonly validatorPower: Power
  /** Time of the block at the votes' height. */
  readonly timestamp: Timestamp
}

/** Two proposals by the proposer of one height and round with different block ids; field 3 of the Evidence oneof, ours. */
export interface DuplicateProposalEvidence {
  readonly kind: 'duplicateProposal'
  readonly proposalA: Proposal
  readonly proposalB: Proposal
  readonly validatorAddress: string
  readonly totalVotingPower: Power
  readonly validatorPower: Power
  readonly timestamp: Timestamp
}

export interface LightBlock {
  readonly header: Header
  readonly commit: Commit
  readonly validatorSet: ValidatorSet
}

export interface LightClientAttackEvidence {
  readonly kind: 'lightClientAttack'
  readonly conflictingBlock: LightBlock
  readonly commonHeight: Height
  readonly byzantineValidators: readonly {
    readonly address: string
    readonly publicKey: ValidatorSet['validators'][number]['publicKey']
    readonly power: Power
    readonly proposerPriority: bigint
  }[]
  readonly totalVotingPower: Power
  readonly timestamp: Timestamp
}

export type Evidence = DuplicateVoteEvidence | DuplicateProposalEvidence | LightClientAttackEvidence
