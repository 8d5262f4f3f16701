import { type Config, type KeyPair, type LoadedConfig, tcpAddressToText } from '../../config/index.ts'
import { MetricsEndpoint, type NodeView, PrometheusMetrics, RpcServer } from '../../rpc/index.ts'
import { type Logger, type Metrics, noMetrics } from '../../util/index.ts'
import { type Node, systemClock } from '../../validator/index.ts'
import type { ConsensusSnapshot } from '../diagnosis/snapshot.ts'
import { makeNodeView } from '../node-view/node-view.ts'
import { PeerRates } from '../node-view/peer-rates.ts'
import { NODE_INFO_VERSION } from '../version.ts'
import type { Closers } from './closers.ts'
import { measureProcess } from './process-metrics.ts'
import { rpcConfig } from './room-settings.ts'
import { readTls } from './tls-files.ts'

export interface MetricsParts {
  readonly config: Config
  readonly chainId: string
  readonly logger: Logger
  readonly closers: Closers
}

/** Starts the endpoint for Prometheus where config.toml asks for it. Throws RpcServerError when the port is taken. */
export async function startMetrics({ config, chainId, logger, closers }: MetricsParts): Promise<Metrics> {
  const { prometheus, namespace, prometheusListenAddr, maxOpenConnections } = config.instrumentation
  if (!prometheus) return noMetrics
  const metrics = new PrometheusMetrics({ namespace, chainId })
  const endpoint = new MetricsEndpoint({
    listenAddress: tcpAddressToText(prometheusListenAddr).replace('tcp://', ''),
    maxConcurrentScrapes: maxOpenConnections,
    render: () => metrics.render(),
    logger: logger.child('metrics')
  })
  await endpoint.start()
  closers.add(() => endpoint.stop())
  const endMeasuring = measureProcess(metrics)
  closers.add(async () => endMeasuring())
  return metrics
}

export interface RpcParts {
  readonly loaded: LoadedConfig
  readonly node: Node
  readonly nodeKey: KeyPair
  readonly index: NodeView['index']
  readonly snapshot: () => ConsensusSnapshot
  readonly logger: Logger
  readonly closers: Closers
}

/** Starts the RPC server unless config.toml turns it off. Throws RpcServerError when the port is taken. */
export async function startRpc(parts: RpcParts): Promise<void> {
  const { loaded, node, nodeKey, index, snapshot, logger, closers } = parts
  const { config, paths } = loaded
  const settings = rpcConfig(config, readTls(paths))
  if (settings === null) return
  const rates = new PeerRates(node.ports.network, systemClock)
  rates.start()
  closers.add(async () => rates.stop())
  const view = makeNodeView({
    node,
    moniker: config.base.moniker,
    listenAddress: tcpAddressToText(config.p2p.laddr),
    rpcAddress: settings.listenAddress,
    version: NODE_INFO_VERSION,
    nodeKey,
    index,
    snapshot,
    rates,
    allowUnsafe: config.rpc.unsafe
  })
  const server = new RpcServer({ view, config: settings, clock: systemClock, logger })
  await server.start()
  closers.add(() => server.stop())
}
