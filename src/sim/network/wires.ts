import { decodeConsensusFrame, decodePartFrame, encodeConsensusFrame } from '../../mempool/index.ts'
import type { PeerId, Protocol, Topic } from '../../network/index.ts'
import type { ConsensusMessage, VoteType } from '../../types/index.ts'
import type { EventQueue } from '../event-queue.ts'
import type { Prng } from '../prng.ts'
import { type LinkState, PERFECT_LINK, Weather } from './link.ts'
import type { SimNetwork } from './sim-network.ts'

/** What travelled, and what became of it. */
export interface NetworkCounts {
  delivered: number
  lost: number
  duplicated: number
  replayed: number
  requests: number
  rejected: number
}

/** One gossip message on its way; `origin` published it. */
export interface Frame {
  readonly topic: Topic
  readonly data: Uint8Array
  readonly origin: PeerId
}

/** Watches the wires from outside. */
export interface WireTap {
  /** A node publishes; called once, before the frame is cut up for its recipients. */
  onPublish?(from: PeerId, topic: Topic, data: Uint8Array): void
  /** A frame reaches a node. */
  onArrival?(to: PeerId, from: PeerId, frame: Frame): void
  /** A node answers a request; null refuses it. */
  onAnswer?(from: PeerId, to: PeerId, protocol: Protocol, answer: Uint8Array | null): void
  /** A node holds a peer guilty of something. */
  onBlame?(by: PeerId, about: PeerId, reason: string): void
}

export interface WireOptions {
  /** Which nodes connect at all; everybody with everybody when missing. */
  readonly areNeighbours?: (a: PeerId, b: PeerId) => boolean
  /** Nodes pass on what they accept, as gossipsub does, each message once. */
  readonly relays?: boolean
}

const DUPLICATE_DELAY_MS = 2000
const REPLAY_DELAY_MS = 30_000
const REMEMBERED_FRAMES = 256

/** The wires between all simulated nodes. */
export class SimWires {
  readonly counts: NetworkCounts = {
    delivered: 0,
    lost: 0,
    duplicated: 0,
    replayed: 0,
    requests: 0,
    rejected: 0
  }
  readonly weather = new Weather(PERFECT_LINK)
  readonly relays: boolean
  tap: WireTap = {}
  readonly #queue: EventQueue
  readonly #prng: Prng
  readonly #areNeighbours: (a: PeerId, b: PeerId) => boolean
  readonly #endpoints = new Map<PeerId, SimNetwork>()
  readonly #remembered: { readonly frame: Frame; readonly from: PeerId }[] = []
  /** When each narrow link will have carried what is on it. */
  readonly #busyUntilMs = new Map<string, number>()

  constructor(queue: EventQueue, prng: Prng, options: WireOptions = {}) {
    this.#queue = queue
    this.#prng = prng
    this.relays = options.relays ?? false
    this.#areNeighbours = options.areNeighbours ?? (() => true)
  }

  get endpoints(): readonly PeerId[] {
    return [...this.#endpoints.keys()]
  }

  find(id: PeerId): SimNetwork | undefined {
    return this.#endpoints.get(id)
  }

  /** A node joins: its neighbours and it see each other connect. */
  attach(network: SimNetwork): void {
    this.#endpoints.set(network.self.id, network)
    for (const other of this.#endpoints.keys()) this.connect(network.self.id, other)
  }

  /** A node is gone: the others see the connection close. */
  detach(network: SimNetwork): void {
    const { id } = network.self
    if (this.#endpoints.get(id) !== network) return
    this.#endpoints.delete(id)
    for (const other of this.#endpoints.values()) other.disconnected(id)
  }

  /** Connects two nodes if both are there and may be neighbours. */
  connect(a: PeerId, b: PeerId): void {
    const [first, second] = [this.#endpoints.get(a), this.#endpoints.get(b)]
    if (a === b || first === undefined || second === undefined || !this.#areNeighbours(a, b)) return
    first.connected(b)
    second.connected(a)
  }

  disconnect(a: PeerId, b: PeerId): void {
    this.#endpoints.get(a)?.disconnected(b)
    this.#endpoints.get(b)?.disconnected(a)
  }

  /** Sends one gossip message to one neighbour. */
  sendFrame(from: PeerId, to: PeerId, sent: Frame): void {
    const link = this.weather.link(from, to)
    const frame = link.withholds === null ? sent : without(sent, link.withholds)
    if (frame === null || link.gossipDead || (link.losesVotes !== null && hasVote(frame, link.losesVotes))) {
      this.counts.lost++
      return
    }
    const arrive = (): void => {
      const there = this.#endpoints.get(to)
      if (there === undefined) return
      this.tap.onArrival?.(to, from, frame)
      there.receive(frame, from)
    }
    this.carry(from, to, frame.data.length, arrive)
    if (this.#remembered.length < REMEMBERED_FRAMES) this.#remembered.push({ frame, from })
    else this.#remembered[this.counts.delivered % REMEMBERED_FRAMES] = { frame, from }
    if (link.replay > 0 && this.#prng.chance(link.replay)) this.#replay(to)
  }

  /** Plans the arrival of something on a link, or loses it. */
  carry(from: PeerId, to: PeerId, bytes: number, arrive: () => void): void {
    const link = this.weather.link(from, to)
    if (link.cut || this.#prng.chance(link.loss)) {
      this.counts.lost++
      return
    }
    const delayMs = this.#delay(link, from, to, bytes)
    this.counts.delivered++
    this.#queue.plan(delayMs, arrive)
    if (this.#prng.chance(link.duplicate)) {
      this.counts.duplicated++
      this.#queue.plan(delayMs + this.#prng.float() * DUPLICATE_DELAY_MS, arrive)
    }
  }

  #delay(link: LinkState, from: PeerId, to: PeerId, bytes: number): number {
    const clogMs = Math.max(0, link.cloggedUntilMs - this.#queue.nowMs)
    const delayMs = clogMs + link.minDelayMs + this.#prng.float() * (link.maxDelayMs - link.minDelayMs)
    if (link.bytesPerMs === 0) return delayMs
    const key = `${from} ${to}`
    const startMs = Math.max(this.#queue.nowMs, this.#busyUntilMs.get(key) ?? 0)
    const doneMs = startMs + bytes / link.bytesPerMs
    this.#busyUntilMs.set(key, doneMs)
    return doneMs - this.#queue.nowMs + delayMs
  }

  /** An old message comes again, to whoever it is. */
  #replay(to: PeerId): void {
    const { frame, from } = this.#prng.pick(this.#remembered)
    this.counts.replayed++
    this.#queue.plan(this.#prng.float() * REPLAY_DELAY_MS, () => {
      const there = this.#endpoints.get(to)
      if (there === undefined || from === to) return
      this.tap.onArrival?.(to, from, frame)
      there.receive(frame, from)
    })
  }
}

/** The frame without these messages; null when nothing is left of it. */
function without(frame: Frame, isWithheld: (message: ConsensusMessage) => boolean): Frame | null {
  const { topic, data } = frame
  if (topic !== 'consensus' && topic !== 'parts') return frame
  const decoded = topic === 'consensus' ? decodeConsensusFrame(data) : decodePartFrame(data)
  if (!decoded.ok) return frame
  const { attempt } = decoded.value
  const messages = decoded.value.messages.map(({ message }) => message)
  const left = messages.filter(message => !isWithheld(message))
  if (left.length === messages.length) return frame
  return left.length === 0 ? null : { ...frame, data: encodeConsensusFrame({ attempt, messages: left }) }
}

function hasVote({ topic, data }: Frame, type: VoteType): boolean {
  if (topic !== 'consensus') return false
  const frame = decodeConsensusFrame(data)
  return (
    frame.ok &&
    frame.value.messages.some(({ message }) => message.kind === 'vote' && message.vote.type === type)
  )
}
