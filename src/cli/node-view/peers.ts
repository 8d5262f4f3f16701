import type { PeerInfo } from '../../network/index.ts'
import type { NodeInfo, PeerStateView, PeerView } from '../../rpc/index.ts'
import { timestampFromMs } from '../../types/index.ts'
import { hasBit, type Node } from '../../validator/index.ts'
import type { PeerRates } from './peer-rates.ts'

/** Connected peers under the shapes RPC clients know. */
export function peerViews(node: Node, self: NodeInfo, rates: PeerRates): readonly PeerView[] {
  const { network, clock } = node.ports
  return network.peers().map(peer => ({
    nodeInfo: {
      ...self,
      id: peer.nodeId,
      listenAddress: listenAddressOf(peer),
      moniker: peer.moniker || peer.nodeId,
      // Peers do not tell; clients written in Rust take nothing but on and off.
      other: { tx_index: 'off', rpc_address: '', peer_id: peer.id }
    },
    isOutbound: peer.outbound,
    remoteIp: ipOf(peer.address),
    connectedAt: timestampFromMs(peer.connectedAtMs),
    connectedMs: Math.max(0, clock.now() - peer.connectedAtMs),
    ...rates.of(peer)
  }))
}

/** Where each peer said it is. */
export function peerStateViews(node: Pick<Node, 'ports' | 'catchUp' | 'host'>): readonly PeerStateView[] {
  const { positions, haves } = node.catchUp
  return node.ports.network.peers().flatMap(peer => {
    const position = positions.get(peer.id)
    return position === undefined
      ? []
      : [peerState(peer, position, haveOfRound(node.host, position, haves.get(peer.id)))]
  })
}

type Position = ReturnType<Node['catchUp']['positions']['get']>

interface Have {
  readonly hasProposal: boolean
  readonly prevotes: readonly boolean[]
  readonly precommits: readonly boolean[]
}

/** What a peer has of the round it is in; null where it did not say, or is at a height whose validators are others. */
function haveOfRound(
  { context }: Node['host'],
  { height, round }: NonNullable<Position>,
  said: ReturnType<Node['catchUp']['haves']['get']>
): Have | null {
  if (said?.height !== height || height !== context.height) return null
  const have = said.rounds.find(one => one.round === round)
  if (have === undefined) return null
  const count = context.state.validators.validators.length
  const bits = (bitmap: Uint8Array) => Array.from({ length: count }, (_, index) => hasBit(bitmap, index))
  return { hasProposal: have.hasProposal, prevotes: bits(have.prevotes), precommits: bits(have.precommits) }
}

function peerState(peer: PeerInfo, position: NonNullable<Position>, have: Have | null): PeerStateView {
  return {
    address: `${peer.nodeId}@${hostAndPort(peer.address)}`,
    height: position.height,
    round: position.round,
    step: position.step,
    startTime: timestampFromMs(peer.connectedAtMs),
    hasProposal: have?.hasProposal ?? false,
    proposalParts: null,
    prevotes: have?.prevotes ?? null,
    precommits: have?.precommits ?? null,
    usefulVotes: 0,
    usefulBlockParts: 0
  }
}

/**
 * Where others can dial the peer, in CometBFT's form. What it says of itself, else the address it was dialled at: that of
 * a connection it dialled itself has a port that nobody listens on.
 */
function listenAddressOf({ listenAddress = '', address, outbound }: PeerInfo): string {
  const known = listenAddress || (outbound ? address : '')
  return known === '' ? '' : `tcp://${hostAndPort(known)}`
}

/** The IP in a multiaddr, or the text itself. */
function ipOf(address: string): string {
  return /\/ip[46]\/([^/]+)/.exec(address)?.[1] ?? address
}

function hostAndPort(address: string): string {
  const port = /\/tcp\/(\d+)/.exec(address)?.[1]
  const ip = ipOf(address)
  const host = ip.includes(':') && !ip.startsWith('[') ? `[${ip}]` : ip
  return port === undefined ? ip : `${host}:${port}`
}
