import { isIP } from 'node:net'
import {
  isPeerId,
  PEER_ADDRESS_FORMS,
  parsePeerAddress,
  parseTcpAddress,
  type TcpAddress
} from '../address.ts'
import { commaList, duration, flag, integer, parsed, type Section } from '../field.ts'

const NO_EXCHANGE = 'peers are not exchanged: list those to dial in persistent_peers or seeds'
const NOT_OURS = 'the libp2p connections of Pnyx have no such setting'

function parseListenAddress(text: string): TcpAddress | undefined {
  const address = parseTcpAddress(text)
  return address !== undefined && isIP(address.host) > 0 ? address : undefined
}

const fields = {
  laddr: parsed('tcp://0.0.0.0:26656', {
    key: 'laddr',
    allowed: 'tcp://IP:PORT (tcp://0.0.0.0:26656) or /ip4/ADDRESS/tcp/PORT; an IP address, not a name',
    read: parseListenAddress,
    comment: 'Where this node listens for peers.'
  }),
  externalAddress: parsed('', {
    key: 'external_address',
    allowed: 'HOST:PORT, or "" for none',
    read: given => (given === '' ? null : parseTcpAddress(given)),
    comment:
      'The HOST:PORT at which peers reach this node, where it is not the one above (NAT, a load balancer).'
  }),
  persistentPeers: commaList({
    key: 'persistent_peers',
    allowed: PEER_ADDRESS_FORMS,
    read: parsePeerAddress,
    comment:
      'Peers to stay connected to, commas between them: /ip4/10.0.0.2/tcp/26656/p2p/12D3KooW... ' +
      '(`pnyx show-node-id --multiaddr` prints it) or 12D3KooW...@10.0.0.2:26656.'
  }),
  seeds: commaList({
    key: 'seeds',
    allowed: PEER_ADDRESS_FORMS,
    read: parsePeerAddress,
    comment: 'Peers to connect to at start, and again while there are few: written as persistent_peers.'
  }),
  allowList: commaList({
    key: 'allow_list',
    allowed: 'libp2p ids (12D3KooW...) with commas between them',
    read: given => (isPeerId(given) ? given : undefined),
    comment: "Pnyx's own: accept only these libp2p ids and the persistent peers. Empty accepts everyone."
  }),
  maxNumInboundPeers: integer(40, {
    key: 'max_num_inbound_peers',
    min: 0,
    max: 1_000,
    comment: 'Peers that may connect to this node.'
  }),
  maxNumOutboundPeers: integer(10, {
    key: 'max_num_outbound_peers',
    min: 0,
    max: 1_000,
    comment: 'Peers this node connects to, persistent peers not counted.'
  }),
  dialTimeoutMs: duration('3s', {
    key: 'dial_timeout',
    min: '10ms',
    max: '10m',
    comment: 'How long one attempt to connect may take.'
  }),
  allowDuplicateIp: flag(false, {
    key: 'allow_duplicate_ip',
    comment:
      'Lift the limit of a few peers an IP address. Private and loopback addresses never have one: turn this on only ' +
      'where several nodes share a public address.'
  })
}

export const p2pSection = {
  table: 'p2p',
  comment: 'The libp2p network between nodes (TCP, Noise, Yamux, gossipsub).',
  fields,
  withoutEffect: [
    { key: 'addr_book_file', reason: NO_EXCHANGE, usual: 'config/addrbook.json' },
    { key: 'addr_book_strict', reason: NO_EXCHANGE, usual: true },
    { key: 'pex', reason: NO_EXCHANGE, usual: true },
    { key: 'seed_mode', reason: NO_EXCHANGE, usual: false, refuse: true },
    { key: 'private_peer_ids', reason: NO_EXCHANGE, usual: '' },
    { key: 'unconditional_peer_ids', reason: 'persistent peers are always let in', usual: '' },
    {
      key: 'persistent_peers_max_dial_period',
      reason: 'a lost persistent peer is dialled again at once, then every half second',
      usual: '0s'
    },
    { key: 'flush_throttle_timeout', reason: NOT_OURS, usual: '100ms' },
    { key: 'max_packet_msg_payload_size', reason: NOT_OURS, usual: 1024 },
    { key: 'send_rate', reason: NOT_OURS, usual: 5_120_000 },
    { key: 'recv_rate', reason: NOT_OURS, usual: 5_120_000 },
    { key: 'handshake_timeout', reason: 'dial_timeout covers the handshake', usual: '20s' }
  ]
} as const satisfies Section
