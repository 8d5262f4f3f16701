import './polyfill.ts'
import type { Connection, IdentifyResult } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Logger } from '../util/index.ts'
import { BlameBook } from './blame.ts'
import { ConnectionPolicy } from './connection-policy.ts'
import { Dialer } from './dialer.ts'
import type { Libp2pNode } from './libp2p-node.ts'
import type { DropReason, NetworkMeter } from './meter.ts'
import type { DialWish, PeerId } from './network.ts'
import type { NetworkSettings, ResolvedDependencies } from './options.ts'
import type { PeerAddress } from './peer-address.ts'
import { listenAddressOf, monikerOf, PeerBook, type PeerRecord } from './peer-book.ts'
import type { WireNames } from './wire-names.ts'

export interface PeerLifecycleDependencies extends Pick<ResolvedDependencies, 'clock' | 'random'> {
  readonly settings: NetworkSettings
  readonly names: WireNames
  readonly logger: Logger
  readonly meter: NetworkMeter
  /** The peer has shown that it is of this chain. */
  readonly onReady: (peer: PeerRecord) => void
  /** The last connection to this peer closed, ready or not. */
  readonly onGone: (peer: PeerRecord) => void
}

/** Peers from the dial to the disconnection: who is let in, who is ready, who is thrown out and for how long. */
export class PeerLifecycle {
  readonly book: PeerBook
  readonly policy: ConnectionPolicy
  readonly #deps: PeerLifecycleDependencies
  readonly #blame: BlameBook
  readonly #dialer: Dialer
  readonly #toldOtherChain = new Set<PeerId>()
  #node: Libp2pNode | null = null

  constructor(deps: PeerLifecycleDependencies) {
    const { settings, clock, random, logger, meter } = deps
    this.#deps = deps
    this.book = new PeerBook(clock)
    this.#blame = new BlameBook(clock, settings.timing.refusalMs)
    this.policy = new ConnectionPolicy({
      settings,
      clock,
      blame: this.#blame,
      links: () => this.book.links()
    })
    this.#dialer = new Dialer({
      settings,
      clock,
      random,
      policy: this.policy,
      logger,
      meter,
      dial: addresses => this.#dial(addresses),
      isConnected: peer => this.book.get(peer) !== undefined,
      peerCount: () => this.book.ready().length
    })
  }

  /** Watches the connections of a node that is not started yet. */
  attach(node: Libp2pNode): void {
    this.#node = node
    node.addEventListener('connection:open', event => this.#onOpen(event.detail))
    node.addEventListener('connection:close', event => this.#onClose(event.detail))
    node.addEventListener('peer:identify', event => this.#onIdentify(event.detail))
  }

  startDialling(): void {
    this.#dialer.start()
  }

  dial(peers: readonly PeerAddress[], wish: DialWish): void {
    this.#dialer.add(peers, wish)
  }

  stop(): void {
    this.#dialer.stop()
    this.#node = null
  }

  sweep(): void {
    this.#blame.sweep()
  }

  /** The peer has shown that it is of this chain: by its list of protocols, a message on a topic, or a stream. */
  markReady(peer: PeerId): void {
    const record = this.book.get(peer)
    if (record === undefined || record.ready) return
    record.ready = true
    this.#toldOtherChain.delete(peer)
    this.#dialer.connected(peer)
    this.#deps.meter.setPeers(this.book.ready().length)
    this.#deps.onReady(record)
  }

  /** Notes an offence; enough of them close the connection and refuse the peer for a while. */
  blame(peer: PeerId, reason: string): void {
    const { meter, logger, settings } = this.#deps
    meter.offence()
    logger.debug('peer misbehaved', { peer, reason })
    if (!this.#blame.add(peer)) return
    logger.warn('peer misbehaved too often, refused for a while', {
      peer,
      reason,
      refusedForMs: settings.timing.refusalMs
    })
    this.drop(peer, 'blame')
  }

  /** Closes what stands to a peer, at once. */
  drop(peer: PeerId, reason: DropReason): void {
    const record = this.book.get(peer)
    if (record === undefined) return
    record.dropped = reason
    this.#deps.meter.dropped(reason)
    this.#deps.logger.debug('closing the connection to a peer', { peer, reason })
    for (const { connection } of [...record.links]) connection.abort(new Error(reason))
  }

  #onOpen(connection: Connection): void {
    const record = this.book.opened(connection)
    this.policy.opened(record.id)
    this.#deps.logger.debug('connection opened', {
      peer: record.id,
      address: connection.remoteAddr.toString(),
      direction: connection.direction
    })
    if (record.links.length > 1) this.#closeDuplicates(record)
  }

  /**
   * The policy prevents a second connection; should one come all the same, both sides keep the one that the lower id
   * dialled, the newest of these. The watchdog then heals gossip, which may have lost a stream with the other.
   */
  #closeDuplicates(record: PeerRecord): void {
    const dialledByLower = this.#deps.settings.selfId < record.id
    const winners = record.links.filter(link => link.outbound === dialledByLower)
    const keep = (winners.length > 0 ? winners : record.links).at(-1)!
    for (const { connection } of [...record.links]) {
      if (connection === keep.connection) continue
      this.#deps.meter.dropped('duplicate')
      this.#deps.logger.debug('closing a second connection', { peer: record.id })
      connection.close().catch((error: Error) => connection.abort(error))
    }
  }

  #onClose(connection: Connection): void {
    const record = this.book.closed(connection)
    if (record === null) return
    this.#deps.logger.debug('connection closed', { peer: record.id })
    if (record.links.length > 0) return
    this.#deps.meter.setPeers(this.book.ready().length)
    this.#deps.onGone(record)
    if (this.#node === null) return
    // Strangers leave nothing behind in libp2p's address book, however many come and go.
    if (!this.policy.isPersistent(record.id))
      this.#node.peerStore.delete(connection.remotePeer).catch(() => {})
    this.#dialer.disconnected(record.id, record.ready)
  }

  #onIdentify({ connection, protocols, agentVersion, listenAddrs }: IdentifyResult): void {
    const record = this.book.get(connection.remotePeer.toString())
    if (record === undefined) return
    record.moniker = monikerOf(agentVersion)
    record.listenAddress = listenAddressOf(listenAddrs.map(String), connection.remoteAddr.toString())
    if (protocols.includes(this.#deps.names.protocols.catchup)) {
      this.markReady(record.id)
      return
    }
    const context = { peer: record.id, address: connection.remoteAddr.toString() }
    const message = 'peer is of another chain: it has another genesis file, or is other software'
    // Once for each peer the operator has listed; strangers must not be able to fill the log.
    if (this.policy.isPersistent(record.id) && !this.#toldOtherChain.has(record.id)) {
      this.#toldOtherChain.add(record.id)
      this.#deps.logger.warn(message, context)
    } else {
      this.#deps.logger.debug(message, context)
    }
    this.drop(record.id, 'other_chain')
  }

  async #dial(addresses: readonly string[]): Promise<void> {
    await this.#node?.dial(
      addresses.map(address => multiaddr(address)),
      { signal: AbortSignal.timeout(this.#deps.settings.timing.dialTimeoutMs) }
    )
  }
}
