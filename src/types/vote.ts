import type { BlockId } from './block-id.ts'
import type { Height, Hex, Round, Timestamp } from './primitives.ts'

/** SignedMsgType of CometBFT: the numbers are on the wire. */
export const SIGNED_MSG_TYPE = { unknown: 0, prevote: 1, precommit: 2, proposal: 32 } as const
export type VoteType = 'prevote' | 'precommit'

/** A signed prevote or precommit (CometBFT types/vote.go). A nil block id is a vote for nil. */
export interface Vote {
  readonly type: VoteType
  readonly height: Height
  readonly round: Round
  readonly blockId: BlockId
  readonly timestamp: Timestamp
  /** 20 bytes of hex. */
  readonly validatorAddress: Hex
  /** Index in the validator set of that height, int32. */
  readonly validatorIndex: number
  /** 64 bytes; empty while unsigned. */
  readonly signature: Uint8Array
  /** Vote extension, only in precommits for a block, empty otherwise. */
  readonly extension: Uint8Array
  readonly extensionSignature: Uint8Array
}

/** A signed proposal (CometBFT types/proposal.go). The block travels apart, as parts. */
export interface Proposal {
  readonly height: Height
  readonly round: Round
  /** Round of the polka that justifies a re-proposal, -1 for a new block. */
  readonly polRound: Round
  readonly blockId: BlockId
  readonly timestamp: Timestamp
  readonly signature: Uint8Array
}
