import type { PeerId } from '../../network/index.ts'
import type { ConsensusMessage, VoteType } from '../../types/index.ts'

/** How one direction between two nodes behaves right now. Probabilities are per message. */
export interface LinkState {
  readonly cut: boolean
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly loss: number
  /** A message arrives twice, the second time up to two seconds later. */
  readonly duplicate: number
  /** A message of some time ago arrives again, up to half a minute later. */
  readonly replay: number
  /** Gossip delivers nothing, streams work. */
  readonly gossipDead: boolean
  /** Streams deliver nothing, gossip works. */
  readonly streamsDead: boolean
  /** Gossip with such a vote in it is lost. */
  readonly losesVotes: VoteType | null
  /** Such messages are taken out of the gossip; what travels with them arrives. */
  readonly withholds: ((message: ConsensusMessage) => boolean) | null
  /** Nothing is lost but nothing arrives before this virtual time. */
  readonly cloggedUntilMs: number
  /** How much fits through the link; 0 for as much as you like. */
  readonly bytesPerMs: number
}

export const PERFECT_LINK: LinkState = {
  cut: false,
  minDelayMs: 1,
  maxDelayMs: 3,
  loss: 0,
  duplicate: 0,
  replay: 0,
  gossipDead: false,
  streamsDead: false,
  losesVotes: null,
  withholds: null,
  cloggedUntilMs: 0,
  bytesPerMs: 0
}

/** What a fault does to the link from one node to another; null leaves it alone. */
export type LinkOverlay = (from: PeerId, to: PeerId) => Partial<LinkState> | null

/** The state of every link: a base for all of them, and the faults that lie over it just now. */
export class Weather {
  #base: LinkState
  readonly #overlays = new Set<LinkOverlay>()
  readonly #cache = new Map<string, LinkState>()

  constructor(base: LinkState) {
    this.#base = base
  }

  setBase(base: LinkState): void {
    this.#base = base
    this.#cache.clear()
  }

  /** Lays a fault over the links until the function it returns is called. */
  add(overlay: LinkOverlay): () => void {
    this.#overlays.add(overlay)
    this.#cache.clear()
    return () => {
      this.#overlays.delete(overlay)
      this.#cache.clear()
    }
  }

  /** All faults are gone; the base stays. */
  clear(): void {
    this.#overlays.clear()
    this.#cache.clear()
  }

  link(from: PeerId, to: PeerId): LinkState {
    if (this.#overlays.size === 0) return this.#base
    const key = `${from} ${to}`
    let state = this.#cache.get(key)
    if (state === undefined) {
      state = this.#base
      for (const overlay of this.#overlays) state = { ...state, ...overlay(from, to) }
      this.#cache.set(key, state)
    }
    return state
  }
}
