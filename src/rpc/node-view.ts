import type {
  AppInfo,
  CheckTxRequest,
  CheckTxResponse,
  ExecTxResult,
  FinalizeBlockResponse,
  QueryRequest,
  QueryResponse
} from '../app/index.ts'
import type {
  Block,
  BlockId,
  BlockMeta,
  Commit,
  ConsensusParams,
  Evidence,
  Genesis,
  Height,
  Hex,
  PartSetHeader,
  Proposal,
  PublicKey,
  Round,
  Timestamp,
  Validator,
  ValidatorSet,
  Vote
} from '../types/index.ts'
import type { FaultView } from './fault-view.ts'
import type { JsonObject } from './json/json.ts'

/**
 * What the RPC server needs from a node: its only way in. Reads answer from what is already there; no call may wait for
 * consensus or hold it up. A read of something the node does not have is null, never an
 * exception. Whatever is returned belongs to the caller as a value: the node must not change it afterwards.
 */
export interface NodeView {
  readonly identity: IdentityView
  readonly chain: ChainView
  readonly consensus: ConsensusView
  readonly network: NetworkView
  readonly txPool: TxPoolView
  readonly app: AppView
  readonly events: EventSource
  /** Null when the node keeps no index, 'elsewhere' when it fills a database that answers to others alone. */
  readonly index: EventIndex | 'elsewhere' | null
  /** Null unless the operator asked for the unsafe routes. */
  readonly unsafe: UnsafeControls | null
  readonly faults: FaultView
  /**
   * Hands in evidence that was decoded and checked for shape. It is added when it holds for the node's own history,
   * refused with the reason otherwise; known evidence counts as added.
   */
  submitEvidence(evidence: Evidence): Promise<{ readonly kind: 'added' } | Refused>
}

/** Something the node would not take, with a reason made for the client. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
}

export interface NodeInfo {
  readonly protocolVersion: { readonly p2p: number; readonly block: number; readonly app: number }
  /** 20 bytes of lower-case hex: the address of the node's ed25519 key. Clients refuse any other form. */
  readonly id: Hex
  /** As in `tcp://0.0.0.0:26656`; not empty. */
  readonly listenAddress: string
  /** The chain id. */
  readonly network: string
  /** Must start with `0.38.`, by which clients choose how to read the answers. */
  readonly version: string
  /** CometBFT's channel ids as hex, '' for none. */
  readonly channels: Hex
  /** Not empty. */
  readonly moniker: string
  /** Text only: at least tx_index ('on' or 'off'), rpc_address, peer_id. */
  readonly other: Readonly<Record<string, string>>
}

export interface IdentityView {
  nodeInfo(): NodeInfo
  /**
   * The validator key of this node and its address. A full node that has none gives its node key: clients insist on a
   * key here, and its voting power is answered as 0.
   */
  validatorKey(): { readonly address: Hex; readonly publicKey: PublicKey }
  /** True while blocks come from peers and consensus does not run yet. */
  isCatchingUp(): boolean
}

/** Blocks and what came of them. Heights from `baseHeight` to `latestHeight` are there without a gap. */
export interface ChainView {
  readonly genesis: Genesis
  /** The lowest stored block; 0 when there is none. */
  baseHeight(): Height
  /** The highest block whose results are known; 0 when there is none. */
  latestHeight(): Height
  /** The one read here that may take a turn: the disk is asked for what is large or old. */
  block(height: Height): Promise<Block | null>
  blockMeta(height: Height): BlockMeta | null
  /** Height of the stored block with this header hash. */
  heightOfBlock(hash: Hex): Height | null
  /** The commit for `height` that the next block carries: the canonical one. Null at the latest height. */
  canonicalCommit(height: Height): Commit | null
  /** The precommits this node itself saw for its latest block. */
  seenCommit(height: Height): Commit | null
  /** What the app answered to the block; null when not kept. */
  results(height: Height): FinalizeBlockResponse | null
  /** The set that signs `height`, with its priorities; up to `latestHeight + 1`. */
  validators(height: Height): ValidatorSet | null
  /** The parameters in force for `height`; up to `latestHeight + 1`. */
  consensusParams(height: Height): ConsensusParams | null
}

/** Steps under CometBFT's names; a machine without a step of that name never gives it. */
export type RoundStepName =
  | 'newHeight'
  | 'newRound'
  | 'propose'
  | 'prevote'
  | 'prevoteWait'
  | 'precommit'
  | 'precommitWait'
  | 'commit'

/** One kind of vote of one round: an entry a validator in set order, null where none has come. */
export type VoteList = readonly (Vote | null)[]

export interface RoundVotes {
  readonly round: Round
  readonly prevotes: VoteList
  readonly precommits: VoteList
}

/** How much of a part set is here: one flag a part. */
export interface PartProgress {
  readonly header: PartSetHeader
  readonly received: readonly boolean[]
}

/** A value this node locked or holds as valid. */
export interface RoundBlock {
  readonly round: Round
  readonly blockId: BlockId
  /** Null while the block itself is not complete here. */
  readonly block: Block | null
}

/** The height being decided, as this node sees it at one moment. */
export interface RoundStateView {
  readonly height: Height
  readonly round: Round
  readonly step: RoundStepName
  /** When this height's round 0 began or will begin. */
  readonly startTime: Timestamp
  /** When +2/3 precommits for the last block were seen; null before the first commit since the node started. */
  readonly commitTime: Timestamp | null
  /** The set of this height; `proposer` is the one of `round`. */
  readonly validators: ValidatorSet
  readonly proposal: Proposal | null
  readonly proposalBlock: Block | null
  readonly proposalParts: PartProgress | null
  readonly locked: RoundBlock | null
  readonly valid: RoundBlock | null
  /** Rounds 0 to `round`, in order. */
  readonly votes: readonly RoundVotes[]
  /** The round a decision was seen in, -1 for none. */
  readonly commitRound: Round
  /** Precommits of the height before with the set that signed it; null at the initial height. */
  readonly lastCommit: { readonly votes: VoteList; readonly validators: ValidatorSet } | null
  /** True when this round has +2/3 precommits for anything and its wait is running. */
  readonly waitingForPrecommits: boolean
}

/** Where a peer says it is. Bit lists have one flag a validator or part; null when not known. */
export interface PeerStateView {
  /** `id@host:port`. */
  readonly address: string
  readonly height: Height
  readonly round: Round
  readonly step: RoundStepName
  readonly startTime: Timestamp
  readonly hasProposal: boolean
  readonly proposalParts: PartProgress | null
  readonly prevotes: readonly boolean[] | null
  readonly precommits: readonly boolean[] | null
  /** Messages taken from this peer that were of use. */
  readonly usefulVotes: number
  readonly usefulBlockParts: number
}

export interface ConsensusView {
  /** Null while consensus does not run (catching up). */
  roundState(): RoundStateView | null
  /** At most the number of connected peers. */
  peerStates(): readonly PeerStateView[]
  /** Why the height goes on or does not, with the numbers behind it. A node that cannot tell has no such method. */
  diagnose?(): JsonObject
}

/** How bytes move in one direction; rates in bytes a second. */
export interface FlowView {
  readonly bytes: number
  /** How many times the rate was measured. */
  readonly samples: number
  /** In the last whole sample. */
  readonly lastRate: number
  /** A moving average. */
  readonly currentRate: number
  readonly peakRate: number
  /** Since when nothing moved. */
  readonly idleMs: number
}

export interface PeerView {
  readonly nodeInfo: NodeInfo
  readonly isOutbound: boolean
  readonly remoteIp: string
  readonly connectedAt: Timestamp
  readonly connectedMs: number
  readonly sent: FlowView
  readonly received: FlowView
}

export interface NetworkView {
  isListening(): boolean
  /** As in `Listener(@0.0.0.0:26656)`. */
  listeners(): readonly string[]
  peers(): readonly PeerView[]
}

/** A transaction the pool took for checking. */
export interface TxTaken {
  readonly kind: 'taken'
  readonly hash: Hex
  /** The app's answer. With a code other than 0 the transaction is not in the pool. */
  readonly checked: Promise<CheckTxResponse>
}

export interface TxPoolView {
  /**
   * Gives a transaction to the pool, in the order of the calls. What the pool itself decides (already in cache, too
   * large, full) is the outcome; the app's answer follows. Waits while a block is being committed. The caller may drop
   * `checked` without waiting. CometBFT's reasons, word for word:
   * `tx already exists in cache`; `Tx too large. Max size is N, but got M`;
   * `mempool is full: number of txs N (max: M), total txs bytes B (max: C)`.
   */
  submit(tx: Uint8Array): Promise<TxTaken | Refused>
  /** The first `limit` transactions in the order they would be proposed. */
  list(limit: number): readonly Uint8Array[]
  count(): number
  totalBytes(): number
}

export interface AppView {
  info(): Promise<AppInfo>
  query(request: QueryRequest): Promise<QueryResponse>
  /** Runs the check alone; the pool does not hear of it. */
  checkTx(request: CheckTxRequest): Promise<CheckTxResponse>
}

/** What a node tells as it happens. Block events come after the block is applied and its state saved, in height order. */
export type NodeEvent =
  | {
      readonly kind: 'blockApplied'
      readonly block: Block
      readonly blockId: BlockId
      readonly results: FinalizeBlockResponse
      /** The validators the app changed, with their new power and priority 0; power 0 means removed. */
      readonly validatorUpdates: readonly Validator[]
    }
  | {
      readonly kind: 'newRound'
      readonly height: Height
      readonly round: Round
      readonly step: RoundStepName
      readonly proposer: { readonly address: Hex; readonly index: number }
    }
  | {
      readonly kind: 'completeProposal'
      readonly height: Height
      readonly round: Round
      readonly step: RoundStepName
      readonly blockId: BlockId
    }
  | {
      readonly kind: 'roundState'
      readonly name:
        | 'NewRoundStep'
        | 'TimeoutPropose'
        | 'TimeoutWait'
        | 'Polka'
        | 'Lock'
        | 'Unlock'
        | 'Relock'
        | 'ValidBlock'
      readonly height: Height
      readonly round: Round
      readonly step: RoundStepName
    }
  | { readonly kind: 'vote'; readonly vote: Vote }

export interface EventSource {
  /** Calls `listener` for every event until the returned function is called. The listener returns quickly, never throws. */
  subscribe(listener: (event: NodeEvent) => void): () => void
}

/** A committed transaction and what the app made of it. */
export interface IndexedTx {
  readonly height: Height
  readonly index: number
  readonly tx: Uint8Array
  readonly result: ExecTxResult
}

/** One value of one indexed attribute. */
export interface IndexEntry {
  readonly height: Height
  /** Position of the transaction in its block; 0 in the index of blocks. */
  readonly txIndex: number
  /** Position of the event among those of its transaction or block: attributes of one event share it. */
  readonly eventIndex: number
  readonly value: string
}

/** Limits an index scan. */
export interface IndexRange {
  /** Only entries with exactly this value. */
  readonly value?: string
  /** Inclusive. */
  readonly minHeight?: Height
  /** Inclusive. */
  readonly maxHeight?: Height
}

/**
 * The index of transactions and blocks by the attributes of their events. It stores and scans; which entries answer a
 * query is decided by the caller. Keys are `type.attribute` of attributes marked `index`, and besides them `tx.height`
 * for transactions and `block.height` for blocks (value: the height in decimal, eventIndex -1).
 */
export interface EventIndex {
  tx(hash: Hex): IndexedTx | null
  txAt(height: Height, index: number): IndexedTx | null
  txEntries(key: string, range: IndexRange): AsyncIterable<IndexEntry>
  blockEntries(key: string, range: IndexRange): AsyncIterable<IndexEntry>
}

/** What only an operator on a private listener may do. */
export interface UnsafeControls {
  flushTxPool(): void
  /** Begins dialling; does not wait. */
  dialSeeds(seeds: readonly string[]): Promise<{ readonly kind: 'dialling' } | Refused>
  dialPeers(
    peers: readonly string[],
    options: { readonly persistent: boolean; readonly unconditional: boolean; readonly private: boolean }
  ): Promise<{ readonly kind: 'dialling' } | Refused>
}
