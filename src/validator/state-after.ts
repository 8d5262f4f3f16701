import type { FinalizeBlockResponse } from '../app/index.ts'
import {
  type Block,
  type BlockId,
  type ChainState,
  ConsensusParamsError,
  lastResultsHash,
  nextChainState,
  ValidatorSetError
} from '../types/index.ts'
import { AppCallError } from './app-call.ts'

/** The state after a block, from what the app answered; an answer that breaks the rules stops the node. */
export function stateAfter(
  state: ChainState,
  blockId: BlockId,
  block: Block,
  response: FinalizeBlockResponse
): ChainState {
  try {
    return nextChainState(state, {
      blockId,
      header: block.header,
      lastResultsHash: lastResultsHash(response.txResults),
      appHash: Buffer.from(response.appHash).toString('hex'),
      validatorUpdates: response.validatorUpdates,
      paramUpdates: response.consensusParamUpdates
    })
  } catch (cause) {
    if (!(cause instanceof ValidatorSetError || cause instanceof ConsensusParamsError)) throw cause
    const { height } = block.header
    throw new AppCallError(
      'APP_BAD_RESPONSE',
      `the application's updates in block ${height}: ${cause.message}`,
      {
        cause
      }
    )
  }
}
