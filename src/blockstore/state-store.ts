import type { FinalizeBlockResponse } from '../app/index.ts'
import {
  type ChainState,
  type ConsensusParams,
  decodeConsensusParams,
  encodeConsensusParams,
  type Height,
  type ValidatorSet
} from '../types/index.ts'
import { assert } from '../util/index.ts'
import { BlockStoreError } from './block-store-error.ts'
import { type ChainIdentity, claimDatabase, storedGenesis } from './chain-marker.ts'
import { HeightHistory } from './height-history.ts'
import type { BatchOp, KeyValueStore } from './key-value-store.ts'
import { BUCKET, numberKey, textKey } from './keys.ts'
import { decodeResults, encodeResults } from './results-codec.ts'
import { decodeStateRecord, encodeStateRecord } from './state-record.ts'
import { ValidatorHistory } from './validator-history.ts'

export interface StateStoreOptions extends ChainIdentity {
  /**
   * Set when the application keeps its state elsewhere than in this database: then the results of a block must be on
   * the disk before the application commits, or a power cut could leave an application that is ahead for good.
   */
  readonly syncResults?: boolean
  /** False keeps the results of the newest block only (`storage.discard_abci_responses`). */
  readonly keepResults?: boolean
}

const STATE_KEY = textKey(BUCKET.state, 'state')
const SLICE = 500

/**
 * The state after the newest applied block, and by height what is needed of the past: validators, params, results.
 * Batches are not synced unless said so: the database keeps their order, so the next synced block makes them durable
 * too, and what a power cut undoes is executed again from the block.
 */
export class StateStore {
  readonly #store: KeyValueStore
  readonly #options: StateStoreOptions
  readonly #validators: ValidatorHistory
  readonly #params: HeightHistory
  /** Results below were pruned by this process. */
  #resultsFrom: Height = 0

  private constructor(store: KeyValueStore, options: StateStoreOptions) {
    this.#store = store
    this.#options = options
    this.#validators = new ValidatorHistory(store)
    this.#params = new HeightHistory(store, BUCKET.consensusParams)
  }

  /** Opens the state of one chain. Errors: GENESIS_MISMATCH, SCHEMA_TOO_NEW, CORRUPT. */
  static async open(store: KeyValueStore, options: StateStoreOptions): Promise<StateStore> {
    await claimDatabase(store, options)
    const stateStore = new StateStore(store, options)
    const state = stateStore.loadState()
    if (state !== null) stateStore.#validators.resume(newestValidatorsHeight(state))
    return stateStore
  }

  /** Null before the first save. */
  loadState(): ChainState | null {
    const bytes = this.#store.get(STATE_KEY)
    if (bytes === undefined) return null
    const record = readStored('state', () => decodeStateRecord(bytes))
    const { lastBlockHeight, initialHeight } = record.state
    const height = lastBlockHeight === 0 ? initialHeight : lastBlockHeight + 1
    const state: ChainState = {
      ...record.state,
      validators: this.#requireValidators(height, record.validatorsHash),
      nextValidators: this.#requireValidators(height + 1, record.nextValidatorsHash),
      lastValidators:
        record.lastValidatorsHash === ''
          ? null
          : this.#requireValidators(lastBlockHeight, record.lastValidatorsHash)
    }
    return state
  }

  /** Saves the state after a block, or the first state of the chain, together with `extraOps`. */
  async saveState(
    state: ChainState,
    extraOps: readonly BatchOp[] = [],
    options: { readonly sync: boolean } = { sync: false }
  ): Promise<void> {
    const isFirst = state.lastBlockHeight === 0
    const ops = isFirst ? this.#wholeStateOps(state) : this.#nextStateOps(state)
    await this.#store.batch([...ops, ...extraOps], isFirst ? { sync: true } : options)
  }

  /** Saves a state that does not follow the saved one, as after a state sync: with the sets of all three heights. */
  async bootstrap(state: ChainState): Promise<void> {
    await this.#store.batch(this.#wholeStateOps(state), { sync: true })
  }

  /** The set that signs this height; known up to two heights after the last block. Null when not stored. */
  loadValidators(height: Height): ValidatorSet | null {
    return readStored(`validator set of height ${height}`, () => this.#validators.load(height))
  }

  /** The params in force at this height. */
  loadConsensusParams(height: Height): ConsensusParams | null {
    const found = this.#params.find(height)
    if (found === null) return null
    return readStored(`consensus params of height ${height}`, () => decodeConsensusParams(found.bytes))
  }

  /**
   * Saves what the app answered to finalizeBlock. To be called before the app commits: an app in the same database is
   * behind it in the log, for any other it is durable when this resolves (`syncResults`).
   */
  async saveResults(height: Height, response: FinalizeBlockResponse): Promise<void> {
    const ops: BatchOp[] = [
      { type: 'put', key: numberKey(BUCKET.results, height), value: encodeResults(response) }
    ]
    if (this.#options.keepResults === false && height > 0) {
      ops.push({ type: 'del', key: numberKey(BUCKET.results, height - 1) })
    }
    if (this.#options.syncResults === true) return this.#store.batch(ops, { sync: true })
    // Its place before the app's own batch is enough; where this write fails, the app's fails too.
    this.#store.batch(ops, { sync: false }).catch(() => {})
  }

  loadResults(height: Height): FinalizeBlockResponse | null {
    const bytes = this.#store.get(numberKey(BUCKET.results, height))
    return bytes === undefined ? null : readStored(`results of height ${height}`, () => decodeResults(bytes))
  }

  /** The genesis file, byte for byte. */
  genesisBytes(): Uint8Array {
    const bytes = storedGenesis(this.#store)
    assert(bytes !== null, 'an open state store has a genesis')
    return bytes
  }

  /**
   * Forgets results below `retainHeight`, and validators and params below `evidenceHeight`, the lowest height whose
   * header is kept.
   */
  async pruneTo(retainHeight: Height, evidenceHeight: Height): Promise<void> {
    const lowest = Math.min(retainHeight, evidenceHeight)
    await this.#validators.pruneBelow(lowest)
    await this.#params.pruneBelow(lowest)
    if (retainHeight <= this.#resultsFrom) return
    let ops: BatchOp[] = []
    const from = numberKey(BUCKET.results, this.#resultsFrom)
    const range = { gte: from, lt: numberKey(BUCKET.results, retainHeight) }
    for await (const [key] of this.#store.entries(range)) {
      ops.push({ type: 'del', key })
      if (ops.length < SLICE) continue
      await this.#store.batch(ops, { sync: false })
      ops = []
    }
    await this.#store.batch(ops, { sync: false })
    this.#resultsFrom = retainHeight
  }

  /** Replaces the state by that of one block before, whose newest validators are one height lower. For rollbacks. */
  async stepBack(previous: ChainState): Promise<void> {
    const undone = newestValidatorsHeight(previous) + 1
    const ops: BatchOp[] = [
      { type: 'put', key: STATE_KEY, value: encodeStateRecord(previous) },
      this.#validators.del(undone),
      this.#params.del(undone - 1),
      { type: 'del', key: numberKey(BUCKET.results, previous.lastBlockHeight + 1) }
    ]
    await this.#store.batch(ops, { sync: true })
    this.#validators.resume(undone - 1)
  }

  #nextStateOps(state: ChainState): BatchOp[] {
    const height = newestValidatorsHeight(state)
    const isNew = state.lastHeightValidatorsChanged === height
    return [
      { type: 'put', key: STATE_KEY, value: encodeStateRecord(state) },
      ...this.#validators.ops(height, state.nextValidators, isNew),
      this.#paramsOp(state)
    ]
  }

  #wholeStateOps(state: ChainState): BatchOp[] {
    const newest = newestValidatorsHeight(state)
    const ops: BatchOp[] = [{ type: 'put', key: STATE_KEY, value: encodeStateRecord(state) }]
    if (state.lastValidators !== null)
      ops.push(...this.#validators.ops(newest - 2, state.lastValidators, true))
    ops.push(...this.#validators.ops(newest - 1, state.validators, true))
    ops.push(...this.#validators.ops(newest, state.nextValidators, true))
    ops.push(this.#params.putValue(newest - 1, encodeConsensusParams(state.consensusParams)))
    return ops
  }

  #paramsOp(state: ChainState): BatchOp {
    const height = newestValidatorsHeight(state) - 1
    const changedAt = state.lastHeightConsensusParamsChanged
    const before = changedAt === height ? null : this.#params.find(height - 1)
    return before === null
      ? this.#params.putValue(height, encodeConsensusParams(state.consensusParams))
      : this.#params.putSameAs(height, before.height)
  }

  #requireValidators(height: Height, hash: string): ValidatorSet {
    const set = this.loadValidators(height)
    if (set !== null && set.hash === hash) return set
    throw damaged(`validator set of height ${height}`)
  }
}

/** A state knows the validators of this height, and none after it. */
function newestValidatorsHeight(state: ChainState): Height {
  return state.lastBlockHeight === 0 ? state.initialHeight + 1 : state.lastBlockHeight + 2
}

function readStored<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof BlockStoreError) throw cause
    throw damaged(what, cause)
  }
}

function damaged(what: string, cause?: unknown): BlockStoreError {
  return new BlockStoreError(
    'CORRUPT',
    `the stored ${what} is missing or damaged; remove the data directory and synchronise again`,
    { cause }
  )
}
