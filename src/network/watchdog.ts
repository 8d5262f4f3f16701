import type { Clock, Timer } from '../util/index.ts'
import type { DropReason } from './meter.ts'
import type { PeerId } from './network.ts'
import type { NetworkSettings } from './options.ts'
import type { PeerBook, PeerRecord } from './peer-book.ts'

/** Looks at a ready peer whose gossip does not stand this often before its connection is given up. */
const BROKEN_TICKS = 3
/** What may wait to be sent to one peer: minutes of a busy chain, and little enough for many stopped peers. */
const MAX_SEND_BUFFER_BYTES = 64 * 1024 * 1024

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
  readonly #broken = new Map<PeerId, number>()
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
    for (const peer of this.#broken.keys()) if (book.get(peer) === undefined) this.#broken.delete(peer)
    for (const peer of book.all()) {
      const reason = this.#problemOf(peer)
      if (reason === null) continue
      this.#broken.delete(peer.id)
      drop(peer.id, reason)
    }
    this.#deps.onTick()
  }

  #problemOf(peer: PeerRecord): DropReason | null {
    if (unsentBytes(peer) > MAX_SEND_BUFFER_BYTES) return 'send_buffer'
    if (!peer.ready) {
      const age = this.#deps.clock.monotonic() - peer.openedAtMs
      return age > this.#deps.settings.timing.readyTimeoutMs ? 'not_ready' : null
    }
    if (this.#deps.gossipStands(peer.id)) {
      this.#broken.delete(peer.id)
      return null
    }
    const ticks = (this.#broken.get(peer.id) ?? 0) + 1
    this.#broken.set(peer.id, ticks)
    return ticks >= BROKEN_TICKS ? 'gossip_broken' : null
  }
}

function unsentBytes(peer: PeerRecord): number {
  let bytes = 0
  for (const { connection } of peer.links)
    for (const stream of connection.streams) bytes += stream.writeBufferLength
  return bytes
}
