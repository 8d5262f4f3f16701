import type { Metrics } from '../util/index.ts'
import type { Protocol, Topic, Verdict } from './network.ts'

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
  readonly received: (topic: Topic, bytes: number) => void
  readonly sent: (topic: Topic, bytes: number) => void
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
    this.received = (topic, bytes) => received.inc(bytes, { message_type: topic })
    this.sent = (topic, bytes) => sent.inc(bytes, { message_type: topic })
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
