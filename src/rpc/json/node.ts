import { timestampToRfc3339 } from '../../types/index.ts'
import type { FlowView, NodeInfo, PeerView } from '../node-view.ts'
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
 * A peer in `net_info`. The monitors are CometBFT's flow rates, of messages as they are before the transport wraps them.
 * Nothing is transferred with an end, so what speaks of one (BytesRem, TimeRem, Progress) is 0. CometBFT's channels are
 * queues of fixed priority on one connection, which libp2p's streams are not: there are none.
 */
export function peerToJson(peer: PeerView): JsonObject {
  return {
    node_info: nodeInfoToJson(peer.nodeInfo),
    is_outbound: peer.isOutbound,
    connection_status: {
      Duration: durationJson(peer.connectedMs),
      SendMonitor: monitorToJson(peer, peer.sent),
      RecvMonitor: monitorToJson(peer, peer.received),
      Channels: []
    },
    remote_ip: peer.remoteIp
  }
}

function monitorToJson(peer: PeerView, flow: FlowView): JsonObject {
  const average = peer.connectedMs > 0 ? (flow.bytes * 1000) / peer.connectedMs : 0
  return {
    Start: timestampToRfc3339(peer.connectedAt),
    Bytes: int64Json(flow.bytes),
    Samples: int64Json(flow.samples),
    InstRate: rateJson(flow.lastRate),
    CurRate: rateJson(flow.currentRate),
    AvgRate: rateJson(average),
    PeakRate: rateJson(flow.peakRate),
    BytesRem: '0',
    Duration: durationJson(peer.connectedMs),
    Idle: durationJson(flow.idleMs),
    TimeRem: '0',
    Progress: 0,
    Active: true
  }
}

function rateJson(bytesPerSecond: number): string {
  return int64Json(Math.round(bytesPerSecond))
}

/** Go's time.Duration: nanoseconds. */
function durationJson(ms: number): string {
  return int64Json(BigInt(Math.round(ms)) * NANOS_PER_MS)
}
