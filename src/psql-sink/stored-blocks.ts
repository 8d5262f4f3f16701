import type { FinalizeBlockResponse } from '../app/index.ts'
import type { BlockStore, StateStore } from '../blockstore/index.ts'
import type { Block, Height } from '../types/index.ts'

/** A block and what the application made of it. */
export interface AppliedBlock {
  readonly block: Block
  readonly results: FinalizeBlockResponse
}

/** What the node's disk has of blocks that were applied. */
export interface StoredBlocks {
  /** The lowest stored height. */
  base(): Height
  /** Null when the block or its results are not stored: not kept, or pruned. */
  load(height: Height): Promise<AppliedBlock | null>
}

export function storedBlocks(
  blocks: Pick<BlockStore, 'base' | 'loadBlock'>,
  results: Pick<StateStore, 'loadResults'>
): StoredBlocks {
  return {
    base: () => blocks.base,
    async load(height) {
      const found = results.loadResults(height)
      const block = found && (await blocks.loadBlock(height))
      return found && block && found.txResults.length === block.txs.length ? { block, results: found } : null
    }
  }
}
