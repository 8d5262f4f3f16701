import type {
  BlockIdFlag,
  ConsensusParams,
  Height,
  Hex,
  Power,
  Timestamp,
  ValidatorUpdate
} from '../types/index.ts'

/** ABCI 2.0's methods as CometBFT v0.38 calls them; int64 gas as bigint, hashes as bytes where the app owns them. */

export interface EventAttribute {
  readonly key: string
  readonly value: string
  readonly index: boolean
}
export interface AppEvent {
  readonly type: string
  readonly attributes: readonly EventAttribute[]
}

export interface AppInfo {
  readonly data: string
  readonly version: string
  readonly appVersion: number
  readonly lastBlockHeight: Height
  readonly lastBlockAppHash: Uint8Array
}

export interface InitChainRequest {
  readonly time: Timestamp
  readonly chainId: string
  readonly consensusParams: ConsensusParams
  readonly validators: readonly ValidatorUpdate[]
  /** The JSON text under app_state. */
  readonly appState: string
  readonly initialHeight: Height
}
export interface InitChainResponse {
  readonly consensusParams: ConsensusParamsUpdate | null
  /** Empty keeps the genesis validators. */
  readonly validators: readonly ValidatorUpdate[]
  readonly appHash: Uint8Array
}

/** Sections that are null stay as they are. */
export type ConsensusParamsUpdate = { readonly [K in keyof ConsensusParams]: ConsensusParams[K] | null }

export interface CheckTxRequest {
  readonly tx: Uint8Array
  readonly type: 'new' | 'recheck'
}
export interface CheckTxResponse {
  /** 0 is OK. */
  readonly code: number
  readonly data: Uint8Array
  readonly log: string
  readonly info: string
  readonly gasWanted: bigint
  readonly gasUsed: bigint
  readonly events: readonly AppEvent[]
  readonly codespace: string
}

export interface CommitInfoVote {
  readonly validator: { readonly address: Hex; readonly power: Power }
  readonly blockIdFlag: BlockIdFlag
}
export interface CommitInfo {
  readonly round: number
  readonly votes: readonly CommitInfoVote[]
}
export interface ExtendedCommitInfoVote extends CommitInfoVote {
  readonly voteExtension: Uint8Array
  readonly extensionSignature: Uint8Array
}
export interface ExtendedCommitInfo {
  readonly round: number
  readonly votes: readonly ExtendedCommitInfoVote[]
}

export interface Misbehavior {
  /** ABCI: 1 duplicate vote, 2 light client attack; 3 duplicate proposal is ours. */
  readonly type: 'duplicateVote' | 'lightClientAttack' | 'duplicateProposal'
  readonly validator: { readonly address: Hex; readonly power: Power }
  readonly height: Height
  readonly time: Timestamp
  readonly totalVotingPower: Power
}

export interface PrepareProposalRequest {
  readonly maxTxBytes: number
  readonly txs: readonly Uint8Array[]
  readonly localLastCommit: ExtendedCommitInfo
  readonly misbehavior: readonly Misbehavior[]
  readonly height: Height
  readonly time: Timestamp
  readonly nextValidatorsHash: Hex
  readonly proposerAddress: Hex
}
export interface ProcessProposalRequest {
  readonly txs: readonly Uint8Array[]
  readonly proposedLastCommit: CommitInfo
  readonly misbehavior: readonly Misbehavior[]
  /** Hash of the block. */
  readonly hash: Hex
  readonly height: Height
  readonly time: Timestamp
  readonly nextValidatorsHash: Hex
  readonly proposerAddress: Hex
}
export interface VerifyVoteExtensionRequest {
  readonly hash: Hex
  readonly validatorAddress: Hex
  readonly height: Height
  readonly voteExtension: Uint8Array
}

export interface FinalizeBlockRequest {
  readonly txs: readonly Uint8Array[]
  readonly decidedLastCommit: CommitInfo
  readonly misbehavior: readonly Misbehavior[]
  readonly hash: Hex
  readonly height: Height
  readonly time: Timestamp
  readonly nextValidatorsHash: Hex
  readonly proposerAddress: Hex
}
export interface ExecTxResult {
  readonly code: number
  readonly data: Uint8Array
  readonly log: string
  readonly info: string
  readonly gasWanted: bigint
  readonly gasUsed: bigint
  readonly events: readonly AppEvent[]
  readonly codespace: string
}
export interface FinalizeBlockResponse {
  readonly events: readonly AppEvent[]
  /** One a transaction, in order. */
  readonly txResults: readonly ExecTxResult[]
  readonly validatorUpdates: readonly ValidatorUpdate[]
  readonly consensusParamUpdates: ConsensusParamsUpdate | null
  readonly appHash: Uint8Array
}

export interface QueryRequest {
  readonly data: Uint8Array
  readonly path: string
  /** 0 means the latest. */
  readonly height: Height
  readonly prove: boolean
}
export interface ProofOp {
  readonly type: string
  readonly key: Uint8Array
  readonly data: Uint8Array
}
export interface QueryResponse {
  readonly code: number
  readonly log: string
  readonly info: string
  readonly index: bigint
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly proofOps: readonly ProofOp[] | null
  readonly height: Height
  readonly codespace: string
}

export interface Snapshot {
  readonly height: Height
  readonly format: number
  readonly chunks: number
  readonly hash: Uint8Array
  readonly metadata: Uint8Array
}

/**
 * The application port. The node calls `info` first, `initChain` once for a new chain, `checkTx` for the tx pool, and
 * for each height prepareProposal / processProposal any number of times, then finalizeBlock and commit once. Every
 * method may reject with an error, which stops the node: an app that fails cannot be agreed about.
 */
export interface Application {
  info(): Promise<AppInfo>
  initChain(request: InitChainRequest): Promise<InitChainResponse>
  checkTx(request: CheckTxRequest): Promise<CheckTxResponse>
  /** Which transactions to put into a block; their bytes must stay within maxTxBytes. */
  prepareProposal(request: PrepareProposalRequest): Promise<readonly Uint8Array[]>
  /** False makes this validator prevote nil. */
  processProposal(request: ProcessProposalRequest): Promise<boolean>
  extendVote(request: ProcessProposalRequest): Promise<Uint8Array>
  verifyVoteExtension(request: VerifyVoteExtensionRequest): Promise<boolean>
  finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse>
  /** Makes the finalized block durable. Returns the lowest height whose blocks the app still needs, 0 for all. */
  commit(): Promise<{ readonly retainHeight: Height }>
  query(request: QueryRequest): Promise<QueryResponse>
  listSnapshots(): Promise<readonly Snapshot[]>
  offerSnapshot(
    snapshot: Snapshot,
    appHash: Uint8Array
  ): Promise<'accept' | 'abort' | 'reject' | 'rejectFormat' | 'rejectSender'>
  loadSnapshotChunk(height: Height, format: number, chunk: number): Promise<Uint8Array>
  applySnapshotChunk(
    index: number,
    chunk: Uint8Array,
    sender: string
  ): Promise<'accept' | 'abort' | 'retry' | 'rejectSnapshot'>
  close(): Promise<void>
}
