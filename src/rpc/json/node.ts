import { timestampToRfc3339 } from '../../types/index.ts'
import type { NodeInfo, PeerView } from '../node-view.ts'
import { hexJson, int64Json, type JsonObject } from './json.ts'

const NANOS_PER_MS = 1_000_000n

export function nodeInfoToJson(info: NodeInfo): JsonObject {
  return {
    protocol_version: {
      p2p: int64Json(info.protocolVersion.p2p),
      block: int64Json(info.protocolVersion.block),
      app: int64Json(info.protocolVersion.app)
    },
    id: info.id,
    listen_addr: info.listenAddress,
    network: info.network,
    version: info.version,
    channels: hexJson(info.channels),
    moniker: info.moniker,
    other: info.other
  }
}

/**
 * A peer in `net_info`. The monitors are CometBFT's flow rates: what is not measured here (momentary rates) is 0, the
 * average is bytes over the life of the connection. libp2p has no channels of fixed priority, so there are none.
 */
export function peerToJson(peer: PeerView): JsonObject {
  return {
    node_info: nodeInfoToJson(peer.nodeInfo),
    is_outbound: peer.isOutbound,
    connection_status: {
      Duration: durationJson(peer.connectedMs),
      SendMonitor: monitorToJson(peer, peer.sentBytes),
      RecvMonitor: monitorToJson(peer, peer.receivedBytes),
      Channels: []
    },
    remote_ip: peer.remoteIp
  }
}

function monitorToJson(peer: PeerView, bytes: number): JsonObject {
  const perSecond = peer.connectedMs > 0 ? Math.round((bytes * 1000) / peer.connectedMs) : 0
  return {
    Start: timestampToRfc3339(peer.connectedAt),
    Bytes: int64Json(bytes),
    Samples: '0',
    InstRate: '0',
    CurRate: '0',
    AvgRate: int64Json(perSecond),
    PeakRate: '0',
    BytesRem: '0',
    Duration: durationJson(peer.connectedMs),
    Idle: '0',
    TimeRem: '0',
    Progress: 0,
    Active: true
  }
}

/** Go's time.Duration: nanoseconds. */
function durationJson(ms: number): string {
  return int64Json(BigInt(Math.round(ms)) * NANOS_PER_MS)
}
