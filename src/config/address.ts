import { isIPv4, isIPv6 } from 'node:net'

/** A TCP endpoint. `host` is a name or an IP address without brackets. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
}

/** A peer to dial: the libp2p id (base58 of an ed25519 key) and its whole multiaddr, ending in /p2p/ID. */
export interface PeerAddress {
  readonly peerId: string
  readonly multiaddr: string
}

export const TCP_ADDRESS_FORMS = 'tcp://HOST:PORT (tcp://0.0.0.0:26656) or /ip4/ADDRESS/tcp/PORT'
export const PEER_ADDRESS_FORMS =
  'addresses with commas between them, each /ip4/ADDRESS/tcp/PORT/p2p/PEERID or PEERID@HOST:PORT with the 12D3KooW... ' +
  'id that `pnyx show-node-id --peer-id` prints on that node (CometBFT ids of 40 hex digits cannot be dialled)'

const PEER_ID = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/
const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/

/** True for the libp2p id of an ed25519 key, in base58. */
export function isPeerId(text: string): boolean {
  return PEER_ID.test(text)
}

/**
 * Reads `tcp://host:port`, `host:port`, `:port` (every interface) or `/ip4/…/tcp/port`; IPv6 in brackets. Undefined
 * when it is none of them.
 */
export function parseTcpAddress(text: string): TcpAddress | undefined {
  if (text.startsWith('/')) return parseTcpMultiaddr(text)
  const match = /^(?:tcp:\/\/)?(\[[^\]]+\]|[^:/[\]]*):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const [, hostText = '', portText = ''] = match
  const bracketed = hostText.startsWith('[')
  const host = bracketed ? hostText.slice(1, -1) : hostText === '' ? '0.0.0.0' : hostText
  if (bracketed ? !isIPv6(host) : !isIPv4(host) && !isHostName(host)) return undefined
  return withPort(host, portText)
}

function parseTcpMultiaddr(text: string): TcpAddress | undefined {
  const match = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const [, protocol, host = '', portText = ''] = match
  const isRight = protocol === 'ip4' ? isIPv4(host) : protocol === 'ip6' ? isIPv6(host) : isHostName(host)
  return isRight ? withPort(host, portText) : undefined
}

function isHostName(text: string): boolean {
  return HOST_NAME.test(text) && !/^[\d.]+$/.test(text)
}

function withPort(host: string, portText: string): TcpAddress | undefined {
  const port = Number(portText)
  return port <= 65535 ? { host, port } : undefined
}

/** Reads a peer's multiaddr, or `PEERID@host:port`. Undefined when it is neither. */
export function parsePeerAddress(text: string): PeerAddress | undefined {
  const multiaddr = /^(\/.+)\/p2p\/([^/]+)$/.exec(text)
  const short = /^([^@/]+)@(.+)$/.exec(text)
  const [addressText, peerId] = multiaddr ? [multiaddr[1], multiaddr[2]] : [short?.[2], short?.[1]]
  if (addressText === undefined || peerId === undefined || !isPeerId(peerId)) return undefined
  const address = parseTcpAddress(addressText)
  if (address === undefined || address.port === 0) return undefined
  return { peerId, multiaddr: peerMultiaddr(address, peerId) }
}

/** `/ip4/127.0.0.1/tcp/26656`; names become /dns/. */
export function tcpAddressToMultiaddr(address: TcpAddress): string {
  const { host, port } = address
  return `/${isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns'}/${host}/tcp/${port}`
}

export function peerMultiaddr(address: TcpAddress, peerId: string): string {
  return `${tcpAddressToMultiaddr(address)}/p2p/${peerId}`
}

/** `tcp://127.0.0.1:26657`, as config.toml and `status` write it. */
export function tcpAddressToText(address: TcpAddress): string {
  return `tcp://${hostInUrl(address.host)}:${address.port}`
}

/** The http URL at which a client on this machine reaches a server that listens on `address`. */
export function tcpAddressToHttpUrl(address: TcpAddress): string {
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host
  return `http://${hostInUrl(host)}:${address.port}`
}

function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}
