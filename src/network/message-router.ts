import { errorMessage, type Logger } from '../util/index.ts'
import { ATTEMPT_BYTES, type AttemptCounter, contentKey } from './attempts.ts'
import { DirectStreams } from './direct-streams.ts'
import type { Gossip } from './gossip.ts'
import type { NetworkMeter } from './meter.ts'
import { encodeNeighbours, NeighbourTable } from './neighbours.ts'
import type { NetworkHandlers, PeerId, Topic, Verdict } from './network.ts'
import type { NetworkSettings } from './options.ts'
import type { PendingVerdicts } from './pending-verdicts.ts'
import type { SeenCache } from './seen-cache.ts'
import type { WireNames } from './wire-names.ts'

export interface MessageRouterDependencies {
  readonly settings: NetworkSettings
  readonly names: WireNames
  readonly gossip: Gossip
  readonly direct: DirectStreams
  readonly attempts: AttemptCounter
  readonly seen: SeenCache
  readonly pending: PendingVerdicts
  readonly logger: Logger
  readonly meter: NetworkMeter
  /** The lower bound of the gossip mesh: a node with no more peers has all of them in its mesh. */
  readonly meshLow: number
  readonly readyPeers: () => readonly PeerId[]
  readonly onMessage: NetworkHandlers['onMessage']
  readonly onOffence: (peer: PeerId, reason: string) => void
}

/**
 * Chooses how each message travels, and sees that every message is handed to the node once, judged once, and passed
 * on when it is accepted and somebody may still lack it.
 */
export class MessageRouter {
  readonly #deps: MessageRouterDependencies
  readonly #neighbours = new NeighbourTable()

  constructor(deps: MessageRouterDependencies) {
    this.#deps = deps
  }

  /** Returns to how many peers the message was handed. */
  publish(topic: Topic, data: Uint8Array): number {
    const { settings, meter, attempts, names, seen } = this.#deps
    if (data.length > settings.maxMessageBytes[topic]) {
      meter.oversized(topic)
      this.#deps.logger.error('own message is over the size limit of its topic', {
        topic,
        bytes: data.length
      })
      return 0
    }
    const frame = attempts.frame(topic, data)
    if (!settings.directTopics.has(topic)) return this.#publishGossip(topic, frame)
    seen.add(contentKey(names.topics[topic], frame))
    return this.#sendDirectly(topic, frame, this.#deps.readyPeers())
  }

  /** A message that came by gossip. */
  fromGossip(topic: Topic, frame: Uint8Array, from: PeerId, id: string): void {
    const { gossip, seen } = this.#deps
    if (!seen.add(id)) {
      gossip.settle(id, from, 'ignore')
      return
    }
    this.#deliver(topic, frame, from, verdict => {
      const passOn = verdict !== 'accept' || this.#mayRelayGossip(topic, from)
      gossip.settle(id, from, passOn ? verdict : 'ignore')
    })
  }

  /** A message that came on a direct stream. */
  fromStream(topic: Topic, frame: Uint8Array, from: PeerId): void {
    if (!this.#deps.seen.add(contentKey(this.#deps.names.topics[topic], frame))) return
    this.#deliver(topic, frame, from, verdict => {
      if (verdict !== 'accept') return
      const lacking = this.#peersLacking(from)
      if (lacking.length > 0) this.#sendDirectly(topic, frame, lacking)
    })
  }

  /** A peer said whom it is connected to. */
  neighboursOf(peer: PeerId, list: Uint8Array): void {
    if (!this.#neighbours.update(peer, list)) this.#deps.onOffence(peer, 'malformed list of neighbours')
  }

  /** Tells one peer, or all of them, whom this node is connected to. */
  announceNeighbours(to?: PeerId): void {
    const { direct, readyPeers } = this.#deps
    const peers = readyPeers()
    const bytes = DirectStreams.neighbours(encodeNeighbours(peers))
    for (const peer of to === undefined ? peers : [to]) direct.send(peer, bytes)
  }

  forget(peer: PeerId): void {
    this.#neighbours.forget(peer)
  }

  #publishGossip(topic: Topic, frame: Uint8Array): number {
    const reached = this.#deps.gossip.publish(topic, frame)
    this.#deps.meter.sent(topic, frame.length, reached)
    return reached.length
  }

  /** Peers without a stream get the message by gossip, which then floods; those that have it already drop it. */
  #sendDirectly(topic: Topic, frame: Uint8Array, peers: readonly PeerId[]): number {
    const { direct, gossip, meter } = this.#deps
    const bytes = DirectStreams.message(topic, frame)
    const sent: PeerId[] = []
    const without: PeerId[] = []
    for (const peer of peers) {
      const result = direct.send(peer, bytes)
      if (result === 'sent') sent.push(peer)
      else if (result === 'full') meter.directDropped(topic)
      else without.push(peer)
    }
    meter.sent(topic, bytes.length, sent)
    if (without.length === 0) return sent.length
    const reached = new Set(gossip.publish(topic, frame))
    meter.sent(topic, frame.length, reached)
    return sent.length + without.filter(peer => reached.has(peer)).length
  }

  #deliver(topic: Topic, frame: Uint8Array, from: PeerId, onVerdict: (verdict: Verdict) => void): void {
    const { settings, meter, pending, onMessage, onOffence, logger } = this.#deps
    meter.received(topic, frame.length, from)
    const judge = pending.add((verdict, inTime) => {
      meter.judged(topic, verdict, inTime)
      onVerdict(verdict)
      if (verdict === 'reject') onOffence(from, `rejected message on ${topic}`)
    })
    const bytes = frame.length - ATTEMPT_BYTES
    if (bytes < 0 || bytes > settings.maxMessageBytes[topic]) {
      logger.debug('message of illegal size', { topic, bytes, peer: from })
      judge('reject')
      return
    }
    try {
      onMessage(topic, frame.subarray(ATTEMPT_BYTES), from, judge)
    } catch (error) {
      logger.error('message handler failed', { topic, error: errorMessage(error) })
      judge('ignore')
    }
  }

  /** The peers that are not connected to the one a message came from, by their own account. */
  #peersLacking(from: PeerId): PeerId[] {
    return this.#deps.readyPeers().filter(peer => peer !== from && !this.#neighbours.areConnected(peer, from))
  }

  /**
   * Whether gossip passes an accepted message on. By 'auto' it does not when every peer is connected to the sender and
   * the sender has so few peers that its mesh holds them all: then all have had it from the sender.
   */
  #mayRelayGossip(topic: Topic, from: PeerId): boolean {
    const rule = this.#deps.settings.relay[topic]
    if (rule !== 'auto') return rule === 'always'
    const senderPeers = this.#neighbours.countOf(from)
    return senderPeers === null || senderPeers > this.#deps.meshLow || this.#peersLacking(from).length > 0
  }
}
