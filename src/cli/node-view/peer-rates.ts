import type { Network, PeerId, PeerInfo } from '../../network/index.ts'
import type { FlowView } from '../../rpc/index.ts'
import type { Clock, Timer } from '../../util/index.ts'

/** How often bytes are looked at: the shortest time a rate speaks of. */
export const RATE_SAMPLE_MS = 1000
/** How much the newest sample counts in the current rate, which so speaks of the last five or ten seconds. */
const NEWEST_WEIGHT = 0.2

interface Flow extends FlowView {
  readonly movedAtMs: number
}

interface Measured {
  /** Tells a connection from an earlier one with the same peer. */
  readonly connectedAtMs: number
  readonly takenAtMs: number
  readonly sent: Flow
  readonly received: Flow
}

/** How fast bytes go to and come from each connected peer, by looking at their counts once a second. */
export class PeerRates {
  readonly #network: Pick<Network, 'peers'>
  readonly #clock: Clock
  #measured = new Map<PeerId, Measured>()
  #timer: Timer | null = null

  constructor(network: Pick<Network, 'peers'>, clock: Clock) {
    this.#network = network
    this.#clock = clock
  }

  start(): void {
    this.#sample()
    this.#timer = this.#clock.setTimer(RATE_SAMPLE_MS, () => this.start())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Bytes as they are now, rates as they were when last looked at. */
  of(peer: PeerInfo): { readonly sent: FlowView; readonly received: FlowView } {
    const before = this.#measured.get(peer.id)
    const isSame = before?.connectedAtMs === peer.connectedAtMs
    const nowMs = this.#clock.monotonic()
    const now = (flow: Flow | undefined, bytes: number): FlowView =>
      flow === undefined ? newFlow(bytes, nowMs) : { ...flow, bytes, idleMs: nowMs - flow.movedAtMs }
    return {
      sent: now(isSame ? before.sent : undefined, peer.sentBytes ?? 0),
      received: now(isSame ? before.received : undefined, peer.receivedBytes ?? 0)
    }
  }

  #sample(): void {
    const nowMs = this.#clock.monotonic()
    const peers = this.#network.peers()
    this.#measured = new Map(peers.map(peer => [peer.id, measure(this.#measured.get(peer.id), peer, nowMs)]))
  }
}

function measure(before: Measured | undefined, peer: PeerInfo, nowMs: number): Measured {
  const { connectedAtMs, sentBytes = 0, receivedBytes = 0 } = peer
  if (before?.connectedAtMs !== connectedAtMs) {
    const sent = newFlow(sentBytes, nowMs)
    return { connectedAtMs, takenAtMs: nowMs, sent, received: newFlow(receivedBytes, nowMs) }
  }
  const seconds = Math.max(1, nowMs - before.takenAtMs) / 1000
  return {
    connectedAtMs,
    takenAtMs: nowMs,
    sent: nextFlow(before.sent, sentBytes, seconds, nowMs),
    received: nextFlow(before.received, receivedBytes, seconds, nowMs)
  }
}

function newFlow(bytes: number, nowMs: number): Flow {
  return { bytes, samples: 0, lastRate: 0, currentRate: 0, peakRate: 0, idleMs: 0, movedAtMs: nowMs }
}

function nextFlow(before: Flow, bytes: number, seconds: number, nowMs: number): Flow {
  const moved = Math.max(0, bytes - before.bytes)
  const rate = moved / seconds
  const isFirst = before.samples === 0
  return {
    bytes,
    samples: before.samples + 1,
    lastRate: rate,
    currentRate: isFirst ? rate : before.currentRate + NEWEST_WEIGHT * (rate - before.currentRate),
    peakRate: Math.max(before.peakRate, rate),
    idleMs: 0,
    movedAtMs: moved > 0 ? nowMs : before.movedAtMs
  }
}
