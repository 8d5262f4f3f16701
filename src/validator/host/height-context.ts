import type { StepEnv } from '../../consensus/index.ts'
import type { HeightPool, VerifiedProposal, VerifiedVote } from '../../mempool/index.ts'
import {
  type ChainState,
  type Height,
  type Hex,
  MAX_BLOCK_SIZE_BYTES,
  maxPartsOf,
  proposerOfRound
} from '../../types/index.ts'
import { HeightBlocks } from '../height-blocks.ts'
import type { ChainPool } from './pool-messages.ts'

/** Everything fixed while a height is decided: who votes, who proposes, which blocks are being gathered. */
export interface HeightContext {
  readonly height: Height
  /** The state the height builds on. */
  readonly state: ChainState
  readonly blocks: HeightBlocks
  readonly pool: HeightPool<VerifiedVote, VerifiedProposal>
  readonly env: StepEnv
}

/** The height after the last applied block. */
export function nextHeight(state: ChainState): Height {
  return state.lastBlockHeight === 0 ? state.initialHeight : state.lastBlockHeight + 1
}

/** How many parts a block within the consensus params can have. */
export function maxPartsOfState({ consensusParams }: ChainState): number {
  const { maxBytes } = consensusParams.block
  return maxPartsOf(maxBytes === -1 ? MAX_BLOCK_SIZE_BYTES : maxBytes)
}

/** `self` is the address of the key this node signs with, null for a full node. */
export function makeHeightContext(state: ChainState, self: Hex | null, messages: ChainPool): HeightContext {
  const height = nextHeight(state)
  const { validators } = state
  const pool = messages.openHeight(
    height,
    validators.validators.map(({ power }) => power)
  )
  const env: StepEnv = {
    view: pool,
    quorum: pool.quorum,
    votes: self !== null && validators.indexByAddress.has(self),
    isProposer: round => self !== null && proposerOfRound(validators, round).address === self
  }
  return { height, state, blocks: new HeightBlocks(maxPartsOfState(state)), pool, env }
}
