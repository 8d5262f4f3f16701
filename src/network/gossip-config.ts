import { createHash } from 'node:crypto'
import type { GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import { MAX_GOSSIP_FRAME_BYTES, type NetworkSettings } from './options.ts'
import { isPrivateIp } from './peer-address.ts'
import type { WireNames } from './wire-names.ts'

const MESSAGE_ID_BYTES = 20
const SCORE_MEMORY_MS = 10 * 60_000
/** Heartbeats for which full messages are kept to answer IWANT, and for which they are announced to others. */
const HISTORY_HEARTBEATS = 10
const ANNOUNCED_HEARTBEATS = 6
const STREAMS_PER_PEER = 4

/** Addresses of private networks do not count as shared: gossipsub asks by `has`, one address at a time. */
class PrivateAddresses extends Set<string> {
  override has(address: string): boolean {
    return isPrivateIp(address)
  }
}

/**
 * The same on every node, since the rule on passing messages on relies on the sender's: a node with no more peers than
 * Dlo has all of them in its mesh. Larger meshes only carry every message once more on each of their links.
 */
export const MESH_DEGREES = { D: 6, Dlo: 5, Dhi: 10, Dscore: 4, Dout: 2 } as const

/**
 * What one frame may hold. Ids and messages keep gossipsub's own sending limits, since a frame over a limit is dropped
 * whole and honest peers send up to them; the rest allows our few topics and nothing like a flood (CVE-2026-46679).
 */
const DECODE_LIMITS = {
  maxSubscriptions: 32,
  maxMessages: 5_000,
  maxIhaveMessageIDs: 5_000,
  maxIwantMessageIDs: 5_000,
  maxIdontwantMessageIDs: 512,
  maxControlMessages: 64,
  maxPeerInfos: 16
}

/**
 * gossipsub refuses signatures, keys and sequence numbers on unsigned messages, but not a sender, which is no part of
 * the message's id and would be passed on: up to 4 MiB of ballast on a vote. This hook sees every raw message first;
 * an (empty) signature makes gossipsub refuse it. It gives no fast id.
 */
function refuseSender(message: Parameters<FastMsgIdFn>[0]): never {
  if (message.from != null) message.signature ??= new Uint8Array(0)
  return undefined as never
}
type FastMsgIdFn = NonNullable<GossipsubOpts['fastMsgIdFn']>

/** The gossipsub options of a validator network; the reasons stand beside each. */
export function gossipsubOptions(settings: NetworkSettings, names: WireNames): Partial<GossipsubOpts> {
  const closedNetwork = settings.allowed !== null
  return {
    // Everything that matters carries its own signature, so gossip adds none: 2.5 times cheaper.
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: message =>
      createHash('sha256')
        .update(message.topic)
        .update('\0')
        .update(message.data)
        .digest()
        .subarray(0, MESSAGE_ID_BYTES),
    fastMsgIdFn: refuseSender,
    msgIdToStrFn: id => Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1'),
    allowedTopics: new Set(names.topicOfName.keys()),
    // Forward only what the node has judged; deliver each message without waiting for the one before.
    asyncValidation: true,
    floodPublish: true,
    batchPublish: true,
    emitSelf: false,
    fallbackToFloodsub: false,
    doPX: false,
    tagMeshPeers: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    ...MESH_DEGREES,
    heartbeatInterval: settings.timing.heartbeatMs,
    mcacheLength: HISTORY_HEARTBEATS,
    mcacheGossip: ANNOUNCED_HEARTBEATS,
    seenTTL: settings.timing.seenMs,
    // A frame over the limit closes the stream for good, so this is exactly what peers are able to send.
    maxInboundDataLength: MAX_GOSSIP_FRAME_BYTES,
    decodeRpcLimits: DECODE_LIMITS,
    maxInboundStreams: STREAMS_PER_PEER,
    maxOutboundStreams: STREAMS_PER_PEER,
    idontwantMinDataSize: 4_096,
    // No maxOutboundBufferSize: it would abort the stream for as long as the connection lives. The watchdog bounds
    // what waits to be sent, by closing the connection.
    scoreParams: {
      IPColocationFactorWeight: settings.allowDuplicateIp ? 0 : -5,
      IPColocationFactorThreshold: Math.max(1, settings.maxPeersPerIp),
      IPColocationFactorWhitelist: new PrivateAddresses(),
      // In a fixed set a slow validator must not be scored out; elsewhere only repeated misbehaviour counts.
      behaviourPenaltyWeight: closedNetwork ? 0 : -1,
      behaviourPenaltyThreshold: 6,
      retainScore: SCORE_MEMORY_MS
    }
  }
}
