import type { Application } from '../app/index.ts'
import type { BlockStore, FileSystem, KeyValueStore, StateStore, Wal } from '../blockstore/index.ts'
import type { RoundState } from '../consensus/index.ts'
import type { SignatureVerifier } from '../crypto/index.ts'
import {
  MessagePool,
  type TxPool,
  type TxPoolConfig,
  type VerifiedProposal,
  type VerifiedVote
} from '../mempool/index.ts'
import type { Network, NetworkHandlers } from '../network/index.ts'
import type { ChainState, Evidence, Genesis, Height } from '../types/index.ts'
import type { Clock, Logger, Metrics } from '../util/index.ts'
import type { AppliedBlock, BlockExecutor } from './block-executor.ts'
import {
  DEFAULT_FAULT_OPTIONS,
  type FaultBooks,
  type FaultOptions,
  type FaultWatch,
  makeFaultWatch
} from './faults/index.ts'
import { Inbound } from './gossip/inbound.ts'
import { TxGossip } from './gossip/tx-gossip.ts'
import { ConsensusHost } from './host/consensus-host.ts'
import { type HostListener, tellAll } from './host/host-listener.ts'
import { Journal } from './host/journal.ts'
import type { ChainPool } from './host/pool-messages.ts'
import type { ConsensusTiming } from './host/timeouts.ts'
import { VoteMaker } from './host/vote-maker.ts'
import { BlockMetrics } from './metrics/block-metrics.ts'
import { RoundMetrics } from './metrics/round-metrics.ts'
import type { NodeEvents } from './node-events.ts'
import { ProgressLog } from './progress-log.ts'
import { hasSignedSince, type Signer } from './signer/index.ts'
import { BlockSync } from './sync/block-sync.ts'
import { CatchUp } from './sync/catch-up.ts'
import type { LoggedHeight } from './wal-replay.ts'

/** Everything outside the process, and what a simulation exchanges. */
export interface NodePorts {
  readonly clock: Clock
  readonly network: Network
  readonly store: KeyValueStore
  readonly files: FileSystem
  readonly app: Application
  readonly verifier: SignatureVerifier
  readonly logger: Logger
  readonly metrics: Metrics
}

export interface NodeOptions {
  readonly genesis: Genesis
  readonly genesisBytes: Uint8Array
  /** Absolute path of the directory of the write-ahead log. */
  readonly walDirectory: string
  /** The log begins a new file once its head is larger; CometBFT's 10 MB when missing. */
  readonly walFileBytes?: number
  /** Absolute path of the directory of large blocks. */
  readonly blockDirectory: string
  readonly timing: ConsensusTiming
  readonly txPool: TxPoolConfig
  /** False keeps the results of the newest block only. */
  readonly keepResults?: boolean
  /** Set when the application keeps its state outside {@link NodePorts.store}. */
  readonly syncResults?: boolean
  /** Heights back in which a late message can still prove an offence. */
  readonly detectorWindow: number
  /** What differs from {@link DEFAULT_FAULT_OPTIONS}. */
  readonly faults?: Partial<FaultOptions>
  /** Null for a full node. */
  readonly signer: Signer | null
  /** Sees every move of the machine and every message, as it happens. */
  readonly observer?: HostListener
  /** The node cannot go on: it has stopped signing, and its process must end. */
  readonly onFatal: (error: unknown) => void
}

/** What is open before consensus starts. */
export interface OpenParts {
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
  readonly txPool: TxPool
  readonly executor: BlockExecutor
  readonly events: NodeEvents
  readonly wal: Wal
  readonly logged: LoggedHeight
  readonly state: ChainState
  readonly faultBooks: FaultBooks
  /** Set once the node is whole; blocks applied during recovery tell nobody. */
  readonly appliedListeners: Set<(applied: AppliedBlock) => void>
  readonly pendingListeners: Set<(evidence: Evidence) => void>
}

/**
 * A running validator: connects host, network, pools and stores. Made by `openNode`.
 */
export class Node {
  readonly ports: NodePorts
  readonly options: NodeOptions
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
  readonly txPool: TxPool
  readonly executor: BlockExecutor
  readonly events: NodeEvents
  readonly pool: ChainPool = new MessagePool<VerifiedVote, VerifiedProposal>()
  readonly host: ConsensusHost
  readonly catchUp: CatchUp
  readonly blockSync: BlockSync
  /** Detector, evidence pool and downtime records. */
  readonly faults: FaultWatch
  readonly #open: OpenParts
  readonly #inbound: Inbound
  readonly #txGossip: TxGossip
  readonly #voteMaker: VoteMaker | null
  readonly #unsubscribe: () => void
  readonly #blockMetrics: BlockMetrics
  readonly #progressLog: ProgressLog
  #state: ChainState
  #stopped: Promise<void> | null = null

  constructor(ports: NodePorts, options: NodeOptions, open: OpenParts) {
    this.ports = ports
    this.options = options
    this.#open = open
    this.#state = open.state
    this.blockStore = open.blockStore
    this.stateStore = open.stateStore
    this.txPool = open.txPool
    this.executor = open.executor
    this.events = open.events
    this.#blockMetrics = new BlockMetrics(ports.metrics, options.signer?.address ?? null)
    this.#progressLog = new ProgressLog(ports.logger.child('consensus'))
    this.#voteMaker = this.#makeVoteMaker()
    this.host = this.#makeHost()
    this.faults = this.#makeFaultWatch()
    this.#inbound = this.#makeInbound()
    this.blockSync = this.#makeBlockSync()
    this.catchUp = this.#makeCatchUp()
    this.#txGossip = this.#makeTxGossip()
    this.#unsubscribe = this.txPool.onTxsAvailable(() => this.#wantBlock())
    open.appliedListeners.add(applied => this.#onApplied(applied))
    open.pendingListeners.add(evidence => {
      this.faults.onPending(evidence)
      this.#wantBlock()
    })
  }

  /** The state after the newest applied block. */
  get state(): ChainState {
    return this.#state
  }

  get machine(): RoundState {
    return this.host.machine
  }

  /** Joins the network and goes on where the log ends. */
  async start(): Promise<void> {
    const { logged } = this.#open
    await this.ports.network.start(this.#handlers())
    this.catchUp.start()
    await this.host.start(logged.records, record => this.#inbound.admitLogged(record))
    if (this.faults.pool.size > 0) this.#wantBlock()
  }

  /** There is something to put into a block: transactions, or evidence, which wants one as much. */
  #wantBlock(): void {
    this.host.postOwn({ kind: 'txsAvailable', height: this.host.context.height })
  }

  /** Stops signing at once, then leaves the network and closes the log. The stores belong to the caller. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.host.stop()
    this.catchUp.stop()
    this.blockSync.stop()
    this.#txGossip.stop()
    this.faults.stop()
    this.#inbound.stop()
    this.#unsubscribe()
    await this.ports.network.stop()
    await this.host.whenIdle()
    await this.faults.pool.whenIdle()
    await this.#open.wal.close()
    await this.blockStore.close()
  }

  readonly #fatal = (error: unknown): void => {
    this.host.stop()
    this.options.onFatal(error)
  }

  /** What was signed in a height whose log is lost may have been a lock: nothing more is signed there. */
  #silentThrough(signer: Signer): Height {
    const { logged, state } = this.#open
    if (logged.isWhole || !hasSignedSince(signer, state)) return 0
    const { height } = signer.last
    this.ports.logger.warn('this validator signed in a height whose log is lost; it signs again after it', {
      height
    })
    return height
  }

  #makeVoteMaker(): VoteMaker | null {
    const { signer } = this.options
    if (signer === null) return null
    const { app, clock, logger, metrics } = this.ports
    const refusals = metrics.counter('signer', 'refusals_total', 'Signatures the double-sign guard refused.')
    return new VoteMaker({
      signer,
      app,
      clock,
      logger: logger.child('signer'),
      silentThrough: this.#silentThrough(signer),
      admitOwn: message => this.#inbound.admitOwn(message),
      onRefused: () => refusals.inc()
    })
  }

  #makeHost(): ConsensusHost {
    const { clock, logger, network } = this.ports
    return new ConsensusHost(
      {
        clock,
        logger: logger.child('consensus'),
        timing: this.options.timing,
        pool: this.pool,
        journal: new Journal(this.#open.wal),
        executor: this.executor,
        voteMaker: this.#voteMaker,
        publish: (topic, frame) => network.publish(topic, frame),
        listener: tellAll([
          this.#hostListener(),
          new RoundMetrics(this.ports.metrics, clock),
          ...(this.options.observer ? [this.options.observer] : [])
        ]),
        waitsForTxs: state =>
          this.txPool.size === 0 && this.faults.pool.size === 0 && !needsProofBlock(this.blockStore, state),
        fatal: this.#fatal
      },
      this.#open.state
    )
  }

  #hostListener(): HostListener {
    return {
      onTransition: transition => {
        this.catchUp.noteNews()
        this.#progressLog.onTransition(transition)
        this.events.emitTransition(transition)
      },
      onMessage: (message, outcome) => {
        if (outcome !== 'added') return
        this.catchUp.noteNews()
        if (message.kind === 'vote') this.events.emit({ kind: 'vote', vote: message.vote })
      },
      onPart: outcome => {
        if (outcome === 'added') this.catchUp.noteNews()
      },
      onBlockComplete: (machine, blockId) => this.events.emitBlockComplete(machine, blockId),
      onHeight: ({ height }) => {
        this.#inbound.onHeight(height)
        this.#txGossip.onHeight(height)
        void this.#open.wal.prune(height).catch(this.#fatal)
      }
    }
  }

  #makeInbound(): Inbound {
    const { verifier, clock, metrics } = this.ports
    return new Inbound({
      verifier,
      clock,
      metrics,
      pool: this.pool,
      current: () => ({ context: this.host.context, round: this.host.machine.round }),
      post: event => this.host.post(event),
      validatorsAt: height => this.stateStore.loadValidators(height),
      detectorWindow: this.options.detectorWindow,
      onAdmitted: (message, from) => this.faults.onAdmitted(message, from)
    })
  }

  #makeFaultWatch(): FaultWatch {
    const { network, clock, logger, metrics } = this.ports
    const { faultBooks, logged } = this.#open
    return makeFaultWatch({
      network,
      clock,
      logger: logger.child('evidence'),
      metrics,
      options: { ...DEFAULT_FAULT_OPTIONS, ...this.options.faults },
      blockStore: this.blockStore,
      stateStore: this.stateStore,
      books: faultBooks,
      windowBlocks: this.options.detectorWindow,
      signer: this.options.signer,
      height: this.host.context.height,
      isLogWhole: logged.isWhole,
      current: () => {
        const { height, state } = this.host.context
        return { height, round: this.host.machine.round, validators: state.validators }
      },
      stopSigning: () => this.#voteMaker?.stopSigning()
    })
  }

  #makeCatchUp(): CatchUp {
    const { network, clock, logger, metrics } = this.ports
    return new CatchUp({
      network,
      clock,
      logger: logger.child('catchup'),
      metrics,
      inbound: this.#inbound,
      pool: this.pool,
      current: () => ({ context: this.host.context, machine: this.host.machine }),
      base: () => this.blockStore.base,
      pullIntervalMs: this.options.timing.pullIntervalMs,
      onPeerAhead: (peer, position) => this.blockSync.noteTip(peer, position.height - 1)
    })
  }

  #makeBlockSync(): BlockSync {
    const { network, clock, logger, metrics } = this.ports
    return new BlockSync({
      network,
      clock,
      logger: logger.child('blocksync'),
      metrics,
      store: this.blockStore,
      current: () => this.host.context,
      post: event => this.host.post(event)
    })
  }

  #makeTxGossip(): TxGossip {
    const { network, clock, metrics } = this.ports
    const { txPool } = this
    return new TxGossip({
      network,
      clock,
      txPool,
      metrics,
      maxTxBytes: this.options.txPool.maxTxBytes,
      fatal: this.#fatal
    })
  }

  #handlers(): NetworkHandlers {
    return {
      onMessage: (topic, data, from, judge) => {
        // What peers send throws nothing; what this node reads for it from a damaged disk does.
        try {
          if (topic === 'txs') this.#txGossip.onFrame(data, from, judge)
          else if (topic === 'consensus') judge(this.#inbound.onConsensusFrame(data, from))
          else if (topic === 'parts') judge(this.#inbound.onPartFrame(data, from))
          else this.faults.onFrame(data, from, judge)
        } catch (error) {
          this.#fatal(error)
        }
      },
      onRequest: async (protocol, data, from) => {
        if (protocol === 'catchup') return this.catchUp.answer(data, from)
        return protocol === 'sync' ? this.blockSync.answer(data) : null
      },
      onPeerConnected: peer => {
        this.catchUp.onPeerConnected(peer.id)
        this.#txGossip.onPeersChanged()
      },
      onPeerDisconnected: peer => {
        this.#txGossip.onPeersChanged()
        this.catchUp.onPeerDisconnected(peer)
        this.blockSync.onPeerDisconnected(peer)
      }
    }
  }

  /** Forgets what neither the app nor evidence needs any more; in slices, beside consensus. */
  async #prune(applied: AppliedBlock): Promise<void> {
    const { consensusParams, lastBlockHeight, lastBlockTime } = applied.state
    const age = { lastBlockHeight, lastBlockTime, evidence: consensusParams.evidence }
    const base = await this.blockStore.pruneTo(applied.retainHeight, age)
    await this.stateStore.pruneTo(base.block, base.header)
  }

  #onApplied(applied: AppliedBlock): void {
    this.#state = applied.state
    this.#blockMetrics.onApplied(
      applied,
      this.blockStore.loadMeta(applied.block.header.height)?.blockSize ?? 0,
      this.blockSync.isSyncing
    )
    this.#progressLog.onApplied(applied)
    this.faults.onApplied(applied)
    this.events.emitApplied(applied)
    if (applied.retainHeight > 0) void this.#prune(applied).catch(this.#fatal)
  }
}

/** An app hash that changed wants a block that proves it, even an empty one (CometBFT needProofBlock). */
function needsProofBlock(store: BlockStore, state: ChainState): boolean {
  if (state.lastBlockHeight === 0) return true
  return store.loadMeta(state.lastBlockHeight)?.header.appHash !== state.appHash
}
