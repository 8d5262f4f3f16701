import './polyfill.ts'
import type { Connection, IdentifyResult } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { errorMessage, type Logger } from '../util/index.ts'
import { AttemptCounter } from './attempts.ts'
import { BlameBook } from './blame.ts'
import { ConnectionPolicy } from './connection-policy.ts'
import { Dialer } from './dialer.ts'
import { createGater } from './gater.ts'
import { Gossip } from './gossip.ts'
import { createLibp2pNode, type Libp2pNode } from './libp2p-node.ts'
import { type DropReason, NetworkMeter } from './meter.ts'
import {
  type NetworkHandlers,
  type PeerId,
  type PeerInfo,
  PROTOCOLS,
  type Protocol,
  type Topic
} from './network.ts'
import { NetworkError } from './network-error.ts'
import type { NetworkSettings, ResolvedDependencies } from './options.ts'
import { monikerOf, PeerBook, type PeerRecord } from './peer-book.ts'
import { PendingVerdicts } from './pending-verdicts.ts'
import { RequestClient } from './request-client.ts'
import { MAX_IN_FLIGHT } from './request-frames.ts'
import { RequestServer } from './request-server.ts'
import { Watchdog } from './watchdog.ts'
import { type WireNames, wireNames } from './wire-names.ts'

/** A graceful close tells the peer at once; after this long the connections are cut. */
const GRACEFUL_STOP_MS = 500
const HARD_STOP_MS = 1_200
/** A peer keeps one stream of each protocol; a few more may overlap while one replaces another. */
const STREAMS_PER_PROTOCOL = 4

/** The running network: everything of one start, from createLibp2p to stop. */
export class Libp2pNetwork {
  readonly #settings: NetworkSettings
  readonly #deps: ResolvedDependencies
  readonly #handlers: NetworkHandlers
  readonly #logger: Logger
  readonly #names: WireNames
  readonly #meter: NetworkMeter
  readonly #blame: BlameBook
  readonly #book: PeerBook
  readonly #policy: ConnectionPolicy
  readonly #dialer: Dialer
  readonly #client: RequestClient
  readonly #server: RequestServer
  readonly #watchdog: Watchdog
  #node!: Libp2pNode
  #gossip!: Gossip
  #stopping = false

  private constructor(settings: NetworkSettings, deps: ResolvedDependencies, handlers: NetworkHandlers) {
    const { clock, random } = deps
    const logger = deps.logger.child('p2p')
    this.#settings = settings
    this.#deps = deps
    this.#handlers = handlers
    this.#logger = logger
    this.#names = wireNames(settings.genesisHash)
    this.#meter = new NetworkMeter(deps.metrics)
    this.#blame = new BlameBook(clock, settings.timing.refusalMs)
    this.#book = new PeerBook(clock)
    this.#policy = new ConnectionPolicy({
      settings,
      clock,
      blame: this.#blame,
      links: () => this.#book.links()
    })
    const meter = this.#meter
    const isConnected = (peer: PeerId) => this.#book.get(peer) !== undefined
    const onOffence = (peer: PeerId, reason: string) => this.report(peer, reason)
    this.#dialer = new Dialer({
      settings,
      clock,
      random,
      policy: this.#policy,
      logger,
      meter,
      dial: addresses => this.#dial(addresses),
      isConnected,
      peerCount: () => this.#book.ready().length
    })
    const { maxRequestBytes, maxResponseBytes } = settings
    this.#client = new RequestClient({
      maxRequestBytes,
      maxResponseBytes,
      clock,
      logger,
      meter,
      openStream: (peer, protocol, signal) => this.#openStream(peer, protocol, signal),
      isConnected,
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
    this.#watchdog = new Watchdog({
      settings,
      clock,
      book: this.#book,
      gossipStands: peer =>
        this.#gossip.canReach(peer) && this.#gossip.subscribersOf('consensus').includes(peer),
      drop: (peer, reason) => this.#drop(peer, reason),
      onTick: () => this.#tick()
    })
  }

  /** Starts listening and dialling. Throws NetworkError LISTEN_FAILED with one clear line. */
  static async start(
    settings: NetworkSettings,
    deps: ResolvedDependencies,
    handlers: NetworkHandlers
  ): Promise<Libp2pNetwork> {
    const network = new Libp2pNetwork(settings, deps, handlers)
    await network.#start()
    return network
  }

  get listenAddresses(): string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  publish(topic: Topic, data: Uint8Array): number {
    if (this.#stopping) return 0
    if (data.length > this.#settings.maxMessageBytes[topic]) {
      this.#meter.oversized(topic)
      this.#logger.error('own message is over the size limit of its topic', { topic, bytes: data.length })
      return 0
    }
    return this.#gossip.publish(topic, data)
  }

  async request(peer: PeerId, protocol: Protocol, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#stopping) throw new NetworkError('STOPPED', 'the network is stopping')
    return this.#client.request(peer, protocol, data, timeoutMs)
  }

  peers(): PeerInfo[] {
    return this.#book.ready().map(record => this.#infoOf(record))
  }

  report(peer: PeerId, reason: string): void {
    this.#meter.offence()
    this.#logger.debug('peer misbehaved', { peer, reason })
    if (!this.#blame.add(peer)) return
    this.#logger.warn('peer misbehaved too often, refused for a while', {
      peer,
      reason,
      refusedForMs: this.#settings.timing.refusalMs
    })
    this.#drop(peer, 'blame')
  }

  /** Closes everything; takes 2 s at the most. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#dialer.stop()
    this.#watchdog.stop()
    this.#client.stop()
    this.#gossip.stop()
    const closing = AbortSignal.timeout(GRACEFUL_STOP_MS)
    await Promise.all(
      [...this.#book.links()].map(({ connection }) =>
        connection.close({ signal: closing }).catch((error: Error) => connection.abort(error))
      )
    )
    await Promise.race([this.#node.stop(), this.#delay(HARD_STOP_MS)])
  }

  async #start(): Promise<void> {
    const gater = createGater({
      policy: this.#policy,
      logger: this.#logger,
      meter: this.#meter,
      closeStanding: peer => this.#drop(peer, 'replaced')
    })
    this.#node = await createLibp2pNode(this.#settings, this.#names, gater)
    this.#gossip = this.#createGossip()
    this.#node.addEventListener('connection:open', event => this.#onOpen(event.detail))
    this.#node.addEventListener('connection:close', event => this.#onClose(event.detail))
    this.#node.addEventListener('peer:identify', event => this.#onIdentify(event.detail))
    for (const protocol of PROTOCOLS) {
      await this.#node.handle(
        this.#names.protocols[protocol],
        (stream, connection) => {
          const from = connection.remotePeer.toString()
          this.#markReady(from)
          void this.#server.serve(protocol, stream, from)
        },
        { maxInboundStreams: STREAMS_PER_PROTOCOL, maxOutboundStreams: STREAMS_PER_PROTOCOL }
      )
    }
    try {
      await this.#node.start()
    } catch (error) {
      await Promise.race([this.#node.stop(), this.#delay(HARD_STOP_MS)])
      throw listenError(this.#settings.listenAddresses, error)
    }
    this.#gossip.subscribe()
    this.#dialer.start()
    this.#watchdog.start()
    this.#logger.info('listening for peers', {
      peerId: this.#settings.selfId,
      addresses: this.listenAddresses
    })
  }

  #createGossip(): Gossip {
    const { clock } = this.#deps
    const { seenMs, judgeTimeoutMs } = this.#settings.timing
    return new Gossip(this.#node.services.pubsub, {
      settings: this.#settings,
      names: this.#names,
      attempts: new AttemptCounter(clock, seenMs),
      pending: sink => new PendingVerdicts(clock, judgeTimeoutMs, sink),
      logger: this.#logger,
      meter: this.#meter,
      events: {
        onMessage: (topic, data, from, judge) => {
          this.#markReady(from)
          try {
            this.#handlers.onMessage(topic, data, from, judge)
          } catch (error) {
            this.#logger.error('gossip handler failed', { topic, error: errorMessage(error) })
            judge('ignore')
          }
        },
        mayForward: topic => topic !== 'parts' || this.#settings.forwardParts !== false,
        onOffence: (peer, reason) => this.report(peer, reason),
        onUnreachable: peer => this.#drop(peer, 'gossip_broken')
      }
    })
  }

  #onOpen(connection: Connection): void {
    if (this.#stopping) return
    const record = this.#book.opened(connection)
    this.#policy.opened(record.id)
    this.#logger.debug('connection opened', {
      peer: record.id,
      address: connection.remoteAddr.toString(),
      outbound: connection.direction === 'outbound'
    })
    if (record.links.length > 1) this.#closeDuplicates(record)
  }

  /**
   * The policy prevents a second connection; should one come all the same, both sides keep the one that the lower id
   * dialled, the newest of these. The watchdog then heals gossip, which may have lost a stream with the other.
   */
  #closeDuplicates(record: PeerRecord): void {
    const dialledByLower = this.#settings.selfId < record.id
    const winners = record.links.filter(link => link.outbound === dialledByLower)
    const keep = (winners.length > 0 ? winners : record.links).at(-1)!
    for (const { connection } of [...record.links]) {
      if (connection === keep.connection) continue
      this.#meter.dropped('duplicate')
      this.#logger.debug('closing a second connection', { peer: record.id })
      void connection.close().catch((error: Error) => connection.abort(error))
    }
  }

  #onClose(connection: Connection): void {
    const record = this.#book.closed(connection)
    if (record === null) return
    this.#logger.debug('connection closed', { peer: record.id })
    this.#client.drop(record.id)
    this.#gossip.forget(record.id)
    this.#meter.setPeers(this.#book.ready().length)
    if (record.ready) {
      this.#logger.info('peer disconnected', { peer: record.id, peers: this.#book.ready().length })
      this.#call('onPeerDisconnected', () => this.#handlers.onPeerDisconnected(record.id))
    }
    if (this.#stopping) return
    // Strangers leave nothing behind in libp2p's address book, however many come and go.
    if (!this.#policy.isPersistent(record.id)) {
      void this.#node.peerStore.delete(connection.remotePeer).catch(() => {})
    }
    this.#dialer.disconnected(record.id, record.ready)
  }

  #onIdentify({ connection, protocols, agentVersion }: IdentifyResult): void {
    const record = this.#book.get(connection.remotePeer.toString())
    if (record === undefined) return
    record.moniker = monikerOf(agentVersion)
    if (protocols.includes(this.#names.protocols.catchup)) {
      this.#markReady(record.id)
      return
    }
    this.#logger.info('peer is of another chain: it has another genesis file or other software', {
      peer: record.id,
      address: connection.remoteAddr.toString()
    })
    this.#drop(record.id, 'other_chain')
  }

  /** The peer has shown that it is of this chain: by its list of protocols, a message on a topic, or a request. */
  #markReady(peer: PeerId): void {
    const record = this.#book.get(peer)
    if (record === undefined || record.ready) return
    record.ready = true
    this.#dialer.connected(peer)
    const info = this.#infoOf(record)
    this.#meter.setPeers(this.#book.ready().length)
    this.#logger.info('peer connected', { peer, address: info.address, outbound: info.outbound })
    this.#call('onPeerConnected', () => this.#handlers.onPeerConnected(info))
  }

  #infoOf(record: PeerRecord): PeerInfo {
    const link = record.links[0]
    return {
      id: record.id,
      nodeId: record.nodeId,
      address: link?.connection.remoteAddr.toString() ?? '',
      outbound: link?.outbound ?? false,
      connectedAtMs: record.connectedAtMs,
      topics: this.#gossip.topicsOf(record.id),
      moniker: record.moniker
    }
  }

  #drop(peer: PeerId, reason: DropReason): void {
    const record = this.#book.get(peer)
    if (record === undefined) return
    this.#meter.dropped(reason)
    this.#logger.debug('closing the connection to a peer', { peer, reason })
    for (const { connection } of [...record.links]) connection.abort(new Error(reason))
  }

  #tick(): void {
    this.#gossip.sweep()
    this.#blame.sweep()
    this.#meter.setPending(this.#gossip.pendingVerdicts)
  }

  async #dial(addresses: readonly string[]): Promise<void> {
    await this.#node.dial(
      addresses.map(address => multiaddr(address)),
      {
        signal: AbortSignal.timeout(this.#settings.timing.dialTimeoutMs)
      }
    )
  }

  async #openStream(peer: PeerId, protocol: Protocol, signal: AbortSignal) {
    const connection = this.#book.get(peer)?.links[0]?.connection
    if (connection === undefined) throw new NetworkError('PEER_GONE', `not connected to ${peer}`)
    return connection.newStream([this.#names.protocols[protocol]], {
      signal,
      maxOutboundStreams: 2 * MAX_IN_FLIGHT
    })
  }

  #call(handler: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#logger.error('network handler failed', { handler, error: errorMessage(error) })
    }
  }

  #delay(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#deps.clock.setTimer(ms, resolve)
    })
  }
}

function listenError(addresses: readonly string[], error: unknown): NetworkError {
  const text = errorMessage(error)
  const reason = /EADDRINUSE/.test(text)
    ? 'the address is in use, by another node or another program'
    : /EADDRNOTAVAIL/.test(text)
      ? 'this machine does not have the address'
      : /EACCES/.test(text)
        ? 'permission denied (ports below 1024 need privileges)'
        : text.replace(/\s+/g, ' ')
  return new NetworkError('LISTEN_FAILED', `cannot listen on ${addresses.join(', ')}: ${reason}`, {
    cause: error
  })
}
