import type { Application } from '../../app/index.ts'
import {
  explain,
  formatExplanation,
  formatTransition,
  type Timeout,
  type TimeoutKind,
  type VoteKind
} from '../../consensus/index.ts'
import { encodePartFrame, packConsensusFrames } from '../../mempool/index.ts'
import type { NetworkHandlers } from '../../network/index.ts'
import {
  type BlockId,
  type BlockIdKey,
  blockIdKey,
  type ConsensusMessage,
  decodeBlock,
  encodeConsensusMessage,
  type Hex,
  NIL_BLOCK_ID,
  proposerOfRound,
  timestampFromMs
} from '../../types/index.ts'
import { errorMessage } from '../../util/index.ts'
import {
  type ConsensusTiming,
  encodeCatchUpResponse,
  type HostListener,
  type HostTransition,
  type Node
} from '../../validator/index.ts'
import { ByzantineKey } from '../byzantine/byzantine-key.ts'
import { otherValidBlock, type PackedBlock, packBlock } from '../byzantine/forge-block.ts'
import { SIM_TIMING, SimCluster } from '../cluster.ts'
import { SimNetwork } from '../network/index.ts'
import { ProcessGate } from '../process-gate.ts'
import { SIM_EPOCH_MS } from '../sim-clock.ts'
import type { NodeWrapping } from '../sim-node.ts'
import { seatsOf } from './seats.ts'
import { type StoryChain, StoryError } from './story-text.ts'

const HEIGHT = 1
/** No timer of the machine comes to its end by itself: a story says when. */
const NEVER_MS = 1e9
const SEED = 'story'
const NODE = 'self'
const PEER = 'peer'
const ANSWER_MS = 20_000
const WRONG_APP_HASH = 'ff'.repeat(8)

interface Gate {
  readonly opened: Promise<void>
  open(): void
}

/** A real node on a chain of one height, with the story in the place of the other validators and of the clock. */
export class StoryBed {
  readonly #chain: StoryChain
  readonly #cluster: SimCluster
  /** By number in the story, the index of the key. */
  readonly #keyOf: readonly number[]
  readonly #invalid: ReadonlySet<string>
  readonly #blocks = new Map<string, PackedBlock>()
  readonly #names = new Map<BlockIdKey, string>()
  readonly #answers: Uint8Array[] = []
  readonly #mayStart = makeGate()
  #mayBuild = makeGate()
  #holdsBuilding = false
  #template: PackedBlock | null = null
  #transitions: HostTransition[] = []
  #attempt = 0
  #fatal: unknown = null

  /** `invalid`: names that some command calls invalid. `rounds`: how many the story comes to. */
  private constructor(chain: StoryChain, invalid: ReadonlySet<string>, rounds: number) {
    this.#chain = chain
    this.#invalid = invalid
    const base = { seed: SEED, powers: chain.powers, scheme: 'hash', app: 'kvstore' } as const
    this.#keyOf = seatsOf(chain, base.seed, rounds)
    const key = chain.self === null ? chain.powers.length : this.#keyOf[chain.self]!
    this.#cluster = new SimCluster({
      ...base,
      timing: storyTiming(),
      machines: [{ name: NODE, key, wrapping: this.#wrapping() }],
      onFatal: (_, error) => {
        this.#fatal = error
      }
    })
  }

  static async open(chain: StoryChain, invalid: ReadonlySet<string>, rounds: number): Promise<StoryBed> {
    const bed = new StoryBed(chain, invalid, rounds)
    bed.#cluster.startAll()
    bed.#attachPeer()
    await bed.settle()
    return bed
  }

  get node(): Node {
    const { node } = this.#cluster.nodes[0]!
    if (node === null) throw new StoryError('UNPLAYABLE', `the node stopped: ${errorMessage(this.#fatal)}`)
    return node
  }

  get round(): number {
    return this.node.host.machine.round
  }

  /** Whether the node waits for the block it builds, and takes nothing else until then. */
  get isBuilding(): boolean {
    return this.node.host.machine.building
  }

  /** What the machine did since it was asked last, one line a move. */
  takeLines(): readonly string[] {
    const moves = this.#transitions
    this.#transitions = []
    return moves.map(({ input, after, effects, fired }) =>
      formatTransition(input, { state: after, effects, fired }, key => this.#nameOf(key))
    )
  }

  explanation(): string {
    const { machine, context } = this.node.host
    return formatExplanation(explain(machine, context.env), key => this.#nameOf(key))
  }

  async start(): Promise<void> {
    this.#holdsBuilding = true
    this.#mayStart.open()
    await this.settle()
  }

  /** The block the node is building is done, and called by this name. */
  async built(name: string): Promise<void> {
    const before = new Set([...this.node.host.context.blocks.entries()].map(({ key }) => key))
    this.#mayBuild.open()
    this.#mayBuild = makeGate()
    await this.settle()
    for (const { key } of this.node.host.context.blocks.entries()) {
      if (before.has(key)) continue
      this.#names.set(key, name)
      const { block } = this.node.host.context.blocks.get(key)!
      if (block !== null) this.#blocks.set(name, packBlock(block))
    }
  }

  async propose(name: string, round: number, polRound: number, withBlock: boolean): Promise<void> {
    const { blockId } = this.#block(name)
    const proposal = this.#signer(this.#chain.proposerOf(round)).proposal({
      height: HEIGHT,
      round,
      polRound,
      blockId,
      timestamp: timestampFromMs(SIM_EPOCH_MS + this.#cluster.queue.nowMs)
    })
    await this.#deliver({ kind: 'proposal', proposal })
    if (withBlock) await this.sendBlock(name, round)
  }

  async sendBlock(name: string, round: number): Promise<void> {
    for (const part of this.#block(name).parts) {
      await this.#deliver({ kind: 'blockPart', height: HEIGHT, round, part })
    }
  }

  /** `value` null for nil. */
  async vote(kind: VoteKind, round: number, value: string | null, from: readonly number[]): Promise<void> {
    for (const number of from) await this.#deliver(this.#signedVote(kind, round, value, number))
  }

  /** Votes that come together, in the answer of a peer. */
  async certificate(
    kind: VoteKind,
    round: number,
    value: string | null,
    from: readonly number[]
  ): Promise<void> {
    const votes = from.map(number => encodeConsensusMessage(this.#signedVote(kind, round, value, number)))
    const position = { height: HEIGHT, round, step: 'propose', base: 1 } as const
    this.#answers.push(encodeCatchUpResponse({ position, messages: [], certificates: [votes] }))
    await this.#cluster.runUntil(() => this.#answers.length === 0, ANSWER_MS)
    await this.settle(10)
  }

  async timeout(kind: TimeoutKind, round: number): Promise<void> {
    const timeout: Timeout = { kind, height: HEIGHT, round }
    this.node.host.postOwn({ kind: 'timeoutElapsed', timeout })
    await this.settle()
  }

  /** Lets everything happen that needs no more than `ms` of time. */
  async settle(ms = 0): Promise<void> {
    const { queue } = this.#cluster
    const untilMs = queue.nowMs + ms
    for (let quiet = 0; quiet < 3; ) {
      await new Promise<void>(resolve => setImmediate(resolve))
      if (queue.nextMs <= untilMs && queue.runNext()) quiet = 0
      else quiet++
    }
  }

  #wrapping(): NodeWrapping {
    return {
      observer: this.#observer(),
      onOpen: async (node: Node) => {
        const { parts } = await node.executor.build(node.state, this.#firstProposer(node))
        this.#template = packBlock(decodeBlock(Buffer.concat(parts.map(({ bytes }) => bytes))))
        await this.#mayStart.opened
      },
      app: app => this.#holding(app)
    }
  }

  /** The application, which takes as long over a proposal as the story says. */
  #holding(app: Application): Application {
    return new Proxy(app, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        // The story ends with the decision: the next height is another one.
        if (name === 'finalizeBlock') return () => new Promise(() => {})
        if (name !== 'prepareProposal') return value.bind(target)
        return async (request: unknown) => {
          if (this.#holdsBuilding) await this.#mayBuild.opened
          return value.call(target, request)
        }
      }
    })
  }

  #firstProposer({ state }: Node): Hex {
    return proposerOfRound(state.validators, 0).address
  }

  #observer(): HostListener {
    return {
      onTransition: transition => {
        this.#transitions.push(transition)
      },
      onMessage() {},
      onPart() {},
      onBlockComplete() {},
      onHeight() {}
    }
  }

  /** Somebody to ask for what was missed: says nothing but what the story has for him to say. */
  #attachPeer(): void {
    const { wires, queue } = this.#cluster
    const network = new SimNetwork(PEER, wires, queue, new ProcessGate(queue))
    const handlers: NetworkHandlers = {
      onMessage: (_topic, _data, _from, judge) => judge('ignore'),
      onRequest: async (_protocol, _data) => this.#answers.shift() ?? null,
      onPeerConnected() {},
      onPeerDisconnected() {}
    }
    void network.start(handlers)
  }

  async #deliver(message: ConsensusMessage): Promise<void> {
    const attempt = ++this.#attempt
    const isPart = message.kind === 'blockPart'
    const frames = isPart ? [encodePartFrame(message, attempt)] : packConsensusFrames(attempt, [message])
    for (const data of frames) {
      const topic = isPart ? 'parts' : 'consensus'
      this.#cluster.wires.find(NODE)?.receive({ topic, data, origin: PEER }, PEER)
    }
    await this.settle()
  }

  #signedVote(kind: VoteKind, round: number, value: string | null, number: number): ConsensusMessage {
    const { validators } = this.node.state
    const signer = this.#signer(number)
    const blockId: BlockId = value === null ? NIL_BLOCK_ID : this.#block(value).blockId
    const timestamp = timestampFromMs(SIM_EPOCH_MS + this.#cluster.queue.nowMs + 1)
    const validatorIndex = validators.indexByAddress.get(signer.address) ?? -1
    return {
      kind: 'vote',
      vote: signer.vote({ type: kind, height: HEIGHT, round, blockId, timestamp, validatorIndex })
    }
  }

  #signer(number: number): ByzantineKey {
    const index = this.#keyOf[number]
    if (index === undefined) throw new StoryError('UNREADABLE', `there is no validator ${number + 1}`)
    const { crypto, genesis } = this.#cluster
    return new ByzantineKey(crypto.key(SEED, index), genesis.chainId, () => {})
  }

  /** The block of a name, made when it is first spoken of. */
  #block(name: string): PackedBlock {
    let packed = this.#blocks.get(name)
    if (packed === undefined) {
      const block = otherValidBlock(this.#template!.block, name)
      packed = packBlock(
        this.#invalid.has(name) ? { ...block, header: { ...block.header, appHash: WRONG_APP_HASH } } : block
      )
      this.#blocks.set(name, packed)
      this.#names.set(blockIdKey(packed.blockId), name)
    }
    return packed
  }

  #nameOf(key: BlockIdKey): string {
    return this.#names.get(key) ?? key.slice(0, 8)
  }
}

function makeGate(): Gate {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

function storyTiming(): ConsensusTiming {
  return {
    ...SIM_TIMING,
    timeoutProposeMs: NEVER_MS,
    timeoutPrevoteMs: NEVER_MS,
    timeoutPrecommitMs: NEVER_MS,
    timeoutCommitMs: NEVER_MS
  }
}
