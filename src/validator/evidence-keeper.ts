import type { BatchOp } from '../blockstore/index.ts'
import type { Block, ChainState, Evidence } from '../types/index.ts'

/** What the executor needs of the evidence pool. */
export interface EvidenceKeeper {
  /** Evidence to propose, oldest first, at most this many bytes as a list. */
  pending(maxBytes: number): readonly Evidence[]
  /**
   * Judges a block's evidence against this node's own history; null when all of it may be committed. Of a block that
   * +2/3 have decided on, what this node has no history to judge by is taken as they took it.
   */
  check(state: ChainState, block: Block, isDecided: boolean): string | null
  /** Marks of what the block commits, for the same batch as the state. */
  committedOps(block: Block): readonly BatchOp[]
  /** A block was applied: `state` is the state after it. */
  update(state: ChainState, block: Block): void
}
