import type { BlockId } from './block-id.ts'
import type { ChainState } from './chain-state.ts'
import type { Header } from './header.ts'
import type { ConsensusParams, ConsensusParamsUpdate } from './params.ts'
import {
  ConsensusParamsError,
  updateConsensusParams,
  validateConsensusParams,
  validateParamsUpdate
} from './params-rules.ts'
import type { Height, Hex } from './primitives.ts'
import { incrementProposerPriority } from './proposer-priority.ts'
import type { ValidatorUpdate } from './validator-set.ts'
import { updateValidatorSet, ValidatorSetError } from './validator-set-update.ts'

/** A block that was executed, and what the app said about it. */
export interface ExecutedBlock {
  readonly blockId: BlockId
  readonly header: Pick<Header, 'height' | 'time'>
  readonly lastResultsHash: Hex
  /** Goes into the header of the next height. */
  readonly appHash: Hex
  readonly validatorUpdates: readonly ValidatorUpdate[]
  /** Null when the app changes none. */
  readonly paramUpdates: ConsensusParamsUpdate | null
}

/**
 * The state after `block` (CometBFT state/execution.go updateState). Validator updates of height H sign from H + 2,
 * params hold from H + 1.
 *
 * @throws ValidatorSetError or ConsensusParamsError when the app's updates are not legal. The block is committed by
 *   then, so every node meets the same error and the chain stops here until the app is mended.
 */
export function nextChainState(state: ChainState, block: ExecutedBlock): ChainState {
  const { height, time } = block.header
  checkKeyTypes(block.validatorUpdates, state.consensusParams)
  const updated = updateValidatorSet(state.nextValidators, block.validatorUpdates)
  const consensusParams = nextParams(state, block.paramUpdates, height)
  return {
    chainId: state.chainId,
    initialHeight: state.initialHeight,
    lastBlockHeight: height,
    lastBlockId: block.blockId,
    lastBlockTime: time,
    validators: state.nextValidators,
    nextValidators: incrementProposerPriority(updated, 1),
    lastValidators: state.validators,
    lastHeightValidatorsChanged:
      block.validatorUpdates.length > 0 ? height + 2 : state.lastHeightValidatorsChanged,
    consensusParams,
    lastHeightConsensusParamsChanged:
      block.paramUpdates === null ? state.lastHeightConsensusParamsChanged : height + 1,
    lastResultsHash: block.lastResultsHash,
    appHash: block.appHash,
    appVersion: block.paramUpdates === null ? state.appVersion : consensusParams.version.app
  }
}

function checkKeyTypes(updates: readonly ValidatorUpdate[], params: ConsensusParams): void {
  const allowed = params.validator.pubKeyTypes
  for (const { publicKey, power } of updates) {
    // One who leaves may have a key of a type no longer allowed.
    if (power === 0n || allowed.includes(publicKey.type)) continue
    const message = `a validator update has a key of type ${publicKey.type}; allowed: ${allowed.join(', ')}`
    throw new ValidatorSetError('KEY_TYPE_NOT_ALLOWED', message)
  }
}

function nextParams(
  state: ChainState,
  update: ConsensusParamsUpdate | null,
  height: Height
): ConsensusParams {
  const params = updateConsensusParams(state.consensusParams, update)
  const problem =
    update === null
      ? null
      : (validateConsensusParams(params) ?? validateParamsUpdate(state.consensusParams, update, height))
  if (problem !== null) throw new ConsensusParamsError(problem)
  return params
}
