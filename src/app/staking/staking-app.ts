import { makeSignatureVerifier, type SignatureVerifier } from '../../crypto/index.ts'
import { type Height, type Timestamp, txSizeInBlock } from '../../types/index.ts'
import { AppError } from '../app-error.ts'
import type { AppStore } from '../app-store.ts'
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
} from '../application.ts'
import { BaseApp } from '../base-app.ts'
import { Addresses } from './addresses.ts'
import { type BlockRules, executeBlock } from './execute-block.ts'
import { applyGenesis } from './genesis/apply-genesis.ts'
import { answerQuery } from './query/router.ts'
import { CHAIN, type Chain, THE } from './records/chain-config.ts'
import { DUE, REDELEGATIONS, UNBONDINGS } from './records/delegations.ts'
import { SIGNING_INFOS } from './records/slashing.ts'
import { SEATS, VALIDATORS } from './records/validators.ts'
import { REFUSED, Refusal } from './refusal.ts'
import { CommittedState, type StateCommit } from './state/committed-state.ts'
import { StateLayer } from './state/state-layer.ts'
import type { Change, StateKey, StateReader } from './state/table.ts'
import { updateTree } from './tree/state-tree.ts'
import { checkTx } from './tx/check-tx.ts'
import { fillProposal, isProposalFit } from './tx/proposals.ts'
import type { TxPlace } from './tx/run-tx.ts'

const VERSION = '1.0.0'
const APP_VERSION = 1
/** A signature is checked when its transaction arrives, and looked up when it comes back in a block. */
const VERIFIED_SIGNATURES = 20_000
const NO_BYTES = new Uint8Array(0)
const GROUPED_TABLES = [VALIDATORS, SEATS, UNBONDINGS, REDELEGATIONS, DUE, SIGNING_INFOS]

export interface StakingOptions {
  readonly store: AppStore
  /** Checks the signatures of transactions; one with a cache of its own when left out. */
  readonly verifier?: SignatureVerifier
}

/** What initChain made, until the first block is committed. */
interface Genesis {
  readonly state: StateLayer
  readonly initialHeight: Height
  readonly time: Timestamp
}

/**
 * Accounts, coins, stake, and what happens to the stake of validators that lie or stay away. It speaks Cosmos SDK's
 * transactions and queries. A commit is one batch that is not synced; after a crash `info` tells the height that
 * survived, and the node replays.
 */
export class StakingApp extends BaseApp {
  readonly #state: CommittedState
  readonly #verifier: SignatureVerifier
  #rules: BlockRules | null
  #genesis: Genesis | null = null
  #staged: StateCommit | null = null
  /** Transactions waiting for a block, one upon the other; null when none came since the last block. */
  #checked: TxPlace | null = null

  private constructor(options: StakingOptions, state: CommittedState) {
    super()
    this.#state = state
    this.#verifier = options.verifier ?? makeSignatureVerifier({ cacheSize: VERIFIED_SIGNATURES })
    const chain = state.get(CHAIN, THE)
    this.#rules = chain === null ? null : this.#rulesOf(chain)
  }

  /** Throws AppError STATE_DAMAGED when the store holds what this app did not write. */
  static async open(options: StakingOptions): Promise<StakingApp> {
    return new StakingApp(options, await CommittedState.open(options.store, GROUPED_TABLES))
  }

  override async info(): Promise<AppInfo> {
    const { height } = this.#state.moment
    return {
      data: '{"app":"staking"}',
      version: VERSION,
      appVersion: APP_VERSION,
      lastBlockHeight: height,
      lastBlockAppHash: height === 0 ? NO_BYTES : bytesOf(this.#state.root)
    }
  }

  /** Throws AppError GENESIS_INVALID. */
  override async initChain(request: InitChainRequest): Promise<InitChainResponse> {
    const { state, chain, validators } = applyGenesis(this.#state, request)
    this.#rules = this.#rulesOf(chain)
    this.#genesis = { state, initialHeight: request.initialHeight, time: request.time }
    this.#checked = null
    const { root } = updateTree(this.#state, encodeChanges(state.changes()))
    return { consensusParams: null, validators, appHash: bytesOf(root) }
  }

  override async checkTx(request: CheckTxRequest): Promise<CheckTxResponse> {
    this.#checked ??= this.#placeOn(this.#newest, this.#nextHeight, this.#lastTime)
    return checkTx(this.#checked, this.#requireRules(), request)
  }

  override async prepareProposal(request: PrepareProposalRequest): Promise<readonly Uint8Array[]> {
    const place = this.#placeOn(this.#newest, request.height, request.time)
    return fillProposal(place, this.#requireRules(), request.txs, request.maxTxBytes, txSizeInBlock)
  }

  /** A block with a transaction that may not be in any is refused: nothing of it would have been paid for. */
  override async processProposal(request: ProcessProposalRequest): Promise<boolean> {
    const place = this.#placeOn(this.#newest, request.height, request.time)
    return isProposalFit(place, this.#requireRules(), request.txs)
  }

  override async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    const { height } = this.#state.moment
    if (height > 0 && request.height !== height + 1) {
      throw new AppError('WRONG_HEIGHT', `staking: block ${request.height} cannot follow height ${height}`)
    }
    const layer = new StateLayer(this.#newest)
    const executed = executeBlock(layer, this.#requireRules(), request)
    const changes = new Map([...(this.#genesis?.state.changes() ?? []), ...layer.changes()])
    const values = encodeChanges(changes)
    const { root, nodes } = updateTree(this.#state, values)
    this.#staged = { height: request.height, time: request.time, changes, values, nodes }
    return { ...executed, consensusParamUpdates: null, appHash: bytesOf(root) }
  }

  override async commit(): Promise<{ readonly retainHeight: Height }> {
    const staged = this.#staged
    if (staged === null) throw new AppError('NO_BLOCK', 'staking: commit without a finalized block')
    this.#staged = null
    this.#genesis = null
    this.#checked = null
    await this.#state.commit(staged)
    return { retainHeight: 0 }
  }

  /** Answers from the state after the last block; there are no proofs and no older states. */
  override async query(request: QueryRequest): Promise<QueryResponse> {
    const { height } = this.#state.moment
    const found = await this.#answer(request)
    const answer = { info: '', index: 0n, key: NO_BYTES, proofOps: null, height }
    if (!(found instanceof Refusal)) return { ...answer, code: 0, log: '', value: found, codespace: '' }
    const { code, codespace, log } = found
    return { ...answer, code, log, value: NO_BYTES, codespace }
  }

  async #answer({ path, data, height: asked, prove }: QueryRequest): Promise<Uint8Array | Refusal> {
    const { height } = this.#state.moment
    if (height === 0) return new Refusal(REFUSED.invalidHeight, 'there is no block yet')
    if (asked !== 0 && asked !== height) {
      const newest = `height ${asked} is not available, only that of the last block, ${height}`
      return new Refusal(REFUSED.invalidHeight, newest)
    }
    if (prove) return new Refusal(REFUSED.notSupported, 'proofs')
    const { chain, addresses } = this.#requireRules()
    return answerQuery({ state: this.#state, chain, addresses }, path, data)
  }

  /** What the next block is executed on. */
  get #newest(): StateReader {
    return this.#genesis?.state ?? this.#state
  }

  get #nextHeight(): Height {
    return this.#genesis?.initialHeight ?? this.#state.moment.height + 1
  }

  get #lastTime(): Timestamp {
    return this.#genesis?.time ?? this.#state.moment.time
  }

  #placeOn(state: StateReader, height: Height, time: Timestamp): TxPlace {
    const { chain, addresses } = this.#requireRules()
    return { state: new StateLayer(state), chain, addresses, height, time }
  }

  #rulesOf(chain: Chain): BlockRules {
    return { chain, addresses: new Addresses(chain.bech32Prefix), verifier: this.#verifier }
  }

  #requireRules(): BlockRules {
    if (this.#rules !== null) return this.#rules
    throw new AppError('NO_BLOCK', 'staking: a chain begins with initChain')
  }
}

function encodeChanges(changes: ReadonlyMap<StateKey, Change>): ReadonlyMap<StateKey, Uint8Array | null> {
  const values = new Map<StateKey, Uint8Array | null>()
  for (const [key, { table, record }] of changes) {
    values.set(key, record === null ? null : table.encode(record))
  }
  return values
}

function bytesOf(hash: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hash, 'latin1'))
}
