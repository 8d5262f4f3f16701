import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { publicKeyOfPeerId } from './identity.ts'
import type { PeerId } from './network.ts'

/** Where a peer listens and who it must prove to be. */
export interface PeerAddress {
  readonly peerId: PeerId
  readonly host: string
  readonly port: number
  /** The whole address in its canonical form, e.g. /dns4/node1.example.org/tcp/26656/p2p/12D3KooW... */
  readonly multiaddr: string
}

export type ParsedPeerAddress =
  | { readonly ok: true; readonly value: PeerAddress }
  | { readonly ok: false; readonly error: string }
export type ParsedListenAddress =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly error: string }

const MAX_ADDRESS_LENGTH = 512
const WANTED = '/ip4/HOST/tcp/PORT/p2p/PEER_ID (or /ip6/, /dns4/, /dns6/, /dns/)'
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i

/**
 * Reads the address of a peer to dial. The peer id at the end is required, since it is what the encrypted handshake
 * checks the other side against.
 */
export function parsePeerAddress(text: string): ParsedPeerAddress {
  const trimmed = text.trim()
  if (trimmed.length > MAX_ADDRESS_LENGTH) return fail('the address is too long')
  const comet = /^([0-9a-f]{40})@(.+):(\d+)$/i.exec(trimmed)
  if (comet) return fail(cometAddressError(trimmed, comet[2]!, comet[3]!))
  const parts = trimmed.split('/')
  if (parts.length !== 7 || parts[0] !== '' || parts[3] !== 'tcp' || parts[5] !== 'p2p') {
    return fail(`"${trimmed}" is not of the form ${WANTED}`)
  }
  const [, protocol, host, , portText, , peerId] = parts as [
    string,
    string,
    string,
    string,
    string,
    string,
    string
  ]
  const problem = hostProblem(protocol, host) ?? portProblem(portText, 1) ?? peerIdProblem(peerId)
  if (problem !== null) return fail(`"${trimmed}": ${problem}`)
  const port = Number(portText)
  return {
    ok: true,
    value: { peerId, host, port, multiaddr: `/${protocol}/${host}/tcp/${port}/p2p/${peerId}` }
  }
}

/** Reads an address to listen on: /ip4/ADDRESS/tcp/PORT or /ip6/...; port 0 lets the system choose. */
export function parseListenAddress(text: string): ParsedListenAddress {
  const trimmed = text.trim()
  const parts = trimmed.split('/')
  if (parts.length !== 5 || parts[0] !== '' || parts[3] !== 'tcp' || trimmed.length > MAX_ADDRESS_LENGTH) {
    return fail(
      `"${trimmed.slice(0, MAX_ADDRESS_LENGTH)}" is not of the form /ip4/ADDRESS/tcp/PORT or /ip6/ADDRESS/tcp/PORT`
    )
  }
  const [, protocol, host, , portText] = parts as [string, string, string, string, string]
  if (protocol !== 'ip4' && protocol !== 'ip6')
    return fail(`"${trimmed}": listen on an IP address, not on a name`)
  const problem = hostProblem(protocol, host) ?? portProblem(portText, 0)
  return problem === null ? { ok: true, value: trimmed } : fail(`"${trimmed}": ${problem}`)
}

function hostProblem(protocol: string, host: string): string | null {
  if (protocol === 'ip4') return isIPv4(host) ? null : `"${host}" is not an IPv4 address`
  if (protocol === 'ip6') return isIPv6(host) ? null : `"${host}" is not an IPv6 address`
  if (protocol === 'dns' || protocol === 'dns4' || protocol === 'dns6') {
    return HOST_NAME.test(host) ? null : `"${host}" is not a host name`
  }
  return `"/${protocol}" is not supported, the form is ${WANTED}`
}

function portProblem(text: string, lowest: 0 | 1): string | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  return port >= lowest && port <= 65_535 ? null : `"${text}" is not a TCP port`
}

function peerIdProblem(text: string): string | null {
  return publicKeyOfPeerId(text) !== null
    ? null
    : `"${text}" is not the peer id of an ed25519 key (12D3KooW...)`
}

function cometAddressError(text: string, host: string, port: string): string {
  const bare = host.replace(/^\[|\]$/g, '')
  const protocol = isIPv4(bare) ? 'ip4' : isIPv6(bare) ? 'ip6' : 'dns4'
  return (
    `"${text}" is a CometBFT address; its node id is a hash from which the key cannot be recovered. ` +
    `Write /${protocol}/${bare}/tcp/${port}/p2p/PEER_ID with the peer id (12D3KooW...) that the other node prints`
  )
}

function fail(error: string): { ok: false; error: string } {
  return { ok: false, error }
}

const privateRanges = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16]
] as const) {
  privateRanges.addSubnet(network, prefix, 'ipv4')
}
privateRanges.addAddress('::1', 'ipv6')
privateRanges.addSubnet('fc00::', 7, 'ipv6')
privateRanges.addSubnet('fe80::', 10, 'ipv6')

/** Whether an IP address is of a loopback, link-local or private network; false for text that is no IP address. */
export function isPrivateIp(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && privateRanges.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** The IP address at the start of a multiaddr; '' when it starts with a name. */
export function ipOfMultiaddr(multiaddr: string): string {
  const [, protocol, host] = multiaddr.split('/')
  return protocol === 'ip4' || protocol === 'ip6' ? (host ?? '') : ''
}
