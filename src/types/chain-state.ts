import type { BlockId } from './block-id.ts'
import type { ConsensusParams } from './params.ts'
import type { Height, Hex, Timestamp } from './primitives.ts'
import type { ValidatorSet } from './validator-set.ts'

/**
 * What a node knows after applying a block (CometBFT state/state.go). `validators` sign height lastBlockHeight + 1,
 * `nextValidators` the height after that, `lastValidators` signed lastBlockHeight.
 */
export interface ChainState {
  readonly chainId: string
  readonly initialHeight: Height
  /** 0 before the first block. */
  readonly lastBlockHeight: Height
  readonly lastBlockId: BlockId
  readonly lastBlockTime: Timestamp
  readonly validators: ValidatorSet
  readonly nextValidators: ValidatorSet
  /** Null before the first block. */
  readonly lastValidators: ValidatorSet | null
  readonly lastHeightValidatorsChanged: Height
  readonly consensusParams: ConsensusParams
  readonly lastHeightConsensusParamsChanged: Height
  readonly lastResultsHash: Hex
  readonly appHash: Hex
  readonly appVersion: number
}
