import { type Height, txSizeInBlock } from '../types/index.ts'
import type {
  AppInfo,
  Application,
  CheckTxRequest,
  CheckTxResponse,
  ExecTxResult,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  InitChainRequest,
  InitChainResponse,
  PrepareProposalRequest,
  ProcessProposalRequest,
  QueryRequest,
  QueryResponse,
  Snapshot,
  VerifyVoteExtensionRequest
} from './application.ts'

const NO_BYTES = new Uint8Array(0)

/** The answer to a transaction that is fine and has nothing to say: code 0. */
export const OK_CHECK: CheckTxResponse = Object.freeze({
  code: 0,
  data: NO_BYTES,
  log: '',
  info: '',
  gasWanted: 0n,
  gasUsed: 0n,
  events: [],
  codespace: ''
})

/** The result of a transaction that did nothing: code 0. */
export const OK_RESULT: ExecTxResult = OK_CHECK

/**
 * The application that accepts everything and keeps nothing (CometBFT's BaseApplication, its `noop`). Other built-in
 * apps extend it and replace what they need. Being without state it reports height 0, so a restarted node replays
 * all its blocks to it.
 */
export class BaseApp implements Application {
  async info(): Promise<AppInfo> {
    return { data: '', version: '', appVersion: 0, lastBlockHeight: 0, lastBlockAppHash: NO_BYTES }
  }

  async initChain(_request: InitChainRequest): Promise<InitChainResponse> {
    return { consensusParams: null, validators: [], appHash: NO_BYTES }
  }

  async checkTx(_request: CheckTxRequest): Promise<CheckTxResponse> {
    return OK_CHECK
  }

  /** As many of the given transactions, from the first on, as fit. */
  async prepareProposal(request: PrepareProposalRequest): Promise<readonly Uint8Array[]> {
    let bytes = 0
    let count = 0
    for (const tx of request.txs) {
      bytes += txSizeInBlock(tx)
      if (bytes > request.maxTxBytes) break
      count += 1
    }
    return request.txs.slice(0, count)
  }

  async processProposal(_request: ProcessProposalRequest): Promise<boolean> {
    return true
  }

  async extendVote(_request: ProcessProposalRequest): Promise<Uint8Array> {
    return NO_BYTES
  }

  /** Only what {@link extendVote} gives. */
  async verifyVoteExtension(request: VerifyVoteExtensionRequest): Promise<boolean> {
    return request.voteExtension.length === 0
  }

  async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    return {
      events: [],
      txResults: request.txs.map(() => OK_RESULT),
      validatorUpdates: [],
      consensusParamUpdates: null,
      appHash: NO_BYTES
    }
  }

  async commit(): Promise<{ readonly retainHeight: Height }> {
    return { retainHeight: 0 }
  }

  async query(_request: QueryRequest): Promise<QueryResponse> {
    return {
      code: 0,
      log: '',
      info: '',
      index: 0n,
      key: NO_BYTES,
      value: NO_BYTES,
      proofOps: null,
      height: 0,
      codespace: ''
    }
  }

  async listSnapshots(): Promise<readonly Snapshot[]> {
    return []
  }

  async offerSnapshot(
    _snapshot: Snapshot,
    _appHash: Uint8Array
  ): Promise<'accept' | 'abort' | 'reject' | 'rejectFormat' | 'rejectSender'> {
    return 'abort'
  }

  async loadSnapshotChunk(_height: Height, _format: number, _chunk: number): Promise<Uint8Array> {
    return NO_BYTES
  }

  async applySnapshotChunk(
    _index: number,
    _chunk: Uint8Array,
    _sender: string
  ): Promise<'accept' | 'abort' | 'retry' | 'rejectSnapshot'> {
    return 'abort'
  }

  async close(): Promise<void> {}
}
