import type { GossipSub, GossipsubMessage } from '@chainsafe/libp2p-gossipsub'
import { errorMessage, type Logger } from '../util/index.ts'
import { asUint8Array } from './framed-stream.ts'
import { type PeerId, TOPICS, type Topic, type Verdict } from './network.ts'
import { NetworkError } from './network-error.ts'
import type { WireNames } from './wire-names.ts'

/** What this room uses of gossipsub beyond its declared interface; the service has all of it. */
interface GossipRouter extends GossipSub {
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  /** Subscribers by topic. */
  readonly topics: ReadonlyMap<string, ReadonlySet<string>>
  reportMessageValidationResult(messageId: string, source: string, verdict: Verdict): void
}

/** Missing from this many publishes in a row although subscribed, a peer's link counts as broken. */
const MISSES_UNTIL_BROKEN = 2

export interface GossipDependencies {
  readonly names: WireNames
  readonly logger: Logger
  /** A message gossipsub has not seen before. `id` is contentKey of the topic's wire name and the frame. */
  readonly onMessage: (topic: Topic, frame: Uint8Array, from: PeerId, id: string) => void
  /** A peer is subscribed and connected, but publishing does not reach it. */
  readonly onUnreachable: (peer: PeerId) => void
}

/** The chain's topics on gossipsub, and the watch over links on which publishing is in vain. */
export class Gossip {
  readonly #router: GossipRouter
  readonly #deps: GossipDependencies
  readonly #misses = new Map<PeerId, number>()

  constructor(service: GossipSub, deps: GossipDependencies) {
    this.#router = asRouter(service)
    this.#deps = deps
    service.addEventListener('gossipsub:message', event => this.#receive(event.detail))
  }

  /** Joins every topic; the service must be started. */
  subscribe(): void {
    for (const topic of TOPICS) this.#router.subscribe(this.#deps.names.topics[topic])
  }

  /** Sends to all subscribers and returns those that are reachable. */
  publish(topic: Topic, frame: Uint8Array): PeerId[] {
    const subscribers = this.subscribersOf(topic)
    this.#router.publish(this.#deps.names.topics[topic], frame).then(
      ({ recipients }) => this.#watchRecipients(subscribers, recipients),
      (error: unknown) =>
        this.#deps.logger.warn('gossip could not publish', { topic, error: errorMessage(error) })
    )
    return subscribers.filter(peer => this.canReach(peer))
  }

  /** Tells gossipsub what became of a message: accept passes it on. */
  settle(id: string, from: PeerId, verdict: Verdict): void {
    try {
      this.#router.reportMessageValidationResult(id, from, verdict)
    } catch (error) {
      this.#deps.logger.warn('gossip could not take a verdict', { error: errorMessage(error) })
    }
  }

  subscribersOf(topic: Topic): PeerId[] {
    return [...(this.#router.topics.get(this.#deps.names.topics[topic]) ?? [])]
  }

  isSubscribed(peer: PeerId, topic: Topic): boolean {
    return this.#router.topics.get(this.#deps.names.topics[topic])?.has(peer) ?? false
  }

  topicsOf(peer: PeerId): Topic[] {
    return TOPICS.filter(topic => this.isSubscribed(peer, topic))
  }

  /** Whether the stream to this peer stands. */
  canReach(peer: PeerId): boolean {
    return this.#router.streamsOutbound.has(peer)
  }

  forget(peer: PeerId): void {
    this.#misses.delete(peer)
  }

  #receive({ msgId, msg, propagationSource }: GossipsubMessage): void {
    const topic = this.#deps.names.topicOfName.get(msg.topic)
    if (topic !== undefined)
      this.#deps.onMessage(topic, asUint8Array(msg.data), propagationSource.toString(), msgId)
  }

  #watchRecipients(subscribers: readonly PeerId[], recipients: readonly { toString(): string }[]): void {
    if (recipients.length >= subscribers.length && this.#misses.size === 0) return
    const reached = new Set(recipients.map(String))
    for (const peer of subscribers) {
      if (reached.has(peer)) {
        this.#misses.delete(peer)
        continue
      }
      const misses = (this.#misses.get(peer) ?? 0) + 1
      this.#misses.set(peer, misses)
      if (misses < MISSES_UNTIL_BROKEN) continue
      this.#misses.delete(peer)
      this.#deps.onUnreachable(peer)
    }
  }
}

function asRouter(service: GossipSub): GossipRouter {
  const router = service as Partial<GossipRouter>
  if (
    !(router.streamsOutbound instanceof Map) ||
    !(router.topics instanceof Map) ||
    typeof router.reportMessageValidationResult !== 'function'
  ) {
    throw new NetworkError(
      'UNSUPPORTED',
      'the installed gossipsub lacks what this node relies on; install the pinned one'
    )
  }
  return service as GossipRouter
}
