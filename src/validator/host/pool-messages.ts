import type {
  MessagePool,
  PoolMessage,
  PoolVote,
  VerifiedMessage,
  VerifiedProposal,
  VerifiedVote
} from '../../mempool/index.ts'
import type { ConsensusMessage } from '../../types/index.ts'

/** The message pool of a chain: votes and proposals that passed admission. */
export type ChainPool = MessagePool<VerifiedVote, VerifiedProposal>

/** A verified message as the pool indexes it. */
export function toPoolMessage(message: VerifiedMessage): PoolMessage<VerifiedVote, VerifiedProposal> {
  return message.kind === 'vote' ? toPoolVote(message) : toPoolProposal(message)
}

export function toPoolVote(verified: VerifiedVote): PoolVote<VerifiedVote> {
  const { type, height, round, validatorIndex } = verified.vote
  const value = verified.blockIdKey === '' ? null : verified.blockIdKey
  return { id: verified.id, kind: type, height, round, validator: validatorIndex, value, payload: verified }
}

function toPoolProposal(verified: VerifiedProposal): PoolMessage<VerifiedVote, VerifiedProposal> {
  const { height, round, polRound } = verified.proposal
  const { id, proposerIndex: validator, blockIdKey: value } = verified
  return { id, kind: 'proposal', height, round, validator, value, polRound, payload: verified }
}

/** The message as it travels and as the WAL keeps it. */
export function toWireMessage(message: VerifiedMessage): ConsensusMessage {
  return message.kind === 'vote'
    ? { kind: 'vote', vote: message.vote }
    : { kind: 'proposal', proposal: message.proposal }
}
