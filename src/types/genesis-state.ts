import { merkleRoot } from '../crypto/index.ts'
import { NIL_BLOCK_ID } from './block-id.ts'
import type { ChainState } from './chain-state.ts'
import type { Genesis } from './genesis.ts'
import type { ConsensusParamsUpdate } from './params.ts'
import { ConsensusParamsError, updateConsensusParams, validateConsensusParams } from './params-rules.ts'
import type { Hex } from './primitives.ts'
import { incrementProposerPriority } from './proposer-priority.ts'
import type { ValidatorSet, ValidatorUpdate } from './validator-set.ts'
import { makeValidatorSet, ValidatorSetError } from './validator-set-update.ts'

/**
 * The state before the app has been asked anything (CometBFT state.MakeGenesisState). Without validators in the genesis
 * both sets are empty until {@link applyInitChain}.
 */
export function makeGenesisState(genesis: Genesis): ChainState {
  const validators = makeValidatorSet(genesis.validators)
  return {
    chainId: genesis.chainId,
    initialHeight: genesis.initialHeight,
    lastBlockHeight: 0,
    lastBlockId: NIL_BLOCK_ID,
    lastBlockTime: genesis.genesisTime,
    validators,
    nextValidators: oneTurnOn(validators),
    lastValidators: null,
    lastHeightValidatorsChanged: genesis.initialHeight,
    consensusParams: genesis.consensusParams,
    lastHeightConsensusParamsChanged: genesis.initialHeight,
    lastResultsHash: '',
    appHash: genesis.appHash,
    appVersion: 0
  }
}

function oneTurnOn(set: ValidatorSet): ValidatorSet {
  return set.validators.length === 0 ? set : incrementProposerPriority(set, 1)
}

/** What the app answered to InitChain; an empty list, null and '' leave what the genesis says. */
export interface InitChainAnswer {
  readonly validators: readonly ValidatorUpdate[]
  readonly consensusParams: ConsensusParamsUpdate | null
  readonly appHash: Hex
}

/**
 * The genesis state as the app wants it, ready for the first block (CometBFT consensus/replay.go). Validators of the
 * app replace those of the genesis.
 *
 * @throws ValidatorSetError when there is no legal validator set; ConsensusParamsError when the params are not legal
 */
export function applyInitChain(state: ChainState, answer: InitChainAnswer): ChainState {
  const validators = answer.validators.length > 0 ? makeValidatorSet(answer.validators) : state.validators
  if (validators.validators.length === 0) {
    const message = 'no validators: there are none in the genesis, and the app named none at InitChain'
    throw new ValidatorSetError('EMPTY_VALIDATOR_SET', message)
  }
  const consensusParams = updateConsensusParams(state.consensusParams, answer.consensusParams)
  const problem = validateConsensusParams(consensusParams)
  if (problem !== null) throw new ConsensusParamsError(problem)
  return {
    ...state,
    validators,
    nextValidators: oneTurnOn(validators),
    consensusParams,
    appVersion: answer.consensusParams === null ? state.appVersion : consensusParams.version.app,
    appHash: answer.appHash === '' ? state.appHash : answer.appHash,
    lastResultsHash: merkleRoot([])
  }
}
