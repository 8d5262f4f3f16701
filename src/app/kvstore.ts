import type { Height, KeyType } from '../types/index.ts'
import { AppError } from './app-error.ts'
import type { AppStore } from './app-store.ts'
import type {
  AppInfo,
  CheckTxRequest,
  CheckTxResponse,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  InitChainRequest,
  InitChainResponse,
  PrepareProposalRequest,
  ProcessProposalRequest,
  QueryRequest,
  QueryResponse
} from './application.ts'
import { BaseApp, OK_CHECK } from './base-app.ts'
import { executeKvBlock, type StagedBlock } from './kvstore-block.ts'
import { bytesAsBuffer } from './kvstore-bytes.ts'
import {
  EMPTY_KV_STATE,
  encodeValidatorUpdateDelimited,
  type KvState,
  kvAppHash,
  kvStateOps,
  loadKvState,
  pairKey,
  publicKeyHex
} from './kvstore-state.ts'
import { isValidKvTx, KVSTORE_CODE } from './kvstore-tx.ts'

/** The ABCI version CometBFT v0.38's kvstore answers with. */
const ABCI_VERSION = '2.0.0'
const APP_VERSION = 1
const NO_BYTES = new Uint8Array(0)

// One promise for all: an answer that never changes need not be built for every transaction.
const CHECK_OK: Promise<CheckTxResponse> = Promise.resolve({ ...OK_CHECK, gasWanted: 1n })
const CHECK_INVALID: Promise<CheckTxResponse> = Promise.resolve({
  ...OK_CHECK,
  code: KVSTORE_CODE.invalidTxFormat
})

export interface KvStoreOptions {
  readonly store: AppStore
  /** How many blocks the node must keep for this app; 0, the default, for all. */
  readonly retainBlocks?: number
}

/**
 * The key-value app of CometBFT v0.38's examples: `key=value` pairs, validator updates, the number of executed
 * transactions as app hash. It differs where the example would stop the node: see {@link executeKvBlock}. A commit
 * is one batch that is not synced; after a crash `info` tells the height that survived, and the node replays.
 */
export class KvStoreApp extends BaseApp {
  readonly #store: AppStore
  readonly #retainBlocks: number
  #state: KvState
  /** What initChain gave, until the first block is committed. */
  #genesis: KvState | null = null
  #staged: StagedBlock | null = null

  private constructor(options: KvStoreOptions, state: KvState) {
    super()
    this.#store = options.store
    this.#retainBlocks = options.retainBlocks ?? 0
    this.#state = state
  }

  /** Throws AppError STATE_DAMAGED when the store holds what this app did not write. */
  static async open(options: KvStoreOptions): Promise<KvStoreApp> {
    return new KvStoreApp(options, await loadKvState(options.store))
  }

  override async info(): Promise<AppInfo> {
    return {
      data: `{"size":${this.#state.size}}`,
      version: ABCI_VERSION,
      appVersion: APP_VERSION,
      lastBlockHeight: this.#state.height,
      lastBlockAppHash: kvAppHash(this.#state.size)
    }
  }

  override async initChain(request: InitChainRequest): Promise<InitChainResponse> {
    const allowed = request.consensusParams.validator.pubKeyTypes
    const keyTypes = (['ed25519', 'secp256k1'] satisfies KeyType[]).filter(type => allowed.includes(type))
    const validators = new Map(request.validators.map(update => [publicKeyHex(update), update]))
    this.#genesis = { ...EMPTY_KV_STATE, keyTypes, validators }
    return { consensusParams: null, validators: [], appHash: kvAppHash(0) }
  }

  override checkTx(request: CheckTxRequest): Promise<CheckTxResponse> {
    return isValidKvTx(request.tx) ? CHECK_OK : CHECK_INVALID
  }

  override async prepareProposal(request: PrepareProposalRequest): Promise<readonly Uint8Array[]> {
    return super.prepareProposal({ ...request, txs: request.txs.filter(isValidKvTx) })
  }

  override async processProposal(request: ProcessProposalRequest): Promise<boolean> {
    return request.txs.every(isValidKvTx)
  }

  override async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    const { height } = this.#state
    if (height > 0 && request.height !== height + 1) {
      throw new AppError('WRONG_HEIGHT', `kvstore: block ${request.height} cannot follow height ${height}`)
    }
    this.#staged = executeKvBlock(this.#genesis ?? this.#state, request)
    return {
      events: [],
      txResults: this.#staged.txResults,
      validatorUpdates: this.#staged.updates,
      consensusParamUpdates: null,
      appHash: kvAppHash(this.#staged.state.size)
    }
  }

  override async commit(): Promise<{ readonly retainHeight: Height }> {
    const staged = this.#staged
    if (staged === null) throw new AppError('NO_BLOCK', 'kvstore: commit without a finalized block')
    // The first commit also writes the genesis validators, which no update of the block names.
    const updates = this.#genesis === null ? staged.updates : [...staged.state.validators.values()]
    await this.#store.batch(kvStateOps(staged.state, updates, staged.pairs.values()), { sync: false })
    this.#state = staged.state
    this.#genesis = null
    this.#staged = null
    const keepFrom = this.#state.height - this.#retainBlocks + 1
    return { retainHeight: this.#retainBlocks > 0 ? Math.max(keepFrom, 0) : 0 }
  }

  /** Path `/val` answers the update of a validator by its public key; any other path the value of a key. */
  override async query(request: QueryRequest): Promise<QueryResponse> {
    const answer = { code: 0, log: '', info: '', index: 0n, key: request.data, proofOps: null, codespace: '' }
    if (request.path === '/val') {
      const update = this.#state.validators.get(bytesAsBuffer(request.data).toString('hex'))
      const value = update === undefined ? NO_BYTES : encodeValidatorUpdateDelimited(update)
      return { ...answer, value, height: 0 }
    }
    const value = this.#store.get(pairKey(request.data))
    return {
      ...answer,
      log: value === undefined ? 'does not exist' : 'exists',
      // As CometBFT's: there are no proofs, and this is how it says so.
      index: request.prove ? -1n : 0n,
      value: value ?? NO_BYTES,
      height: this.#state.height
    }
  }
}
