import type { BlockStore, StateStore } from '../../blockstore/index.ts'
import { DEFAULT_FAULT_DETECTOR_CONFIG, FaultDetector } from '../../evidence/index.ts'
import type { Height } from '../../types/index.ts'
import type { Signer } from '../signer/index.ts'
import { FaultWatch, type FaultWatchParts, recallCommits } from './fault-watch.ts'
import type { FaultBooks } from './open-fault-books.ts'

export interface FaultWatchSetup
  extends Pick<
    FaultWatchParts,
    'options' | 'network' | 'clock' | 'logger' | 'metrics' | 'current' | 'stopSigning'
  > {
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
  readonly books: FaultBooks
  /** Heights back from which messages are remembered. */
  readonly windowBlocks: number
  /** Null for a full node. */
  readonly signer: Signer | null
  /** The height being decided. */
  readonly height: Height
  /** Whether the log of that height is complete. */
  readonly isLogWhole: boolean
}

/** A detector that remembers the commits in the store, and the watch around it. */
export function makeFaultWatch(setup: FaultWatchSetup): FaultWatch {
  const { blockStore, stateStore, books, windowBlocks, signer, height, isLogWhole, options } = setup
  const validatorsAt = (at: Height) => stateStore.loadValidators(at)
  // What was signed in a height whose log is lost comes back from peers, and is no twin's.
  const sureFrom = isLogWhole ? 0 : Math.max(height, signer?.last.height ?? 0) + 1
  const own = signer && { address: signer.address, lastSigned: () => signer.last, sureFrom }
  const { equivocationThreshold, downtimeThreshold } = options
  const config = {
    ...DEFAULT_FAULT_DETECTOR_CONFIG,
    equivocationThreshold,
    downtimeThreshold,
    windowBlocks,
    own
  }
  const detector = new FaultDetector(config, height)
  recallCommits(detector, blockStore, validatorsAt, windowBlocks)
  return new FaultWatch({ ...setup, detector, pool: books.pool, recorder: books.recorder, validatorsAt })
}
