import type { BlockStore } from '../../blockstore/index.ts'
import { BLOCK_ID_FLAG, type Hex } from '../../types/index.ts'
import { CliError } from '../cli-error.ts'

/**
 * Refuses to start a validator whose signature is under one of the last `heights` blocks: another process may be
 * running with its key (CometBFT consensus.double_sign_check_height, but counting the newest block too).
 */
export function refuseTwin(
  store: Pick<BlockStore, 'height' | 'base' | 'loadSeenCommit' | 'loadCommit'>,
  address: Hex,
  heights: number
): void {
  for (
    let height = store.height;
    height > store.height - heights && height >= Math.max(1, store.base);
    height--
  ) {
    const commit = store.loadSeenCommit(height) ?? store.loadCommit(height)
    const own = commit?.signatures.find(one => one.validatorAddress === address)
    if (own === undefined || own.blockIdFlag === BLOCK_ID_FLAG.absent) continue
    throw new CliError(
      'REFUSED',
      `block ${height} carries our signature, and double_sign_check_height is ${heights}: make sure that no other node ` +
        `runs with this key, and start again ${heights} blocks after that one`
    )
  }
}
