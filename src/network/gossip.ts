import type { GossipSub, GossipsubMessage } from '@chainsafe/libp2p-gossipsub'
import { errorMessage, type Logger } from '../util/index.ts'
import { ATTEMPT_BYTES, type AttemptCounter } from './attempts.ts'
import { asUint8Array } from './framed-stream.ts'
import type { NetworkMeter } from './meter.ts'
import { type PeerId, TOPICS, type Topic, type Verdict } from './network.ts'
import { NetworkError } from './network-error.ts'
import type { NetworkSettings } from './options.ts'
import type { PendingVerdicts } from './pending-verdicts.ts'
import type { WireNames } from './wire-names.ts'

/** What this room uses of gossipsub beyond its declared interface; the service has all of it. */
interface GossipRouter extends GossipSub {
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  readonly mesh: ReadonlyMap<string, ReadonlySet<string>>
  reportMessageValidationResult(messageId: string, source: string, verdict: Verdict): void
}

/** Missing from this many publishes in a row although subscribed, a peer's link counts as broken. */
const MISSES_UNTIL_BROKEN = 2

export interface GossipEvents {
  /** A message of legal size, seen for the first time. `judge` takes the first verdict and ignores later ones. */
  onMessage(topic: Topic, data: Uint8Array, from: PeerId, judge: (verdict: Verdict) => void): void
  /** Whether an accepted message of this topic from this peer is to be passed on to others. */
  mayForward(topic: Topic, from: PeerId): boolean
  /** A peer sent what it must not. */
  onOffence(peer: PeerId, reason: string): void
  /** A peer is subscribed and connected, but publishing does not reach it. */
  onUnreachable(peer: PeerId): void
}

export interface GossipDependencies {
  readonly settings: NetworkSettings
  readonly names: WireNames
  readonly attempts: AttemptCounter
  readonly pending: (sink: ConstructorParameters<typeof PendingVerdicts>[2]) => PendingVerdicts
  readonly logger: Logger
  readonly meter: NetworkMeter
  readonly events: GossipEvents
}

/** Publishes and receives on the chain's topics: sizes, verdicts, and links that publish in vain. */
export class Gossip {
  readonly #router: GossipRouter
  readonly #deps: GossipDependencies
  readonly #pending: PendingVerdicts
  readonly #misses = new Map<PeerId, number>()

  constructor(service: GossipSub, deps: GossipDependencies) {
    this.#router = asRouter(service)
    this.#deps = deps
    this.#pending = deps.pending((messageId, topic, from, verdict, inTime) =>
      this.#settle(messageId, topic, from, verdict, inTime)
    )
    service.addEventListener('gossipsub:message', event => this.#receive(event.detail))
  }

  /** Joins every topic; the service must be started. */
  subscribe(): void {
    for (const topic of TOPICS) this.#router.subscribe(this.#deps.names.topics[topic])
  }

  /** Sends to all subscribers; returns how many were reachable. */
  publish(topic: Topic, data: Uint8Array): number {
    return this.publishFrame(topic, this.#deps.attempts.frame(topic, data))
  }

  /** The same for a message that already carries its attempt byte. */
  publishFrame(topic: Topic, frame: Uint8Array): number {
    const name = this.#deps.names.topics[topic]
    const subscribers = this.subscribersOf(topic)
    this.#router.publish(name, frame).then(
      ({ recipients }) => this.#watchRecipients(subscribers, recipients),
      (error: unknown) =>
        this.#deps.logger.warn('gossip could not publish', { topic, error: errorMessage(error) })
    )
    this.#deps.meter.sent(topic, frame.length * subscribers.length)
    return subscribers.filter(peer => this.canReach(peer)).length
  }

  subscribersOf(topic: Topic): PeerId[] {
    return this.#router.getSubscribers(this.#deps.names.topics[topic]).map(String)
  }

  topicsOf(peer: PeerId): Topic[] {
    return TOPICS.filter(topic => this.subscribersOf(topic).includes(peer))
  }

  /** Whether the stream to this peer stands. */
  canReach(peer: PeerId): boolean {
    return this.#router.streamsOutbound.has(peer)
  }

  meshOf(topic: Topic): PeerId[] {
    return [...(this.#router.mesh.get(this.#deps.names.topics[topic]) ?? [])]
  }

  forget(peer: PeerId): void {
    this.#misses.delete(peer)
  }

  sweep(): void {
    this.#pending.sweep()
  }

  get pendingVerdicts(): number {
    return this.#pending.size
  }

  stop(): void {
    this.#pending.clear()
  }

  #receive({ msgId, msg, propagationSource }: GossipsubMessage): void {
    const { meter, names, settings, events } = this.#deps
    const topic = names.topicOfName.get(msg.topic)
    if (topic === undefined) return
    const from = propagationSource.toString()
    meter.received(topic, msg.data.length)
    this.#pending.add(msgId, topic, from)
    const bytes = msg.data.length - ATTEMPT_BYTES
    if (bytes < 0 || bytes > settings.maxMessageBytes[topic]) {
      this.#deps.logger.debug('gossip message of illegal size', { topic, bytes, peer: from })
      this.#pending.judge(msgId, 'reject')
      return
    }
    events.onMessage(topic, asUint8Array(msg.data).subarray(ATTEMPT_BYTES), from, verdict => {
      this.#pending.judge(msgId, verdict)
    })
  }

  #settle(messageId: string, topic: Topic, from: PeerId, verdict: Verdict, inTime: boolean): void {
    const { meter, events, logger } = this.#deps
    meter.judged(topic, verdict, inTime)
    const final = verdict === 'accept' && !events.mayForward(topic, from) ? 'ignore' : verdict
    try {
      this.#router.reportMessageValidationResult(messageId, from, final)
    } catch (error) {
      logger.warn('gossip could not take a verdict', { topic, error: errorMessage(error) })
    }
    if (verdict === 'reject') events.onOffence(from, `rejected message on ${topic}`)
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
      this.#deps.events.onUnreachable(peer)
    }
  }
}

function asRouter(service: GossipSub): GossipRouter {
  const router = service as Partial<GossipRouter>
  if (
    !(router.streamsOutbound instanceof Map) ||
    !(router.mesh instanceof Map) ||
    typeof router.reportMessageValidationResult !== 'function'
  ) {
    throw new NetworkError(
      'UNSUPPORTED',
      'the installed gossipsub lacks what this node relies on; install the pinned one'
    )
  }
  return service as GossipRouter
}
