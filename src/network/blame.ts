import type { Clock } from '../util/index.ts'
import type { PeerId } from './network.ts'

/**
 * Points of a rejected message or a report. At the limit the peer is disconnected and refused for a while: at the
 * tenth offence of a burst, whose first points have begun to decay by then.
 */
const POINTS_PER_OFFENCE = 10
const POINTS_LIMIT = 95
const HALF_LIFE_MS = 60_000
const FORGET_BELOW_POINTS = 1
const MAX_TRACKED_PEERS = 4_096

interface Blame {
  points: number
  atMs: number
  refusedUntilMs: number
}

/**
 * How much each peer has misbehaved, halving every minute, so that ten offences in a burst matter and ten in a
 * day do not. Remembers peers after they left, within a bound; the longest untouched are forgotten first.
 */
export class BlameBook {
  readonly #clock: Clock
  readonly #refusalMs: number
  readonly #peers = new Map<PeerId, Blame>()

  constructor(clock: Clock, refusalMs: number) {
    this.#clock = clock
    this.#refusalMs = refusalMs
  }

  /** Notes one offence; true when the peer is to be disconnected now. */
  add(peer: PeerId): boolean {
    const now = this.#clock.monotonic()
    const known = this.#peers.get(peer)
    const points = (known === undefined ? 0 : decayed(known, now)) + POINTS_PER_OFFENCE
    const refused = points >= POINTS_LIMIT
    this.#peers.delete(peer)
    this.#peers.set(peer, {
      points: refused ? 0 : points,
      atMs: now,
      refusedUntilMs: refused ? now + this.#refusalMs : (known?.refusedUntilMs ?? 0)
    })
    this.#trim()
    return refused
  }

  isRefused(peer: PeerId): boolean {
    const known = this.#peers.get(peer)
    return known !== undefined && known.refusedUntilMs > this.#clock.monotonic()
  }

  /** Drops what has decayed; called by the watchdog. */
  sweep(): void {
    const now = this.#clock.monotonic()
    for (const [peer, blame] of this.#peers) {
      if (blame.refusedUntilMs <= now && decayed(blame, now) < FORGET_BELOW_POINTS) this.#peers.delete(peer)
    }
  }

  get size(): number {
    return this.#peers.size
  }

  #trim(): void {
    if (this.#peers.size <= MAX_TRACKED_PEERS) return
    for (const peer of this.#peers.keys()) {
      this.#peers.delete(peer)
      return
    }
  }
}

function decayed(blame: Blame, nowMs: number): number {
  return blame.points * 0.5 ** ((nowMs - blame.atMs) / HALF_LIFE_MS)
}
