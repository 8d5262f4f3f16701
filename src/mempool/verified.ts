import type { BlockIdKey, Hex, Power, Proposal, Verified, Vote } from '../types/index.ts'

/**
 * A vote that passed admission: its signer is in the validator set of its height, at the index and with the address
 * the vote states, and signed it.
 */
export interface VerifiedVote extends Verified {
  readonly kind: 'vote'
  readonly vote: Vote
  /** sha256 of the canonical encoding as a consensus message: one message, one name. */
  readonly id: Hex
  /** '' for nil. */
  readonly blockIdKey: BlockIdKey
  /** Of the signer, in the set of the vote's height. */
  readonly power: Power
}

/** A proposal that passed admission: the proposer of its height and round signed it. */
export interface VerifiedProposal extends Verified {
  readonly kind: 'proposal'
  readonly proposal: Proposal
  readonly id: Hex
  readonly blockIdKey: BlockIdKey
  /** Address of the proposer. */
  readonly proposer: Hex
  /** Index of the proposer in the set of the proposal's height. */
  readonly proposerIndex: number
  readonly power: Power
}

export type VerifiedMessage = VerifiedVote | VerifiedProposal

/** For admission alone; the room's door does not export it. */
export function markVerifiedVote(vote: Omit<VerifiedVote, keyof Verified>): VerifiedVote {
  return vote as VerifiedVote
}

/** For admission alone; the room's door does not export it. */
export function markVerifiedProposal(proposal: Omit<VerifiedProposal, keyof Verified>): VerifiedProposal {
  return proposal as VerifiedProposal
}
