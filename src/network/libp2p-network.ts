import './polyfill.ts'
import { setMaxListeners } from 'node:events'
import type { Stream } from '@libp2p/interface'
import { errorMessage, type Logger, type Timer } from '../util/index.ts'
import { ATTEMPT_BYTES, AttemptCounter } from './attempts.ts'
import { DirectStreams } from './direct-streams.ts'
import { createGater } from './gater.ts'
import { Gossip } from './gossip.ts'
import { MESH_DEGREES } from './gossip-config.ts'
import { createLibp2pNode, type Libp2pNode } from './libp2p-node.ts'
import { listenError } from './listen-error.ts'
import { MessageRouter } from './message-router.ts'
import { NetworkMeter } from './meter.ts'
import {
  type DialWish,
  type NetworkHandlers,
  type PeerId,
  type PeerInfo,
  PROTOCOLS,
  type Protocol,
  type Topic
} from './network.ts'
import { NetworkError } from './network-error.ts'
import type { NetworkSettings, ResolvedDependencies } from './options.ts'
import type { PeerAddress } from './peer-address.ts'
import type { PeerRecord } from './peer-book.ts'
import { PeerLifecycle } from './peer-lifecycle.ts'
import { PendingVerdicts } from './pending-verdicts.ts'
import { RequestClient } from './request-client.ts'
import { RequestServer } from './request-server.ts'
import { SeenCache } from './seen-cache.ts'
import { unsentBytes, Watchdog } from './watchdog.ts'
import { type WireNames, wireNames } from './wire-names.ts'

/** A graceful close tells the peers at once; after this long the connections are cut. */
const GRACEFUL_STOP_MS = 500
const HARD_STOP_MS = 1_200
/** A peer keeps one stream of each protocol; a few more may overlap while one replaces another. */
const STREAMS_PER_PROTOCOL = 4
/** Changes of neighbours this close together are told to the peers in one list. */
const ANNOUNCE_DELAY_MS = 20

/** The running network: everything of one start, from libp2p's node to stop. */
export class Libp2pNetwork {
  readonly #settings: NetworkSettings
  readonly #deps: ResolvedDependencies
  readonly #handlers: NetworkHandlers
  readonly #logger: Logger
  readonly #names: WireNames
  readonly #meter: NetworkMeter
  readonly #peers: PeerLifecycle
  readonly #client: RequestClient
  readonly #server: RequestServer
  readonly #direct: DirectStreams
  readonly #pending: PendingVerdicts
  readonly #seen: SeenCache
  readonly #watchdog: Watchdog
  readonly #node: Libp2pNode
  readonly #gossip: Gossip
  readonly #router: MessageRouter
  #announceTimer: Timer | null = null
  #stopping = false

  private constructor(
    settings: NetworkSettings,
    deps: ResolvedDependencies,
    handlers: NetworkHandlers,
    base: Foundation
  ) {
    const { clock } = deps
    const { logger, names, meter, peers, node } = base
    const { maxRequestBytes, maxResponseBytes, timing } = settings
    const onOffence = (peer: PeerId, reason: string) => peers.blame(peer, reason)
    this.#settings = settings
    this.#deps = deps
    this.#handlers = handlers
    this.#logger = logger
    this.#names = names
    this.#meter = meter
    this.#peers = peers
    this.#node = node
    this.#client = new RequestClient({
      maxRequestBytes,
      maxResponseBytes,
      clock,
      logger,
      meter,
      openStream: (peer, protocol, signal) => this.#openStream(peer, names.protocols[protocol], signal),
      isConnected: peer => peers.book.get(peer) !== undefined,
      onOffence
    })
    this.#server = new RequestServer({
      maxRequestBytes,
      maxResponseBytes,
      logger,
      meter,
      onRequest: (protocol, data, from) => handlers.onRequest(protocol, data, from),
      onOffence
    })
    this.#seen = new SeenCache(clock, timing.seenMs)
    this.#pending = new PendingVerdicts(clock, timing.judgeTimeoutMs)
    this.#gossip = new Gossip(node.services.pubsub, {
      names,
      logger,
      onMessage: (topic, frame, from, id) => {
        peers.markReady(from)
        this.#router.fromGossip(topic, frame, from, id)
      },
      onUnreachable: peer => peers.drop(peer, 'gossip_broken')
    })
    this.#direct = new DirectStreams({
      maxFrameBytes: Math.max(...Object.values(settings.maxMessageBytes)) + ATTEMPT_BYTES,
      logger,
      openStream: peer => this.#openStream(peer, names.direct, AbortSignal.timeout(timing.readyTimeoutMs)),
      onMessage: (topic, frame, from) => this.#router.fromStream(topic, frame, from),
      onNeighbours: (list, from) => this.#router.neighboursOf(from, list),
      onOffence
    })
    this.#router = new MessageRouter({
      settings,
      names,
      gossip: this.#gossip,
      direct: this.#direct,
      attempts: new AttemptCounter(clock, timing.seenMs),
      seen: this.#seen,
      pending: this.#pending,
      logger,
      meter,
      meshLow: MESH_DEGREES.Dlo,
      readyPeers: () => peers.book.ready().map(peer => peer.id),
      onMessage: (topic, data, from, judge) => handlers.onMessage(topic, data, from, judge),
      onOffence
    })
    this.#watchdog = new Watchdog({
      settings,
      clock,
      book: peers.book,
      gossipStands: peer =>
        this.#gossip.canReach(peer) && this.#gossip.subscribersOf('consensus').includes(peer),
      drop: (peer, reason) => peers.drop(peer, reason),
      onTick: () => this.#tick()
    })
  }

  /** Starts listening and dialling. Throws NetworkError LISTEN_FAILED with one clear line. */
  static async start(
    settings: NetworkSettings,
    deps: ResolvedDependencies,
    handlers: NetworkHandlers
  ): Promise<Libp2pNetwork> {
    const logger = deps.logger.child('p2p')
    const names = wireNames(settings.genesisHash)
    const meter = new NetworkMeter(deps.metrics)
    const peers = new PeerLifecycle({
      ...deps,
      settings,
      names,
      logger,
      meter,
      onReady: peer => network.#onReady(peer),
      onGone: peer => network.#onGone(peer)
    })
    const closeStanding = (peer: PeerId) => peers.drop(peer, 'replaced')
    const node = await createLibp2pNode(
      settings,
      names,
      createGater({ policy: peers.policy, logger, meter, closeStanding })
    )
    peers.attach(node)
    const network = new Libp2pNetwork(settings, deps, handlers, { logger, names, meter, peers, node })
    await network.#start()
    return network
  }

  get listenAddresses(): string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  dial(peers: readonly PeerAddress[], wish: DialWish): void {
    if (!this.#stopping) this.#peers.dial(peers, wish)
  }

  publish(topic: Topic, data: Uint8Array): number {
    return this.#stopping ? 0 : this.#router.publish(topic, data)
  }

  async request(peer: PeerId, protocol: Protocol, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#stopping) throw new NetworkError('STOPPED', 'the network is stopping')
    return this.#client.request(peer, protocol, data, timeoutMs)
  }

  peers(): PeerInfo[] {
    return this.#peers.book.ready().map(peer => this.#infoOf(peer))
  }

  report(peer: PeerId, reason: string): void {
    this.#peers.blame(peer, reason)
  }

  /** Closes everything; takes 2 s at the most. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#peers.stop()
    this.#watchdog.stop()
    this.#announceTimer?.cancel()
    this.#client.stop()
    this.#pending.clear()
    const closing = AbortSignal.timeout(GRACEFUL_STOP_MS)
    setMaxListeners(0, closing)
    await Promise.all(
      [...this.#peers.book.links()].map(({ connection }) =>
        connection.close({ signal: closing }).catch((error: Error) => connection.abort(error))
      )
    )
    await this.#stopNode()
  }

  async #start(): Promise<void> {
    await this.#serve(this.#names.direct, (stream, from) => this.#direct.serve(stream, from))
    for (const protocol of PROTOCOLS) {
      await this.#serve(this.#names.protocols[protocol], (stream, from) =>
        this.#server.serve(protocol, stream, from)
      )
    }
    try {
      await this.#node.start()
    } catch (error) {
      this.#stopping = true
      this.#peers.stop()
      await this.#stopNode()
      throw listenError(this.#settings.listenAddresses, error)
    }
    this.#gossip.subscribe()
    this.#peers.startDialling()
    this.#watchdog.start()
    this.#logger.info('listening for peers', {
      peerId: this.#settings.selfId,
      addresses: this.listenAddresses
    })
  }

  /** Serves a protocol of this chain; a peer that opens it has shown that it is of this chain. */
  async #serve(protocol: string, serve: (stream: Stream, from: PeerId) => Promise<void>): Promise<void> {
    await this.#node.handle(
      protocol,
      (stream, connection) => {
        const from = connection.remotePeer.toString()
        this.#peers.markReady(from)
        void serve(stream, from)
      },
      { maxInboundStreams: STREAMS_PER_PROTOCOL, maxOutboundStreams: STREAMS_PER_PROTOCOL }
    )
  }

  async #stopNode(): Promise<void> {
    let timer: Timer | null = null
    const hardStop = new Promise<void>(resolve => {
      timer = this.#deps.clock.setTimer(HARD_STOP_MS, resolve)
    })
    await Promise.race([this.#node.stop(), hardStop])
    ;(timer as Timer | null)?.cancel()
  }

  #onReady(peer: PeerRecord): void {
    if (this.#stopping) return
    const info = this.#infoOf(peer)
    this.#logger.info('peer connected', { peer: peer.id, address: info.address, outbound: info.outbound })
    this.#openDirect(peer.id)
    this.#announceSoon()
    this.#call('onPeerConnected', () => this.#handlers.onPeerConnected(info))
  }

  #onGone(peer: PeerRecord): void {
    this.#client.drop(peer.id)
    this.#direct.drop(peer.id)
    this.#router.forget(peer.id)
    this.#gossip.forget(peer.id)
    if (!peer.ready) return
    this.#meter.setUnsent(peer.id, 0)
    this.#announceSoon()
    this.#logger.info('peer disconnected', {
      peer: peer.id,
      reason: peer.dropped ?? 'closed by the peer, or lost',
      peers: this.#peers.book.ready().length
    })
    this.#call('onPeerDisconnected', () => this.#handlers.onPeerDisconnected(peer.id))
  }

  #openDirect(peer: PeerId): void {
    void this.#direct.open(peer, () => this.#router.announceNeighbours(peer))
  }

  #announceSoon(): void {
    if (this.#announceTimer !== null || this.#stopping) return
    this.#announceTimer = this.#deps.clock.setTimer(ANNOUNCE_DELAY_MS, () => {
      this.#announceTimer = null
      this.#router.announceNeighbours()
    })
  }

  #tick(): void {
    this.#pending.sweep()
    this.#seen.sweep()
    this.#peers.sweep()
    this.#meter.setPending(this.#pending.size)
    this.#meter.flush(peer => this.#peers.book.get(peer) !== undefined)
    for (const peer of this.#peers.book.ready()) {
      this.#meter.setUnsent(peer.id, unsentBytes(peer))
      this.#openDirect(peer.id)
    }
  }

  #infoOf(peer: PeerRecord): PeerInfo {
    const link = peer.links[0]
    const { sent, received } = this.#meter.bytesWith(peer.id)
    return {
      id: peer.id,
      nodeId: peer.nodeId,
      address: link?.connection.remoteAddr.toString() ?? '',
      listenAddress: peer.listenAddress,
      outbound: link?.outbound ?? false,
      connectedAtMs: peer.connectedAtMs,
      topics: this.#gossip.topicsOf(peer.id),
      moniker: peer.moniker,
      sentBytes: sent,
      receivedBytes: received
    }
  }

  async #openStream(peer: PeerId, protocol: string, signal: AbortSignal): Promise<Stream> {
    const links = this.#peers.book.get(peer)?.links ?? []
    const connection = links.find(link => link.connection.status === 'open')?.connection
    if (connection === undefined) throw new NetworkError('PEER_GONE', `not connected to ${peer}`)
    return connection.newStream([protocol], { signal })
  }

  #call(handler: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#logger.error('network handler failed', { handler, error: errorMessage(error) })
    }
  }
}

/** What is built before the network itself, since libp2p's node asks it who may connect. */
interface Foundation {
  readonly logger: Logger
  readonly names: WireNames
  readonly meter: NetworkMeter
  readonly peers: PeerLifecycle
  readonly node: Libp2pNode
}
