import type { AppInfo, CheckTxResponse, QueryRequest, QueryResponse } from '../../../../src/app/index.ts'
import type {
  NodeEvent,
  NodeInfo,
  NodeView,
  PeerStateView,
  PeerView,
  Refused,
  RoundStateView,
  TxTaken
} from '../../../../src/rpc/index.ts'
import {
  DEFAULT_CONSENSUS_PARAMS,
  type Evidence,
  encodeBlock,
  type Height,
  makePartSet,
  NIL_BLOCK_ID,
  timestampFromMs,
  txHash
} from '../../../../src/types/index.ts'
import { FakeFaults } from './fake-faults.ts'
import { FakeIndex } from './fake-index.ts'
import {
  CHAIN_ID,
  GENESIS_MS,
  makeTestChain,
  type SyntheticChain,
  timeOf,
  txResult
} from './synthetic-chain.ts'

const NO_BYTES = new Uint8Array(0)

/** A node view over a chain in memory, whose answers a test can turn. */
export class FakeNodeView implements NodeView {
  readonly synthetic: SyntheticChain
  readonly listeners = new Set<(event: NodeEvent) => void>()
  readonly pool: Uint8Array[] = []
  readonly taken: string[] = []
  readonly evidence: Evidence[] = []
  readonly queries: QueryRequest[] = []
  readonly dialled: unknown[] = []
  base: Height = 1
  catchingUp = false
  running = true
  refuseTx: string | null = null
  refuseEvidence: string | null = null
  checkCode = 0
  checkFailure: Error | null = null
  /** True: a transaction that passes its check is in a block at once. */
  commitsAtOnce = true
  flushed = 0
  index: FakeIndex | null
  readonly faults = new FakeFaults()

  constructor(synthetic: SyntheticChain = makeTestChain()) {
    this.synthetic = synthetic
    this.index = new FakeIndex(synthetic)
  }

  readonly identity = {
    nodeInfo: (): NodeInfo => testNodeInfo(),
    validatorKey: () => this.synthetic.keys[0]!,
    isCatchingUp: () => this.catchingUp
  }

  readonly chain: NodeView['chain'] = (() => {
    const view = this
    const stored = (height: Height) =>
      height >= view.base && height <= view.synthetic.height ? view.synthetic.at(height) : null
    return {
      get genesis() {
        return view.synthetic.genesis
      },
      baseHeight: () => (view.synthetic.height === 0 ? 0 : view.base),
      latestHeight: () => view.synthetic.height,
      block: async height => stored(height)?.block ?? null,
      blockMeta: height => stored(height)?.meta ?? null,
      heightOfBlock(hash) {
        const found = view.synthetic.blocks.find(({ meta }) => meta.blockId.hash === hash)
        return found === undefined ? null : found.block.header.height
      },
      canonicalCommit: height => stored(height + 1)?.block.lastCommit ?? null,
      seenCommit: height => stored(height)?.seenCommit ?? null,
      results: height => stored(height)?.results ?? null,
      validators: height =>
        height === view.synthetic.height + 1
          ? view.synthetic.nextValidators
          : (stored(height)?.validators ?? null),
      consensusParams: height => (height <= view.synthetic.height + 1 ? DEFAULT_CONSENSUS_PARAMS : null)
    }
  })()

  readonly consensus = {
    roundState: (): RoundStateView | null => (this.running ? testRoundState(this.synthetic) : null),
    peerStates: (): readonly PeerStateView[] => [testPeerState(this.synthetic)]
  }

  readonly network = {
    isListening: () => true,
    listeners: () => ['Listener(@)'],
    peers: (): readonly PeerView[] => [
      {
        nodeInfo: testNodeInfo(),
        isOutbound: true,
        remoteIp: '127.0.0.1',
        connectedAt: timestampFromMs(GENESIS_MS),
        connectedMs: 2000,
        sent: { bytes: 5000, samples: 2, lastRate: 900, currentRate: 1200.4, peakRate: 4100, idleMs: 3 },
        received: { bytes: 7000, samples: 2, lastRate: 0, currentRate: 0, peakRate: 7000, idleMs: 1500 }
      }
    ]
  }

  readonly txPool = {
    submit: async (tx: Uint8Array): Promise<TxTaken | Refused> => this.#submit(tx),
    list: (limit: number) => this.pool.slice(0, limit),
    count: () => this.pool.length,
    totalBytes: () => this.pool.reduce((sum, tx) => sum + tx.length, 0)
  }

  readonly app = {
    info: async (): Promise<AppInfo> => ({
      data: '{"size":0}',
      version: '2.0.0',
      appVersion: 1,
      lastBlockHeight: this.synthetic.height,
      lastBlockAppHash: Buffer.from('00000000000000ff', 'hex')
    }),
    query: async (request: QueryRequest): Promise<QueryResponse> => this.#query(request),
    checkTx: async (): Promise<CheckTxResponse> => this.#check()
  }

  readonly events = {
    subscribe: (listener: (event: NodeEvent) => void) => {
      this.listeners.add(listener)
      return () => this.listeners.delete(listener)
    }
  }

  readonly unsafe = {
    flushTxPool: () => {
      this.flushed += 1
    },
    dialSeeds: async (seeds: readonly string[]) => {
      this.dialled.push(seeds)
      return { kind: 'dialling' as const }
    },
    dialPeers: async (peers: readonly string[], options: unknown) => {
      this.dialled.push([peers, options])
      return { kind: 'dialling' as const }
    }
  }

  async submitEvidence(evidence: Evidence): Promise<{ kind: 'added' } | Refused> {
    if (this.refuseEvidence !== null) return { kind: 'refused', reason: this.refuseEvidence }
    this.evidence.push(evidence)
    return { kind: 'added' }
  }

  emit(event: NodeEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  /** Makes a block of `txs` and tells of it. */
  commitBlock(txs: readonly Uint8Array[]): void {
    const { block, meta, results } = this.synthetic.append(txs)
    this.emit({ kind: 'blockApplied', block, blockId: meta.blockId, results, validatorUpdates: [] })
  }

  #submit(tx: Uint8Array): TxTaken | Refused {
    if (this.refuseTx !== null) return { kind: 'refused', reason: this.refuseTx }
    const hash = txHash(tx)
    this.taken.push(hash)
    return { kind: 'taken', hash, checked: this.#checkAndPool(tx) }
  }

  async #checkAndPool(tx: Uint8Array): Promise<CheckTxResponse> {
    const response = this.#check()
    if (response.code === 0) {
      if (this.commitsAtOnce) this.commitBlock([tx])
      else this.pool.push(tx)
    }
    return response
  }

  #check(): CheckTxResponse {
    if (this.checkFailure !== null) throw this.checkFailure
    const ok = { ...txResult(NO_BYTES), events: [] }
    return this.checkCode === 0
      ? ok
      : { ...ok, code: this.checkCode, log: 'not allowed', codespace: 'app', data: Buffer.from('why') }
  }

  #query(request: QueryRequest): QueryResponse {
    this.queries.push(request)
    const key = Buffer.from(request.data).toString()
    const exists = key === 'tx0'
    return {
      code: 0,
      log: exists ? 'exists' : 'does not exist',
      info: '',
      index: 0n,
      key: request.data,
      value: exists ? Buffer.from('value') : NO_BYTES,
      proofOps: request.prove ? [{ type: 'ics23:iavl', key: request.data, data: Buffer.from('p') }] : null,
      height: request.height === 0 ? this.synthetic.height : request.height,
      codespace: ''
    }
  }
}

export function testNodeInfo(): NodeInfo {
  return {
    protocolVersion: { p2p: 8, block: 11, app: 1 },
    id: 'cf4a66aa29e5123abfdfbdf485da6788bb8e46d1',
    listenAddress: 'tcp://0.0.0.0:26656',
    network: CHAIN_ID,
    version: '0.38.0-test',
    channels: '40202122233038606100',
    moniker: 'test node',
    other: { tx_index: 'on', rpc_address: 'tcp://127.0.0.1:26657', peer_id: '12D3KooWTest' }
  }
}

/** Round 0 of the next height: a complete proposal, three prevotes, one precommit. */
function testRoundState(chain: SyntheticChain): RoundStateView {
  const height = chain.height + 1
  const last = chain.blocks.at(-1)!
  const vote = (type: 'prevote' | 'precommit', index: number) =>
    chain.vote(type, height, index, index === 1 ? NIL_BLOCK_ID : last.meta.blockId, timeOf(height))
  const { header } = makePartSet(encodeBlock(last.block))
  return {
    height,
    round: 0,
    step: 'precommit',
    startTime: timeOf(height),
    commitTime: timeOf(height),
    validators: chain.nextValidators,
    proposal: chain.proposal(height, last.meta.blockId),
    proposalBlock: last.block,
    proposalParts: { header, received: [true] },
    locked: { round: 0, blockId: last.meta.blockId, block: last.block },
    valid: { round: 0, blockId: last.meta.blockId, block: last.block },
    votes: [
      {
        round: 0,
        prevotes: [vote('prevote', 0), vote('prevote', 1), null, vote('prevote', 3)],
        precommits: [vote('precommit', 0), null, null, null]
      }
    ],
    commitRound: -1,
    lastCommit: {
      votes: [0, 1, 2].map(index =>
        chain.vote('precommit', height - 1, index, last.meta.blockId, timeOf(height))
      ),
      validators: last.validators
    },
    waitingForPrecommits: false
  }
}

function testPeerState(chain: SyntheticChain): PeerStateView {
  return {
    address: 'cf4a66aa29e5123abfdfbdf485da6788bb8e46d1@127.0.0.1:26656',
    height: chain.height + 1,
    round: 0,
    step: 'prevote',
    startTime: timeOf(chain.height + 1),
    hasProposal: true,
    proposalParts: { header: { total: 2, hash: 'ab'.repeat(32) }, received: [true, false] },
    prevotes: [true, false, false, true],
    precommits: null,
    usefulVotes: 12,
    usefulBlockParts: 3
  }
}
