import type { RoundState } from '../../consensus/index.ts'
import type { Network, PeerId } from '../../network/index.ts'
import type { Height } from '../../types/index.ts'
import type { Clock, Logger, Metrics, Timer } from '../../util/index.ts'
import type { Inbound } from '../gossip/inbound.ts'
import type { HeightContext } from '../host/height-context.ts'
import type { ChainPool } from '../host/pool-messages.ts'
import { answerCatchUp } from './catch-up-answer.ts'
import { makeCatchUpRequest } from './catch-up-request.ts'
import {
  decodeCatchUpRequest,
  decodeCatchUpResponse,
  encodeCatchUpRequest,
  encodeCatchUpResponse,
  type RoundHave,
  type RoundPosition
} from './catch-up-wire.ts'

export interface CatchUpParts {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly inbound: Inbound
  readonly pool: ChainPool
  readonly current: () => { readonly context: HeightContext; readonly machine: RoundState }
  /** The oldest block this node can give away, 0 for none. */
  readonly base: () => Height
  /** How long without news before a peer is asked. */
  readonly pullIntervalMs: number
  /** A peer said it is at a height whose predecessor we do not have. */
  readonly onPeerAhead: (peer: PeerId, position: RoundPosition) => void
}

/** What a peer has of the height it is at. */
export interface PeerHave {
  readonly height: Height
  readonly rounds: readonly RoundHave[]
}

const REQUEST_TIMEOUT_MS = 2000
/** Without news the pause between two questions doubles up to this. */
const MAX_PAUSE_MS = 1000
/** In a row to one peer, while its answers bring something. */
const MOST_QUESTIONS = 16
/** Time for the host to count what came before the next question says what is here. */
const SETTLE_MS = 5

/**
 * Repairs what gossip lost. While there is news nothing is asked; when news stays out, one peer after the other is told
 * what this node has and answers with what it lacks. Liveness rests on this alone, gossip is a short cut.
 */
export class CatchUp {
  readonly #parts: CatchUpParts
  readonly #positions = new Map<PeerId, RoundPosition>()
  readonly #haves = new Map<PeerId, PeerHave>()
  readonly #pulls
  #timer: Timer | null = null
  #pauseMs: number
  #lastNewsMs = 0
  #turn = 0
  #asking = false
  #stopped = false

  constructor(parts: CatchUpParts) {
    this.#parts = parts
    this.#pauseMs = parts.pullIntervalMs
    this.#pulls = parts.metrics.counter(
      'catchup',
      'pulls_total',
      'Questions to peers for missing messages.',
      ['result']
    )
  }

  start(): void {
    this.#lastNewsMs = this.#parts.clock.monotonic()
    this.#schedule(this.#parts.pullIntervalMs)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Where each peer said it was, last time it was heard. */
  get positions(): ReadonlyMap<PeerId, RoundPosition> {
    return this.#positions
  }

  /** What each peer said it had when it last asked for more; peers to which news comes do not ask. */
  get haves(): ReadonlyMap<PeerId, PeerHave> {
    return this.#haves
  }

  /** Something new was counted or the machine moved: no reason to ask for a while. */
  noteNews(): void {
    this.#lastNewsMs = this.#parts.clock.monotonic()
    this.#pauseMs = this.#parts.pullIntervalMs
  }

  /** A new connection: learn at once where the peer is. */
  onPeerConnected(peer: PeerId): void {
    void this.#ask(peer)
  }

  onPeerDisconnected(peer: PeerId): void {
    this.#positions.delete(peer)
    this.#haves.delete(peer)
  }

  /** Answers a peer's question; null refuses a malformed one. */
  answer(data: Uint8Array, from: PeerId): Uint8Array | null {
    const request = decodeCatchUpRequest(data)
    if (!request.ok) return null
    this.#notePosition(from, request.value.position)
    const { context } = this.#parts.current()
    const { height } = request.value.position
    this.#haves.set(from, { height, rounds: request.value.rounds })
    const response = answerCatchUp(request.value, {
      position: this.#position(),
      pool: this.#parts.pool.height(height) ?? null,
      blocks: height === context.height ? context.blocks : null
    })
    return encodeCatchUpResponse(response)
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = this.#parts.clock.setTimer(delayMs, () => this.#tick())
  }

  #tick(): void {
    const quietMs = this.#parts.clock.monotonic() - this.#lastNewsMs
    if (quietMs < this.#pauseMs) {
      this.#schedule(this.#pauseMs - quietMs)
      return
    }
    this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS)
    this.#lastNewsMs = this.#parts.clock.monotonic()
    const peers = this.#parts.network.peers()
    const peer = peers[this.#turn++ % Math.max(1, peers.length)]
    if (peer && !this.#asking) void this.#ask(peer.id)
    this.#schedule(this.#pauseMs)
  }

  /** Asks one peer, and again as long as its answers bring something. */
  async #ask(peer: PeerId): Promise<void> {
    this.#asking = true
    try {
      let useful = true
      for (let asked = 0; useful && asked < MOST_QUESTIONS && !this.#stopped; asked++) {
        if (asked > 0) await this.#settle()
        useful = await this.#askOnce(peer)
      }
    } catch {
      // The peer is gone, slow or refuses: the next turn asks another.
      this.#pulls.inc(1, { result: 'failed' })
    } finally {
      this.#asking = false
    }
  }

  #settle(): Promise<void> {
    return new Promise(resolve => this.#parts.clock.setTimer(SETTLE_MS, resolve))
  }

  async #askOnce(peer: PeerId): Promise<boolean> {
    const { network, inbound } = this.#parts
    const { context, machine } = this.#parts.current()
    const request = makeCatchUpRequest(context, machine, this.#position())
    const answer = await network.request(peer, 'catchup', encodeCatchUpRequest(request), REQUEST_TIMEOUT_MS)
    const response = decodeCatchUpResponse(answer)
    if (!response.ok) {
      network.report(peer, 'malformed catch-up answer')
      return false
    }
    const { position, messages, certificates } = response.value
    this.#notePosition(peer, position)
    for (const votes of certificates) inbound.onCertificate(votes, peer)
    const verdict = inbound.onCatchUp(messages, peer)
    if (verdict === 'reject') network.report(peer, 'bad message in a catch-up answer')
    const useful = verdict === 'accept' || certificates.length > 0
    this.#pulls.inc(1, { result: useful ? 'useful' : 'empty' })
    // Certificates are told apart by what we count, so the same ones do not come back once they are in.
    return verdict === 'accept'
  }

  #notePosition(peer: PeerId, position: RoundPosition): void {
    this.#positions.set(peer, position)
    if (position.height > this.#parts.current().context.height) this.#parts.onPeerAhead(peer, position)
  }

  #position(): RoundPosition {
    const { machine } = this.#parts.current()
    return { height: machine.height, round: machine.round, step: machine.step, base: this.#parts.base() }
  }
}
