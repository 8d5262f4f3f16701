import type { Clock } from '../util/index.ts'
import type { BlameBook } from './blame.ts'
import { IpLimiter } from './ip-limiter.ts'
import type { PeerId } from './network.ts'
import type { NetworkSettings } from './options.ts'
import { isPrivateIp } from './peer-address.ts'

/** A connection younger than this was made in the same attempt as one that now arrives from the other side. */
const SAME_ATTEMPT_MS = 5_000

export type RefusalReason =
  | 'not_allowed'
  | 'blamed'
  | 'too_many_peers'
  | 'too_many_from_ip'
  | 'already_connecting'
export type InboundDecision =
  | { readonly kind: 'accept' }
  /** Accept; what stands to this peer is dead on its side and must be closed first. */
  | { readonly kind: 'replace' }
  | { readonly kind: 'refuse'; readonly reason: RefusalReason }

/** One open connection, as far as the policy needs to know. */
export interface LinkView {
  readonly peer: PeerId
  readonly outbound: boolean
  /** Clock.monotonic() when it opened. */
  readonly openedAtMs: number
  readonly ip: string
}

export interface PolicyDependencies {
  readonly settings: NetworkSettings
  readonly clock: Clock
  readonly blame: BlameBook
  readonly links: () => Iterable<LinkView>
}

/**
 * Who may connect, and which of two crossing dials lives.
 *
 * Two connections to one peer are worse than none: gossip puts one direction on each, and closing either mutes that
 * direction. So of each pair the node with the lower id decides, alone: while it dials, it refuses the other's dial;
 * once it lets the other's dial in, it does not dial. The higher one always lets the lower one in. Either side may
 * dial, so a node that only one of the two lists is reached all the same.
 */
export class ConnectionPolicy {
  readonly #deps: PolicyDependencies
  readonly #persistent: Set<PeerId>
  readonly #ipLimiter: IpLimiter
  readonly #dialling = new Set<PeerId>()
  readonly #arriving = new Map<PeerId, number>()

  constructor(deps: PolicyDependencies) {
    this.#deps = deps
    this.#persistent = new Set(deps.settings.persistentPeers.map(peer => peer.peerId))
    this.#ipLimiter = new IpLimiter(deps.clock)
  }

  /** From now on this peer is let in above all limits. */
  addPersistent(peer: PeerId): void {
    this.#persistent.add(peer)
  }

  isPersistent(peer: PeerId): boolean {
    return this.#persistent.has(peer)
  }

  /** Whether this peer is unwelcome for good or for now, however it would connect. */
  unwelcome(peer: PeerId): RefusalReason | null {
    const { allowed } = this.#deps.settings
    if (allowed !== null && !allowed.has(peer)) return 'not_allowed'
    return this.#deps.blame.isRefused(peer) ? 'blamed' : null
  }

  /** Before the handshake, when only the address is known. */
  mayStartHandshake(ip: string): boolean {
    return this.#ipLimiter.take(ip)
  }

  /** After the handshake, when the peer has proved who it is. An accepted peer counts as arriving until it is open. */
  decideInbound(peer: PeerId, ip: string): InboundDecision {
    const unwelcome = this.unwelcome(peer)
    if (unwelcome !== null) return { kind: 'refuse', reason: unwelcome }
    const standing = [...this.#deps.links()].filter(link => link.peer === peer)
    if (this.#deps.settings.selfId < peer && this.#ownDialWins(peer, standing)) {
      return { kind: 'refuse', reason: 'already_connecting' }
    }
    if (standing.length === 0 && !this.isPersistent(peer)) {
      const full = this.#overLimits(ip)
      if (full !== null) return { kind: 'refuse', reason: full }
    }
    this.#arriving.set(peer, this.#deps.clock.monotonic())
    return { kind: standing.length > 0 ? 'replace' : 'accept' }
  }

  /** Whether to dial this peer now; the caller then must call `endDial`. */
  beginDial(peer: PeerId): boolean {
    if (this.#dialling.has(peer) || this.#isArriving(peer) || this.unwelcome(peer) !== null) return false
    for (const link of this.#deps.links()) if (link.peer === peer) return false
    this.#dialling.add(peer)
    return true
  }

  endDial(peer: PeerId): void {
    this.#dialling.delete(peer)
  }

  /** A connection of this peer opened: it no longer is arriving. */
  opened(peer: PeerId): void {
    this.#arriving.delete(peer)
  }

  /** Whether one more peer from a seed may be dialled. */
  mayDialSeed(): boolean {
    let outbound = 0
    for (const link of this.#deps.links()) if (link.outbound && !this.isPersistent(link.peer)) outbound++
    return outbound < this.#deps.settings.maxOutboundPeers
  }

  #ownDialWins(peer: PeerId, standing: readonly LinkView[]): boolean {
    if (this.#dialling.has(peer) || this.#isArriving(peer)) return true
    const since = this.#deps.clock.monotonic() - SAME_ATTEMPT_MS
    return standing.some(link => link.openedAtMs > since)
  }

  #isArriving(peer: PeerId): boolean {
    const at = this.#arriving.get(peer)
    if (at === undefined) return false
    if (at > this.#deps.clock.monotonic() - SAME_ATTEMPT_MS) return true
    this.#arriving.delete(peer)
    return false
  }

  #overLimits(ip: string): RefusalReason | null {
    const { maxInboundPeers, maxPeersPerIp, allowDuplicateIp } = this.#deps.settings
    let inbound = 0
    let sameIp = 0
    for (const link of this.#deps.links()) {
      if (!link.outbound && !this.isPersistent(link.peer)) inbound++
      if (link.ip === ip) sameIp++
    }
    for (const peer of this.#arriving.keys())
      if (this.#isArriving(peer) && !this.isPersistent(peer)) inbound++
    if (inbound >= maxInboundPeers) return 'too_many_peers'
    const limitedIp = !allowDuplicateIp && ip !== '' && !isPrivateIp(ip)
    return limitedIp && sameIp >= maxPeersPerIp ? 'too_many_from_ip' : null
  }
}
