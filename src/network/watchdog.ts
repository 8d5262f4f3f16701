import type { Clock, Timer } from '../util/index.ts'
import type { DropReason } from './meter.ts'
import type { PeerId } from './network.ts'
import type { NetworkSettings } from './options.ts'
import type { PeerBook, PeerRecord } from './peer-book.ts'

export interface WatchdogDependencies {
  readonly settings: NetworkSettings
  readonly clock: Clock
  readonly book: PeerBook
  /** Whether the gossip streams and subscriptions of this peer are as they should be. */
  readonly gossipStands: (peer: PeerId) => boolean
  readonly drop: (peer: PeerId, reason: DropReason) => void
  readonly onTick: () => void
}

/**
 * Closes connections that are open and useless: not of this chain, without gossip (which does not come back while the
 * connection lives), or with too much unsent. The side that dials then dials again.
 */
export class Watchdog {
  readonly #deps: WatchdogDependencies
  /** Ready peers whose gossip does not stand, and since when. */
  readonly #brokenSinceMs = new Map<PeerId, number>()
  #timer: Timer | null = null

  constructor(deps: WatchdogDependencies) {
    this.#deps = deps
  }

  start(): void {
    const { clock, settings } = this.#deps
    this.#timer = clock.setTimer(settings.timing.watchdogIntervalMs, () => {
      this.tick()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  tick(): void {
    const { book, drop } = this.#deps
    for (const peer of this.#brokenSinceMs.keys())
      if (book.get(peer) === undefined) this.#brokenSinceMs.delete(peer)
    for (const peer of book.all()) {
      const reason = this.#problemOf(peer)
      if (reason === null) continue
      this.#brokenSinceMs.delete(peer.id)
      drop(peer.id, reason)
    }
    this.#deps.onTick()
  }

  #problemOf(peer: PeerRecord): DropReason | null {
    if (unsentBytes(peer) > this.#deps.settings.maxSendBufferBytes) return 'send_buffer'
    const { clock, settings, gossipStands } = this.#deps
    const now = clock.monotonic()
    if (!peer.ready) return now - peer.openedAtMs > settings.timing.readyTimeoutMs ? 'not_ready' : null
    if (gossipStands(peer.id)) {
      this.#brokenSinceMs.delete(peer.id)
      return null
    }
    const since = this.#brokenSinceMs.get(peer.id) ?? now
    this.#brokenSinceMs.set(peer.id, since)
    return now - since > settings.timing.gossipTimeoutMs ? 'gossip_broken' : null
  }
}

/** What libp2p has taken for this peer and not handed to the system yet. */
export function unsentBytes(peer: PeerRecord): number {
  let bytes = 0
  for (const { connection } of peer.links)
    for (const stream of connection.streams) bytes += stream.writeBufferLength
  return bytes
}
