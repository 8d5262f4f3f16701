import './polyfill.ts'
import { type GossipSub, gossipsub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p, ServiceMap } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { inGatheredWrites, inWholeWrites } from './gathered-writes.ts'
import { gossipsubOptions } from './gossip-config.ts'
import type { NetworkSettings } from './options.ts'
import { agentVersion } from './peer-book.ts'
import type { WireNames } from './wire-names.ts'

interface Services extends ServiceMap {
  readonly pubsub: GossipSub
}
export type Libp2pNode = Libp2p<Services>

const SOCKET_CLOSE_TIMEOUT_MS = 500
const CONNECTIONS_ABOVE_LIMITS = 64
/** Handshakes at once: strangers that connect and say nothing hold one each until the dial timeout. */
const PENDING_HANDSHAKES = 256
/** Connections one address may open in a second; the finer limit for public addresses is in ConnectionPolicy. */
const CONNECTIONS_PER_SECOND = 100

/** Builds the libp2p node, not started. Every default of libp2p that matters to a validator is set here. */
export async function createLibp2pNode(
  settings: NetworkSettings,
  names: WireNames,
  connectionGater: ConnectionGater
): Promise<Libp2pNode> {
  const { timing } = settings
  return createLibp2p<Services>({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', settings.privateKeySeed),
    nodeInfo: { name: 'pnyx', version: settings.version, userAgent: agentVersion(settings) },
    addresses: { listen: [...settings.listenAddresses] },
    transports: [
      tcp({ dialOpts: { noDelay: true, keepAlive: true }, listenOpts: { noDelay: true, keepAlive: true } })
    ],
    connectionEncrypters: [inWholeWrites(noise())],
    streamMuxers: [inGatheredWrites(yamux())],
    connectionGater,
    connectionManager: {
      // Above our own limits, so that libp2p never prunes a connection by its own lights.
      maxConnections:
        settings.maxInboundPeers +
        settings.maxOutboundPeers +
        settings.persistentPeers.length +
        settings.seeds.length +
        (settings.allowed?.size ?? 0) +
        CONNECTIONS_ABOVE_LIMITS,
      inboundConnectionThreshold: CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: PENDING_HANDSHAKES,
      // The dialer of this room does this, for ever; libp2p's gives up after half a minute.
      reconnectRetries: 0,
      dialTimeout: timing.dialTimeoutMs,
      addressDialTimeout: timing.dialTimeoutMs,
      inboundUpgradeTimeout: timing.dialTimeoutMs,
      connectionCloseTimeout: SOCKET_CLOSE_TIMEOUT_MS
    },
    connectionMonitor: {
      pingInterval: timing.pingIntervalMs,
      // Long, since a validator that was stopped for ten seconds loses nothing if its connections stand.
      pingTimeout: { minTimeout: timing.pingTimeoutMs, maxTimeout: 2 * timing.pingTimeoutMs }
    },
    services: {
      identify: identify({ timeout: timing.readyTimeoutMs }),
      pubsub: gossipsub(gossipsubOptions(settings, names))
    }
  })
}
