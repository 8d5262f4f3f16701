import { RpcServerError } from '../rpc-error.ts'

export type ListenOptions = { readonly host: string; readonly port: number } | { readonly path: string }

const TCP = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]*)):(\d{1,5})$/

/** Reads `tcp://host:port`, `tcp://[ipv6]:port`, `unix:///path`. An empty host is every interface, as in Go. */
export function parseListenAddress(address: string): ListenOptions {
  if (address.startsWith('unix://') && address.length > 'unix://'.length) {
    return { path: address.slice('unix://'.length) }
  }
  const match = TCP.exec(address)
  const port = Number(match?.[3])
  if (match === null || port > 65535) {
    throw new RpcServerError(
      'RPC_LISTEN_ADDRESS',
      `invalid listening address ${address} (use tcp://host:port or unix:///path)`
    )
  }
  return { host: (match[1] ?? match[2]) || '0.0.0.0', port }
}

/** Reads `host:port`, `:port` or `tcp://host:port`, as metrics addresses are written. */
export function parseMetricsAddress(address: string): { readonly host: string; readonly port: number } {
  const options = parseListenAddress(address.includes('://') ? address : `tcp://${address}`)
  if ('path' in options) {
    throw new RpcServerError('RPC_LISTEN_ADDRESS', `metrics need an address of host and port, not ${address}`)
  }
  return options
}
