import { sha256Hex } from '../../crypto/index.ts'
import {
  type Network,
  NetworkError,
  type NetworkHandlers,
  type PeerId,
  type PeerInfo,
  type Protocol,
  TOPICS,
  type Topic
} from '../../network/index.ts'
import type { EventQueue } from '../event-queue.ts'
import type { ProcessGate } from '../process-gate.ts'
import type { Frame, SimWires } from './wires.ts'

/**
 * Lies on the way out, for Byzantine nodes. `send` sees a message about to leave for `to` and may replace it, multiply
 * it or drop it; `answer` does the same for answers to requests.
 */
export interface SendFilter {
  send(to: PeerId, topic: Topic, data: Uint8Array): readonly Uint8Array[]
  answer(to: PeerId, protocol: Protocol, request: Uint8Array, answer: Uint8Array | null): Uint8Array | null
}

/** Messages a node remembers so as not to take or pass on one twice, where nodes relay. */
const SEEN_FRAMES = 4096
const REQUEST_BYTES = 256

/** One node's network; a new one for each life of the node. */
export class SimNetwork implements Network {
  readonly self: Network['self']
  filter: SendFilter | null = null
  readonly #wires: SimWires
  readonly #queue: EventQueue
  readonly #gate: ProcessGate
  readonly #peers = new Map<PeerId, PeerInfo>()
  readonly #seen = new Set<string>()
  #handlers: NetworkHandlers | null = null

  constructor(id: PeerId, wires: SimWires, queue: EventQueue, gate: ProcessGate) {
    this.self = { id, nodeId: id, listenAddresses: [`sim/${id}`] }
    this.#wires = wires
    this.#queue = queue
    this.#gate = gate
  }

  async start(handlers: NetworkHandlers): Promise<void> {
    if (!this.#gate.isAlive) return
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

  dial(): void {
    throw new NetworkError('BAD_ADDRESS', 'simulated wires reach everybody: there is nobody to dial')
  }

  publish(topic: Topic, data: Uint8Array): number {
    if (this.#handlers === null) return 0
    const { id } = this.self
    this.#wires.tap.onPublish?.(id, topic, data)
    if (this.#wires.relays) this.#isNew(data)
    for (const to of this.#peers.keys()) {
      for (const sent of this.filter === null ? [data] : this.filter.send(to, topic, data)) {
        this.#wires.sendFrame(id, to, { topic, data: sent, origin: id })
      }
    }
    return this.#peers.size
  }

  request(peer: PeerId, protocol: Protocol, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const fail = (code: 'TIMEOUT' | 'REFUSED', message: string): void => {
        if (this.#handlers !== null) reject(new NetworkError(code, message))
      }
      const timeout = this.#queue.plan(timeoutMs, () => {
        this.#gate.enter(() => fail('TIMEOUT', `${peer} did not answer ${protocol}`))
      })
      if (this.#handlers === null) return
      const finish = (answer: Uint8Array | null): void => {
        timeout.cancel()
        if (answer === null) fail('REFUSED', `${peer} refused ${protocol}`)
        else if (this.#handlers !== null) resolve(answer)
      }
      this.#wires.counts.requests++
      this.#onStream(this.self.id, peer, data.length + REQUEST_BYTES, () => {
        this.#wires.find(peer)?.serve(protocol, data, this.self.id, answer => {
          const bytes = (answer?.length ?? 0) + REQUEST_BYTES
          this.#onStream(peer, this.self.id, bytes, () => this.#gate.enter(() => finish(answer)))
        })
      })
    })
  }

  peers(): readonly PeerInfo[] {
    return [...this.#peers.values()]
  }

  report(peer: PeerId, reason: string): void {
    this.#wires.counts.rejected++
    this.#wires.tap.onBlame?.(this.self.id, peer, reason)
  }

  /** A gossip message has arrived. */
  receive(frame: Frame, from: PeerId): void {
    this.#gate.enter(() => {
      if (this.#handlers === null || (this.#wires.relays && !this.#isNew(frame.data))) return
      this.#handlers.onMessage(frame.topic, frame.data, from, verdict => {
        if (verdict === 'reject') this.report(from, `a ${frame.topic} message`)
        if (verdict === 'accept' && this.#wires.relays) this.#passOn(frame, from)
      })
    })
  }

  /** A request has arrived; `reply` is called with the answer, if there is ever one. */
  serve(
    protocol: Protocol,
    data: Uint8Array,
    from: PeerId,
    reply: (answer: Uint8Array | null) => void
  ): void {
    this.#gate.enter(() => {
      this.#handlers?.onRequest(protocol, data, from).then(
        answer => {
          this.#wires.tap.onAnswer?.(this.self.id, from, protocol, answer)
          reply(this.filter === null ? answer : this.filter.answer(from, protocol, data, answer))
        },
        () => {}
      )
    })
  }

  connected(id: PeerId): void {
    if (this.#peers.has(id)) return
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
    this.#gate.enter(() => this.#handlers?.onPeerConnected(peer))
  }

  disconnected(id: PeerId): void {
    if (!this.#peers.delete(id)) return
    this.#gate.enter(() => this.#handlers?.onPeerDisconnected(id))
  }

  #passOn(frame: Frame, from: PeerId): void {
    for (const to of this.#peers.keys()) {
      if (to !== from && to !== frame.origin) this.#wires.sendFrame(this.self.id, to, frame)
    }
  }

  /** Streams are refused where they are dead, and then the timeout is all that is left. */
  #onStream(from: PeerId, to: PeerId, bytes: number, arrive: () => void): void {
    if (this.#wires.weather.link(from, to).streamsDead) this.#wires.counts.lost++
    else this.#wires.carry(from, to, bytes, arrive)
  }

  #isNew(data: Uint8Array): boolean {
    const key = sha256Hex(data)
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    if (this.#seen.size > SEEN_FRAMES) {
      const [oldest] = this.#seen
      this.#seen.delete(oldest!)
    }
    return true
  }
}
