import type { ChainState, Height } from '../types/index.ts'
import type { BlockStore } from './block-store.ts'
import { BlockStoreError } from './block-store-error.ts'
import type { StateStore } from './state-store.ts'

export interface RollbackOptions {
  /** Also deletes the newest block, so that it is fetched again; otherwise it is executed again as it is. */
  readonly removeBlock: boolean
}

/**
 * Takes the state back by one height (CometBFT state/rollback.go), for an operator whose application was wrong about
 * the newest block. The application is not touched. Returns the state's new height and app hash. Errors: NOT_FOUND.
 */
export async function rollbackOneHeight(
  blockStore: BlockStore,
  stateStore: StateStore,
  options: RollbackOptions
): Promise<{ readonly height: Height; readonly appHash: string }> {
  const state = stateStore.loadState()
  if (state === null) throw new BlockStoreError('NOT_FOUND', 'there is no state to roll back')
  if (blockStore.height === state.lastBlockHeight + 1) {
    // The newest block was saved and never applied: the state is one height back already.
    if (options.removeBlock) await blockStore.deleteNewestBlock()
    return { height: state.lastBlockHeight, appHash: state.appHash }
  }
  if (blockStore.height !== state.lastBlockHeight) {
    throw new BlockStoreError(
      'CORRUPT',
      `the state is at height ${state.lastBlockHeight}, the blocks at ${blockStore.height}: nothing to roll back to`
    )
  }
  const previous = stateBefore(blockStore, stateStore, state)
  await stateStore.stepBack(previous)
  if (options.removeBlock) await blockStore.deleteNewestBlock()
  return { height: previous.lastBlockHeight, appHash: previous.appHash }
}

function stateBefore(blockStore: BlockStore, stateStore: StateStore, state: ChainState): ChainState {
  const height = state.lastBlockHeight
  const meta = blockStore.loadMeta(height)
  const before = blockStore.loadMeta(height - 1)
  const lastValidators = stateStore.loadValidators(height - 1)
  const consensusParams = stateStore.loadConsensusParams(height)
  if (
    meta === null ||
    before === null ||
    lastValidators === null ||
    consensusParams === null ||
    state.lastValidators === null
  ) {
    throw new BlockStoreError(
      'NOT_FOUND',
      `height ${height - 1} is not stored, so ${height} cannot be undone`
    )
  }
  return {
    ...state,
    lastBlockHeight: height - 1,
    lastBlockId: before.blockId,
    lastBlockTime: before.header.time,
    lastValidators,
    validators: state.lastValidators,
    nextValidators: state.validators,
    lastHeightValidatorsChanged: Math.min(state.lastHeightValidatorsChanged, height + 1),
    consensusParams,
    lastHeightConsensusParamsChanged: Math.min(state.lastHeightConsensusParamsChanged, height),
    lastResultsHash: meta.header.lastResultsHash,
    appHash: meta.header.appHash,
    appVersion: meta.header.version.app
  }
}
