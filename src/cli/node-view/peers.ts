import type { PeerInfo } from '../../network/index.ts'
import type { NodeInfo, PeerStateView, PeerView } from '../../rpc/index.ts'
import { timestampFromMs } from '../../types/index.ts'
import type { Node } from '../../validator/index.ts'

/** Connected peers under the shapes RPC clients know. */
export function peerViews(node: Node, self: NodeInfo): readonly PeerView[] {
  const { network, clock } = node.ports
  return network.peers().map(peer => ({
    nodeInfo: {
      ...self,
      id: peer.nodeId,
      listenAddress: peer.address,
      moniker: peer.moniker || peer.nodeId,
      other: { tx_index: '', rpc_address: '', peer_id: peer.id }
    },
    isOutbound: peer.outbound,
    remoteIp: ipOf(peer.address),
    connectedAt: timestampFromMs(peer.connectedAtMs),
    connectedMs: Math.max(0, clock.now() - peer.connectedAtMs),
    sentBytes: peer.sentBytes ?? 0,
    receivedBytes: peer.receivedBytes ?? 0
  }))
}

/** Where each peer said it is. */
export function peerStateViews(node: Node): readonly PeerStateView[] {
  const { network } = node.ports
  return network.peers().flatMap(peer => {
    const position = node.catchUp.positions.get(peer.id)
    return position === undefined ? [] : [peerState(peer, position)]
  })
}

type Position = ReturnType<Node['catchUp']['positions']['get']>

function peerState(peer: PeerInfo, position: NonNullable<Position>): PeerStateView {
  return {
    address: `${peer.nodeId}@${hostAndPort(peer.address)}`,
    height: position.height,
    round: position.round,
    step: position.step,
    startTime: timestampFromMs(peer.connectedAtMs),
    hasProposal: false,
    proposalParts: null,
    prevotes: null,
    precommits: null,
    usefulVotes: 0,
    usefulBlockParts: 0
  }
}

/** The IP in a multiaddr, or the text itself. */
function ipOf(address: string): string {
  return /\/ip[46]\/([^/]+)/.exec(address)?.[1] ?? address
}

function hostAndPort(address: string): string {
  const port = /\/tcp\/(\d+)/.exec(address)?.[1]
  return port === undefined ? ipOf(address) : `${ipOf(address)}:${port}`
}
