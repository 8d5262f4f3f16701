import { type Clock, errorMessage, type Logger, type Timer } from '../util/index.ts'
import type { ConnectionPolicy } from './connection-policy.ts'
import type { NetworkMeter } from './meter.ts'
import type { DialWish, PeerId } from './network.ts'
import type { NetworkSettings } from './options.ts'
import type { PeerAddress } from './peer-address.ts'

const BACKOFF_FACTOR = 1.6
const JITTER = 0.25
/** Of the failures to reach one peer, the first and then each of this many are worth the operator's attention. */
const LOG_EVERY_FAILURES = 20
/** Seeds are looked at this often while there are peers enough. */
const SEED_RECHECK_MS = 5_000
/** Peers to be dialled, at most. */
const MAX_TARGETS = 1_000

export interface DialerDependencies {
  readonly settings: NetworkSettings
  readonly clock: Clock
  readonly random: () => number
  readonly policy: ConnectionPolicy
  readonly logger: Logger
  readonly meter: NetworkMeter
  /** Opens a connection to the peer at any of the addresses; rejects when none works. Names are resolved anew. */
  readonly dial: (addresses: readonly string[]) => Promise<void>
  readonly isConnected: (peer: PeerId) => boolean
  readonly peerCount: () => number
}

interface Target {
  readonly peer: PeerId
  readonly addresses: string[]
  wish: DialWish
  failures: number
  timer: Timer | null
}

/**
 * Keeps trying to reach persistent peers for ever, and seeds while peers are few. libp2p's own reconnecting gives up,
 * so none of it is used.
 */
export class Dialer {
  readonly #deps: DialerDependencies
  readonly #targets = new Map<PeerId, Target>()
  #running = false

  constructor(deps: DialerDependencies) {
    this.#deps = deps
    this.#collect(deps.settings.persistentPeers, 'persistent')
    this.#collect(deps.settings.seeds, 'seed')
  }

  start(): void {
    this.#running = true
    for (const target of this.#targets.values()) this.#schedule(target, this.#firstDelayMs(target))
  }

  /** Begins with more peers; one that is known already keeps what it is, or becomes persistent. */
  add(addresses: readonly PeerAddress[], wish: DialWish): void {
    for (const target of this.#collect(addresses, wish)) {
      if (target.wish === 'persistent') this.#deps.policy.addPersistent(target.peer)
      if (this.#running) this.#schedule(target, this.#firstDelayMs(target))
    }
  }

  stop(): void {
    this.#running = false
    for (const target of this.#targets.values()) {
      target.timer?.cancel()
      target.timer = null
    }
  }

  /** The peer proved to be of this chain: the next loss of it starts from the shortest delay. */
  connected(peer: PeerId): void {
    const target = this.#targets.get(peer)
    if (target !== undefined) target.failures = 0
  }

  /** The last connection to this peer is gone; `wasReady`: it had proved to be of this chain. */
  disconnected(peer: PeerId, wasReady: boolean): void {
    const target = this.#targets.get(peer)
    if (target === undefined) return
    if (!wasReady) this.#failed(target, 'the connection closed before the peer was known to be of this chain')
    this.#schedule(target, this.#nextDelayMs(target))
  }

  #schedule(target: Target, delayMs: number): void {
    if (!this.#running) return
    target.timer?.cancel()
    target.timer = this.#deps.clock.setTimer(delayMs, () => {
      target.timer = null
      void this.#attempt(target)
    })
  }

  async #attempt(target: Target): Promise<void> {
    const { policy, isConnected } = this.#deps
    if (isConnected(target.peer)) return
    if (target.wish === 'seed' && !this.#wantsSeed()) {
      this.#schedule(target, SEED_RECHECK_MS)
      return
    }
    if (target.wish === 'once') this.#targets.delete(target.peer)
    if (!policy.beginDial(target.peer)) {
      this.#tryAgain(target)
      return
    }
    try {
      await this.#deps.dial(target.addresses)
    } catch (error) {
      this.#failed(target, error)
    } finally {
      policy.endDial(target.peer)
      // A connection that was refused at once may be gone before this line runs; its loss has been noted by then.
      if (!isConnected(target.peer) && target.timer === null) this.#tryAgain(target)
    }
  }

  #tryAgain(target: Target): void {
    if (this.#targets.has(target.peer)) this.#schedule(target, this.#nextDelayMs(target))
  }

  #failed(target: Target, error: unknown): void {
    const { logger, meter } = this.#deps
    meter.dialFailed()
    const context = {
      peer: target.peer,
      address: target.addresses.join(' '),
      failures: target.failures + 1,
      reason: errorMessage(error)
    }
    if (target.failures % LOG_EVERY_FAILURES === 0) logger.info('cannot reach peer, trying on', context)
    else logger.debug('cannot reach peer', context)
    target.failures++
  }

  #wantsSeed(): boolean {
    return this.#deps.peerCount() < this.#deps.settings.seedBelowPeers && this.#deps.policy.mayDialSeed()
  }

  #firstDelayMs(target: Target): number {
    return (this.#isHigher(target) ? this.#deps.settings.timing.higherIdWaitMs : 0) + this.#deps.random() * 50
  }

  #nextDelayMs(target: Target): number {
    const { redialMinMs, redialMaxMs, higherIdWaitMs } = this.#deps.settings.timing
    const base = Math.min(redialMaxMs, redialMinMs * BACKOFF_FACTOR ** Math.min(target.failures, 20))
    const jittered = base * (1 - JITTER + 2 * JITTER * this.#deps.random())
    return jittered + (this.#isHigher(target) && target.failures === 0 ? higherIdWaitMs : 0)
  }

  /** Of two peers that list each other, the one with the higher id leaves the other a head start. */
  #isHigher(target: Target): boolean {
    return this.#deps.settings.selfId > target.peer
  }

  #collect(addresses: readonly PeerAddress[], wish: DialWish): ReadonlySet<Target> {
    const collected = new Set<Target>()
    for (const { peerId, multiaddr } of addresses) {
      const known = this.#targets.get(peerId)
      const target = known ?? { peer: peerId, addresses: [], wish, failures: 0, timer: null }
      if (wish === 'persistent') target.wish = wish
      if (!target.addresses.includes(multiaddr)) target.addresses.push(multiaddr)
      if (known === undefined && this.#targets.size >= MAX_TARGETS) continue
      this.#targets.set(peerId, target)
      collected.add(target)
    }
    return collected
  }
}
