import {
  type Network,
  NetworkError,
  type NetworkHandlers,
  type PeerId,
  type PeerInfo,
  type Protocol,
  TOPICS,
  type Topic,
  type Verdict
} from '../network/index.ts'
import type { EventQueue } from './event-queue.ts'
import type { Prng } from './prng.ts'

/** How one direction between two nodes behaves right now. */
export interface LinkState {
  readonly cut: boolean
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** Probability that a message is lost. */
  readonly loss: number
  /** Probability that a message arrives twice, the second time much later. */
  readonly duplicate: number
  /** Gossip delivers nothing, streams work. */
  readonly gossipDead: boolean
  /** Streams refuse, gossip works. */
  readonly streamsDead: boolean
  /** Nothing is lost but nothing arrives before this virtual time. */
  readonly cloggedUntilMs: number
}

export const PERFECT_LINK: LinkState = {
  cut: false,
  minDelayMs: 1,
  maxDelayMs: 3,
  loss: 0,
  duplicate: 0,
  gossipDead: false,
  streamsDead: false,
  cloggedUntilMs: 0
}

export interface NetworkCounts {
  delivered: number
  lost: number
  duplicated: number
  requests: number
  rejected: number
}

/** Sees a message about to leave `from` for `to`; may replace it, multiply it or drop it. For Byzantine senders. */
export type SendFilter = (to: PeerId, topic: Topic, data: Uint8Array) => readonly Uint8Array[]

const DUPLICATE_DELAY_MS = 2000

/** The wires between all simulated nodes. */
export class SimWires {
  readonly counts: NetworkCounts = { delivered: 0, lost: 0, duplicated: 0, requests: 0, rejected: 0 }
  readonly #queue: EventQueue
  readonly #prng: Prng
  readonly #endpoints = new Map<PeerId, SimNetwork>()
  #link: (from: PeerId, to: PeerId) => LinkState = () => PERFECT_LINK

  constructor(queue: EventQueue, prng: Prng) {
    this.#queue = queue
    this.#prng = prng
  }

  /** Sets how every link behaves from now on. */
  setLinks(link: (from: PeerId, to: PeerId) => LinkState): void {
    this.#link = link
  }

  endpoint(id: PeerId): SimNetwork {
    return new SimNetwork(id, this, this.#queue)
  }

  attach(network: SimNetwork): void {
    this.#endpoints.set(network.self.id, network)
    for (const other of this.#others(network.self.id)) {
      other.connected(network.self.id)
      network.connected(other.self.id)
    }
  }

  detach(network: SimNetwork): void {
    if (this.#endpoints.get(network.self.id) !== network) return
    this.#endpoints.delete(network.self.id)
    for (const other of this.#others(network.self.id)) other.disconnected(network.self.id)
  }

  gossip(from: SimNetwork, topic: Topic, data: Uint8Array, filter: SendFilter | null): number {
    let recipients = 0
    for (const to of this.#others(from.self.id)) {
      recipients++
      const link = this.#link(from.self.id, to.self.id)
      for (const sent of filter ? filter(to.self.id, topic, data) : [data]) {
        if (link.gossipDead) this.counts.lost++
        else this.carry(link, () => to.receive(topic, sent, from.self.id))
      }
    }
    return recipients
  }

  /** Plans the arrival of something on a link, or loses it. */
  carry(link: LinkState, arrive: () => void): void {
    if (link.cut || this.#prng.chance(link.loss)) {
      this.counts.lost++
      return
    }
    const clogMs = Math.max(0, link.cloggedUntilMs - this.#queue.nowMs)
    const spread = link.maxDelayMs - link.minDelayMs
    this.counts.delivered++
    this.#queue.plan(clogMs + link.minDelayMs + this.#prng.float() * spread, arrive)
    if (this.#prng.chance(link.duplicate)) {
      this.counts.duplicated++
      this.#queue.plan(clogMs + link.minDelayMs + this.#prng.float() * DUPLICATE_DELAY_MS, arrive)
    }
  }

  find(id: PeerId): SimNetwork | undefined {
    return this.#endpoints.get(id)
  }

  linkBetween(from: PeerId, to: PeerId): LinkState {
    return this.#link(from, to)
  }

  #others(id: PeerId): SimNetwork[] {
    const others: SimNetwork[] = []
    for (const endpoint of this.#endpoints.values()) if (endpoint.self.id !== id) others.push(endpoint)
    return others
  }
}

/** One node's network; a new one for each life of the node. */
export class SimNetwork implements Network {
  readonly self: Network['self']
  /** Lies on the way out, for Byzantine nodes; null for honest ones. */
  sendFilter: SendFilter | null = null
  readonly #wires: SimWires
  readonly #queue: EventQueue
  readonly #peers = new Map<PeerId, PeerInfo>()
  #handlers: NetworkHandlers | null = null

  constructor(id: PeerId, wires: SimWires, queue: EventQueue) {
    this.self = { id, nodeId: id, listenAddresses: [`sim/${id}`] }
    this.#wires = wires
    this.#queue = queue
  }

  async start(handlers: NetworkHandlers): Promise<void> {
    this.#handlers = handlers
    this.#wires.attach(this)
  }

  async stop(): Promise<void> {
    this.cut()
  }

  /** The process is gone: nothing arrives or leaves any more, and the others see the connection close. */
  cut(): void {
    this.#handlers = null
    this.#wires.detach(this)
  }

  publish(topic: Topic, data: Uint8Array): number {
    if (this.#handlers === null) return 0
    return this.#wires.gossip(this, topic, data, this.sendFilter)
  }

  request(peer: PeerId, protocol: Protocol, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const timeout = this.#queue.plan(timeoutMs, () => {
        if (this.#handlers !== null) reject(new NetworkError('TIMEOUT', `${peer} did not answer ${protocol}`))
      })
      const finish = (answer: Uint8Array | null): void => {
        if (this.#handlers === null) return
        timeout.cancel()
        if (answer === null) reject(new NetworkError('REFUSED', `${peer} refused ${protocol}`))
        else resolve(answer)
      }
      const there = this.#wires.linkBetween(this.self.id, peer)
      if (this.#handlers === null || there.streamsDead) return
      this.#wires.counts.requests++
      this.#wires.carry(there, () => {
        const server = this.#wires.find(peer)
        void server?.serve(protocol, data, this.self.id)?.then(answer => {
          const back = this.#wires.linkBetween(peer, this.self.id)
          if (!back.streamsDead) this.#wires.carry(back, () => finish(answer))
        })
      })
    })
  }

  peers(): readonly PeerInfo[] {
    return [...this.#peers.values()]
  }

  report(_peer: PeerId, _reason: string): void {
    this.#wires.counts.rejected++
  }

  receive(topic: Topic, data: Uint8Array, from: PeerId): void {
    this.#handlers?.onMessage(topic, data, from, (verdict: Verdict) => {
      if (verdict === 'reject') this.#wires.counts.rejected++
    })
  }

  serve(protocol: Protocol, data: Uint8Array, from: PeerId): Promise<Uint8Array | null> | undefined {
    return this.#handlers?.onRequest(protocol, data, from)
  }

  connected(id: PeerId): void {
    const peer: PeerInfo = {
      id,
      nodeId: id,
      address: `sim/${id}`,
      outbound: this.self.id < id,
      connectedAtMs: this.#queue.nowMs,
      topics: TOPICS,
      moniker: id
    }
    this.#peers.set(id, peer)
    this.#handlers?.onPeerConnected(peer)
  }

  disconnected(id: PeerId): void {
    this.#peers.delete(id)
    this.#handlers?.onPeerDisconnected(id)
  }
}
