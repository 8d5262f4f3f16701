import type { RawValue, TcpAddress } from '../config/index.ts'

export const LOCAL_HOST = '127.0.0.1'
export const DEFAULT_BASE_PORT = 26656
/** Node i of a network on one machine has the ports from base + 10 i on. */
export const LOCAL_PORTS_PER_NODE = 10

export interface LocalPorts {
  readonly p2p: number
  readonly rpc: number
  readonly metrics: number
}

export function localPorts(basePort: number, index: number): LocalPorts {
  const first = basePort + LOCAL_PORTS_PER_NODE * index
  return { p2p: first, rpc: first + 1, metrics: first + 4 }
}

/** The settings of node `index` of a network on this machine alone. */
export function localSettings(
  basePort: number,
  index: number
): { readonly reachedAt: TcpAddress; readonly settings: Readonly<Record<string, RawValue>> } {
  const { p2p, rpc, metrics } = localPorts(basePort, index)
  return {
    reachedAt: { host: LOCAL_HOST, port: p2p },
    settings: {
      'p2p.laddr': `tcp://${LOCAL_HOST}:${p2p}`,
      'rpc.laddr': `tcp://${LOCAL_HOST}:${rpc}`,
      'instrumentation.prometheus': true,
      'instrumentation.prometheus_listen_addr': `${LOCAL_HOST}:${metrics}`
    }
  }
}
