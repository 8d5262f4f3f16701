import type { BlockStore, KeyValueStore, StateStore } from '../../blockstore/index.ts'
import type { SignatureVerifier } from '../../crypto/index.ts'
import { type ChainHistory, DowntimeRecorder, EvidencePool } from '../../evidence/index.ts'
import type { ChainState, Evidence } from '../../types/index.ts'
import type { Logger } from '../../util/index.ts'
import type { EvidenceKeeper } from '../evidence-keeper.ts'
import type { FaultOptions } from './fault-options.ts'

export interface FaultBooksParts {
  readonly store: KeyValueStore
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
  readonly verifier: SignatureVerifier
  readonly logger: Logger
  readonly options: FaultOptions
  readonly onPending: (evidence: Evidence) => void
  readonly onFatal: (error: unknown) => void
}

/** What a node keeps of misbehaviour, from before recovery on, since recovery applies blocks. */
export interface FaultBooks {
  readonly pool: EvidencePool
  readonly recorder: DowntimeRecorder
  /** Both, as the executor sees them. */
  readonly keeper: EvidenceKeeper
}

export async function openFaultBooks(parts: FaultBooksParts, state: ChainState): Promise<FaultBooks> {
  const { store, blockStore, stateStore, verifier, logger, options, onPending, onFatal } = parts
  const history: ChainHistory = {
    headerAt: height => blockStore.loadMeta(height)?.header ?? null,
    commitAt: height => blockStore.loadCommit(height),
    validatorsAt: height => stateStore.loadValidators(height)
  }
  const pool = await EvidencePool.open({ store, history, verifier, logger, onPending, onFatal }, state)
  const { downtimeRules: rules } = options
  const recorder = await DowntimeRecorder.open({ store, history, rules }, state)
  return { pool, recorder, keeper: keeperOf(pool, recorder) }
}

function keeperOf(pool: EvidencePool, recorder: DowntimeRecorder): EvidenceKeeper {
  return {
    pending: maxBytes => pool.pending(maxBytes),
    check: (state, block, isDecided) => pool.check(state, block, isDecided),
    committedOps: block => [...pool.committedOps(block), ...recorder.ops(block)],
    update: (state, block) => {
      recorder.update(block)
      pool.update(state, block)
    }
  }
}
