import type { Clock, Logger, Metrics } from '../util/index.ts'
import { peerIdFromSeed, publicKeyOfPeerId } from './identity.ts'
import type { PeerId, Topic } from './network.ts'
import { NetworkError } from './network-error.ts'
import { type PeerAddress, parseListenAddress, parsePeerAddress } from './peer-address.ts'
import { realClock } from './real-clock.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** Minutes of a busy chain, and little enough for many peers that have stopped reading. */
const DEFAULT_MAX_SEND_BUFFER_BYTES = 64 * MIB

/** What libp2p's gossipsub refuses to send in one frame; every cap on a message must stay below. */
export const MAX_GOSSIP_FRAME_BYTES = 4 * MIB
/** Room for the topic name and the protobuf keys around a message. */
const GOSSIP_FRAME_OVERHEAD_BYTES = 4 * KIB

/**
 * The largest message of each topic, bytes. A vote may carry an extension of up to 1 MiB; a block part is 64 KiB and
 * its proof; evidence and transactions follow the chain's defaults.
 */
export const DEFAULT_MAX_MESSAGE_BYTES: Readonly<Record<Topic, number>> = {
  consensus: MIB + 64 * KIB,
  parts: 96 * KIB,
  evidence: MIB,
  txs: MIB + 64 * KIB
}

/** 'auto': pass a message on unless every peer is connected to its sender and so has had it. */
export type RelayRule = 'always' | 'auto' | 'never'

/**
 * In a full mesh, passing on doubles the cost of a message and brings it to nobody new. Parts and transactions are the
 * bulk, and a node that misses one pulls it; votes and evidence are small and worth the redundancy.
 */
export const DEFAULT_RELAY: Readonly<Record<Topic, RelayRule>> = {
  consensus: 'always',
  parts: 'auto',
  evidence: 'always',
  txs: 'auto'
}

/** What the operator and the composition root decide. Only the first four have no default. */
export interface Libp2pNetworkOptions {
  /** The ed25519 seed (32 bytes) of node_key.json. */
  readonly privateKeySeed: Uint8Array
  /** Hex sha256 of the genesis file: part of every topic and protocol name. */
  readonly genesisHash: string
  /** Where to listen, e.g. /ip4/0.0.0.0/tcp/26656. None: the node only dials. */
  readonly listenAddresses: readonly string[]
  /** Shown to peers with the software's version. */
  readonly moniker: string
  readonly version?: string
  /** Multiaddrs with /p2p/ID: dialled for ever, never counted against the limits. This node's own entry is skipped. */
  readonly persistentPeers?: readonly string[]
  /** Multiaddrs with /p2p/ID: dialled at start, and again while fewer than `seedBelowPeers` peers are connected. */
  readonly seeds?: readonly string[]
  readonly seedBelowPeers?: number
  /** A closed network: only these peers and the persistent ones are let in or dialled. */
  readonly allowList?: readonly PeerId[]
  /** Limits on peers that are not persistent. */
  readonly maxInboundPeers?: number
  readonly maxOutboundPeers?: number
  /** Connections from one public IP address; private and loopback addresses are not counted. */
  readonly maxPeersPerIp?: number
  /** Lifts the limit per IP address and the score for sharing one. */
  readonly allowDuplicateIp?: boolean
  readonly maxMessageBytes?: Partial<Readonly<Record<Topic, number>>>
  readonly maxRequestBytes?: number
  readonly maxResponseBytes?: number
  /** What may wait to be sent to one peer before its connection is given up. */
  readonly maxSendBufferBytes?: number
  /** Per topic, whether messages that came by gossip and were accepted are passed on. */
  readonly relay?: Partial<Readonly<Record<Topic, RelayRule>>>
  /** Topics that this node sends on direct streams, with gossipsub for peers without one. All nodes receive both. */
  readonly directTopics?: readonly Topic[]
  readonly timing?: Partial<NetworkTiming>
}

/** Periods and limits of time, milliseconds. Tests shorten them. */
export interface NetworkTiming {
  /** The first redial comes after this long, give or take a fifth; later ones grow to `redialMaxMs`. */
  readonly redialMinMs: number
  readonly redialMaxMs: number
  /** How much longer the peer with the higher id waits, so that the one with the lower id dials. */
  readonly higherIdWaitMs: number
  readonly dialTimeoutMs: number
  readonly watchdogIntervalMs: number
  /** A connection that has not shown the chain's protocols by then is closed. */
  readonly readyTimeoutMs: number
  /** A connection whose gossip streams do not stand for this long is closed, since they do not come back on it. */
  readonly gossipTimeoutMs: number
  /** A message nobody has judged by then counts as ignored. */
  readonly judgeTimeoutMs: number
  readonly pingIntervalMs: number
  /** A peer that does not answer a ping for this long is disconnected. */
  readonly pingTimeoutMs: number
  /** How long a peer that earned too much blame is refused. */
  readonly refusalMs: number
  readonly heartbeatMs: number
  /** How long a gossip message is remembered as seen. */
  readonly seenMs: number
}

export const DEFAULT_TIMING: NetworkTiming = {
  redialMinMs: 400,
  redialMaxMs: 5_000,
  higherIdWaitMs: 700,
  dialTimeoutMs: 5_000,
  watchdogIntervalMs: 1_000,
  readyTimeoutMs: 10_000,
  gossipTimeoutMs: 6_000,
  judgeTimeoutMs: 30_000,
  pingIntervalMs: 10_000,
  pingTimeoutMs: 30_000,
  refusalMs: 60_000,
  heartbeatMs: 500,
  seenMs: 30_000
}

export interface NetworkDependencies {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock?: Clock
  /** A number in [0, 1) for jitter. */
  readonly random?: () => number
}

/** The same, with every default filled in. */
export interface ResolvedDependencies extends NetworkDependencies {
  readonly clock: Clock
  readonly random: () => number
}

export interface NetworkSettings {
  readonly privateKeySeed: Uint8Array
  readonly selfId: PeerId
  readonly genesisHash: string
  readonly listenAddresses: readonly string[]
  readonly moniker: string
  readonly version: string
  readonly persistentPeers: readonly PeerAddress[]
  readonly seeds: readonly PeerAddress[]
  readonly seedBelowPeers: number
  readonly allowed: ReadonlySet<PeerId> | null
  readonly maxInboundPeers: number
  readonly maxOutboundPeers: number
  readonly maxPeersPerIp: number
  readonly allowDuplicateIp: boolean
  readonly maxMessageBytes: Readonly<Record<Topic, number>>
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
  readonly maxSendBufferBytes: number
  readonly relay: Readonly<Record<Topic, RelayRule>>
  readonly directTopics: ReadonlySet<Topic>
  readonly timing: NetworkTiming
}

/** Checks options and fills in defaults. Throws NetworkError BAD_KEY, BAD_ADDRESS or BAD_OPTIONS with one clear line. */
export function resolveOptions(options: Libp2pNetworkOptions): NetworkSettings {
  const selfId = peerIdFromSeed(options.privateKeySeed)
  const persistentPeers = readPeers(options.persistentPeers ?? [], selfId)
  if (!/^[0-9a-f]{64}$/.test(options.genesisHash)) {
    throw new NetworkError('BAD_OPTIONS', 'genesisHash must be 64 lower-case hex digits')
  }
  return {
    privateKeySeed: options.privateKeySeed,
    selfId,
    genesisHash: options.genesisHash,
    listenAddresses: options.listenAddresses.map(readListenAddress),
    moniker: options.moniker,
    version: options.version ?? '0',
    persistentPeers,
    seeds: readPeers(options.seeds ?? [], selfId),
    seedBelowPeers: options.seedBelowPeers ?? 3,
    allowed: readAllowList(options.allowList, persistentPeers),
    maxInboundPeers: options.maxInboundPeers ?? 40,
    maxOutboundPeers: options.maxOutboundPeers ?? 10,
    maxPeersPerIp: options.maxPeersPerIp ?? 4,
    allowDuplicateIp: options.allowDuplicateIp ?? false,
    maxMessageBytes: readMessageLimits(options.maxMessageBytes ?? {}),
    maxRequestBytes: options.maxRequestBytes ?? 64 * KIB,
    maxResponseBytes: options.maxResponseBytes ?? 4 * MIB,
    maxSendBufferBytes: options.maxSendBufferBytes ?? DEFAULT_MAX_SEND_BUFFER_BYTES,
    relay: { ...DEFAULT_RELAY, ...options.relay },
    directTopics: new Set(options.directTopics ?? []),
    timing: { ...DEFAULT_TIMING, ...options.timing }
  }
}

export function resolveDependencies(dependencies: NetworkDependencies): ResolvedDependencies {
  return {
    ...dependencies,
    clock: dependencies.clock ?? realClock,
    random: dependencies.random ?? Math.random
  }
}

/** Errors: BAD_ADDRESS. This node itself is left out. */
export function readPeers(texts: readonly string[], selfId: PeerId): PeerAddress[] {
  const peers: PeerAddress[] = []
  for (const text of texts) {
    const parsed = parsePeerAddress(text)
    if (!parsed.ok) throw new NetworkError('BAD_ADDRESS', `peer address ${parsed.error}`)
    if (parsed.value.peerId !== selfId) peers.push(parsed.value)
  }
  return peers
}

function readListenAddress(text: string): string {
  const parsed = parseListenAddress(text)
  if (!parsed.ok) throw new NetworkError('BAD_ADDRESS', `listen address ${parsed.error}`)
  return parsed.value
}

function readAllowList(
  allowList: readonly PeerId[] | undefined,
  persistentPeers: readonly PeerAddress[]
): ReadonlySet<PeerId> | null {
  if (allowList === undefined) return null
  for (const id of allowList) {
    if (publicKeyOfPeerId(id) === null) {
      throw new NetworkError('BAD_ADDRESS', `"${id}" in the allow list is not the peer id of an ed25519 key`)
    }
  }
  return new Set([...allowList, ...persistentPeers.map(peer => peer.peerId)])
}

function readMessageLimits(limits: Partial<Record<Topic, number>>): Record<Topic, number> {
  const all = { ...DEFAULT_MAX_MESSAGE_BYTES, ...limits }
  for (const [topic, bytes] of Object.entries(all)) {
    if (!(bytes > 0 && bytes <= MAX_GOSSIP_FRAME_BYTES - GOSSIP_FRAME_OVERHEAD_BYTES)) {
      throw new NetworkError(
        'BAD_OPTIONS',
        `maxMessageBytes.${topic} must lie between 1 byte and about 4 MiB`
      )
    }
  }
  return all
}
