import {
  type BlockId,
  type ChainState,
  type Height,
  NIL_BLOCK_ID,
  type Proposal,
  type Round,
  type Timestamp,
  timestampFromMs,
  type Vote,
  type VoteType,
  voteTime
} from '../../types/index.ts'
import type { Clock } from '../../util/index.ts'
import type { Signed, Signer } from '../signer/index.ts'

const UNSIGNED = new Uint8Array(0)
const NO_EXTENSION = new Uint8Array(0)
/** Asks the signer for an extension signature. */
const WANTED = new Uint8Array(64)

export interface VoteRequest {
  readonly type: VoteType
  readonly height: Height
  readonly round: Round
  readonly blockId: BlockId | null
  /** Time of the block that is locked or proposed; a vote's time is later, so that block time moves on. */
  readonly blockTime: Timestamp | null
  /** Null where vote extensions are off or do not belong. */
  readonly extension: Uint8Array | null
}

/** Fills in and signs this validator's vote (CometBFT consensus/state.go signVote, voteTime). */
export function signOwnVote(
  signer: Signer,
  state: ChainState,
  clock: Clock,
  request: VoteRequest
): Promise<Signed<Vote>> {
  const validatorIndex = state.validators.indexByAddress.get(signer.address) ?? -1
  return signer.signVote(state.chainId, {
    type: request.type,
    height: request.height,
    round: request.round,
    blockId: request.blockId ?? NIL_BLOCK_ID,
    timestamp: voteTime(clock.now(), request.blockTime),
    validatorAddress: signer.address,
    validatorIndex,
    signature: UNSIGNED,
    extension: request.extension ?? NO_EXTENSION,
    extensionSignature: request.extension === null ? NO_EXTENSION : WANTED
  })
}

export function signOwnProposal(
  signer: Signer,
  state: ChainState,
  clock: Clock,
  request: Pick<Proposal, 'height' | 'round' | 'polRound' | 'blockId'>
): Promise<Signed<Proposal>> {
  const timestamp = timestampFromMs(clock.now())
  return signer.signProposal(state.chainId, { ...request, timestamp, signature: UNSIGNED })
}
