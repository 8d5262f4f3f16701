import { BoundedLabel, type Counter, type Metrics } from '../util/index.ts'
import type { PeerId, Protocol, Topic, Verdict } from './network.ts'

export type RequestOutcome = 'ok' | 'timeout' | 'gone' | 'refused' | 'too_large'
export type DropReason =
  | 'blame'
  | 'other_chain'
  | 'not_ready'
  | 'gossip_broken'
  | 'send_buffer'
  | 'duplicate'
  | 'replaced'

/** The room's metrics under one roof; names follow CometBFT's p2p subsystem where it has them. */
export class NetworkMeter {
  /** A message, or the payload of a request or an answer. Told to the counters by {@link flush}. */
  readonly received: (what: Topic | Protocol, bytes: number, from: PeerId) => void
  /** The same bytes to each of the peers. */
  readonly sent: (what: Topic | Protocol, bytes: number, peers: Iterable<PeerId>) => void
  readonly judged: (topic: Topic, verdict: Verdict, inTime: boolean) => void
  readonly oversized: (topic: Topic) => void
  readonly requested: (protocol: Protocol, outcome: RequestOutcome) => void
  readonly answered: (protocol: Protocol, outcome: RequestOutcome | 'failed' | 'busy') => void
  readonly dialFailed: () => void
  readonly refused: (reason: string) => void
  readonly offence: () => void
  readonly dropped: (reason: DropReason) => void
  readonly directDropped: (topic: Topic) => void
  readonly setPeers: (count: number) => void
  readonly setPending: (count: number) => void
  readonly setUnsent: (peer: PeerId, bytes: number) => void
  /**
   * Adds what was received and sent since the last time to the counters: by message that would be too dear. Peers that
   * are not connected any more are forgotten.
   */
  readonly flush: (isConnected: (peer: PeerId) => boolean) => void
  /** Bytes of messages, requests and answers with a connected peer. */
  readonly bytesWith: (peer: PeerId) => { readonly sent: number; readonly received: number }

  constructor(metrics: Metrics) {
    const counter = (name: string, help: string, labels: readonly string[] = []) =>
      metrics.counter('p2p', name, help, labels)
    const received = counter('message_receive_bytes_total', 'Bytes of messages received by type.', [
      'message_type'
    ])
    const sent = counter('message_send_bytes_total', 'Bytes of messages sent by type.', ['message_type'])
    const verdicts = counter('gossip_verdicts_total', 'Gossip messages by topic and verdict.', [
      'topic',
      'verdict'
    ])
    const unjudged = counter('gossip_unjudged_total', 'Gossip messages not judged in time.', ['topic'])
    const oversized = counter('publish_oversized_total', 'Own messages over the size limit, not sent.', [
      'topic'
    ])
    const requests = counter('requests_total', 'Requests made, by outcome.', ['protocol', 'outcome'])
    const answers = counter('answers_total', 'Requests answered, by outcome.', ['protocol', 'outcome'])
    const dialFailures = counter('dial_failures_total', 'Dials that did not lead to a connection.')
    const refusals = counter('connections_refused_total', 'Connections refused, by reason.', ['reason'])
    const offences = counter('peer_offences_total', 'Rejected messages and reports.')
    const drops = counter('peers_dropped_total', 'Connections this node closed, by reason.', ['reason'])
    const directDrops = counter('direct_dropped_total', 'Messages a full direct stream did not take.', [
      'topic'
    ])
    const peers = metrics.gauge('p2p', 'peers', 'Number of peers.')
    const pending = metrics.gauge('p2p', 'gossip_pending_verdicts', 'Gossip messages waiting for a verdict.')
    const peerReceived = counter('peer_receive_bytes_total', 'Number of bytes received from a given peer.', [
      'peer_id',
      'chID'
    ])
    const peerSent = counter('peer_send_bytes_total', 'Number of bytes sent to a given peer.', [
      'peer_id',
      'chID'
    ])
    const unsent = metrics.gauge(
      'p2p',
      'peer_pending_send_bytes',
      'Pending bytes to be sent to a given peer.',
      ['peer_id']
    )
    const labels = new BoundedLabel()
    const inbound = new ByteTally(received, peerReceived, labels)
    const outbound = new ByteTally(sent, peerSent, labels)
    this.received = (what, bytes, from) => inbound.add(what, bytes, from)
    this.sent = (what, bytes, peers) => {
      for (const peer of peers) outbound.add(what, bytes, peer)
    }
    this.setUnsent = (peer, bytes) => unsent.set(bytes, { peer_id: labels.of(peer) })
    this.flush = isConnected => {
      inbound.flush(isConnected)
      outbound.flush(isConnected)
    }
    this.bytesWith = peer => ({ sent: outbound.totalOf(peer), received: inbound.totalOf(peer) })
    this.judged = (topic, verdict, inTime) => {
      verdicts.inc(1, { topic, verdict })
      if (!inTime) unjudged.inc(1, { topic })
    }
    this.oversized = topic => oversized.inc(1, { topic })
    this.requested = (protocol, outcome) => requests.inc(1, { protocol, outcome })
    this.answered = (protocol, outcome) => answers.inc(1, { protocol, outcome })
    this.dialFailed = () => dialFailures.inc()
    this.refused = reason => refusals.inc(1, { reason })
    this.offence = () => offences.inc()
    this.dropped = reason => drops.inc(1, { reason })
    this.directDropped = topic => directDrops.inc(1, { topic })
    this.setPeers = count => peers.set(count)
    this.setPending = count => pending.set(count)
  }
}

/** Bytes by peer and by what they were, on their way to the counters. */
class ByteTally {
  readonly #byType: Counter
  readonly #byPeer: Counter
  readonly #labels: BoundedLabel
  readonly #peers = new Map<PeerId, Map<string, number>>()
  /** What was flushed, of connected peers. */
  readonly #totals = new Map<PeerId, number>()

  constructor(byType: Counter, byPeer: Counter, labels: BoundedLabel) {
    this.#byType = byType
    this.#byPeer = byPeer
    this.#labels = labels
  }

  add(what: string, bytes: number, peer: PeerId): void {
    let tally = this.#peers.get(peer)
    if (tally === undefined) {
      tally = new Map()
      this.#peers.set(peer, tally)
    }
    tally.set(what, (tally.get(what) ?? 0) + bytes)
  }

  totalOf(peer: PeerId): number {
    return (this.#totals.get(peer) ?? 0) + sumOf(this.#peers.get(peer))
  }

  flush(isConnected: (peer: PeerId) => boolean): void {
    for (const peer of this.#totals.keys()) if (!isConnected(peer)) this.#totals.delete(peer)
    for (const [peer, tally] of this.#peers) {
      const peer_id = this.#labels.of(peer)
      for (const [what, bytes] of tally) {
        this.#byType.inc(bytes, { message_type: what })
        this.#byPeer.inc(bytes, { peer_id, chID: what })
      }
      if (isConnected(peer)) this.#totals.set(peer, (this.#totals.get(peer) ?? 0) + sumOf(tally))
    }
    this.#peers.clear()
  }
}

function sumOf(tally: ReadonlyMap<string, number> | undefined): number {
  let sum = 0
  for (const bytes of tally?.values() ?? []) sum += bytes
  return sum
}
