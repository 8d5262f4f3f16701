import { setTimeout } from 'node:timers/promises'
import type { Cluster, ClusterNode } from '../cluster/cluster.ts'
import { cpuMsOf } from '../cluster/resources.ts'
import { percentile } from './numbers.ts'
import type { BenchOptions } from './options.ts'
import type { RpcPlan, RpcResult } from './rpc-plan.ts'
import { runClient } from './run-client.ts'

/** Long enough a pause between blocks that four validators do not fill two cores by themselves. */
export const RPC_TIMEOUT_COMMIT = '250ms'
const WARM_UP_SECONDS = 4
const REQUESTS_PER_SECOND = 2_000
const CONNECTIONS = 16
/** With the queries below the most a node allows: 100 clients with 5 subscriptions each. */
const SOCKETS = 100
const QUERIES = ['NewBlock', 'NewBlockHeader', 'NewRoundStep', 'Vote', 'Tx'].map(name => `tm.event='${name}'`)

/** Blocks of one stretch of time. */
export interface Stretch {
  readonly blocks: number
  /** Between the times in the headers of one block and the next. */
  readonly medianIntervalMs: number
  /** CPU of the node that is asked, as a share of one core. */
  readonly cpuShare: number
}

export interface RpcFigures {
  readonly before: Stretch
  readonly during: Stretch
  readonly after: Stretch
  /** The median during the load over the mean of those around it; 1 means no change. */
  readonly intervalRatio: number
  readonly load: RpcResult
}

/** Compares the block interval without load, with one node under load, and without it again. */
export async function measureRpc(cluster: Cluster, { seconds }: BenchOptions): Promise<RpcFigures> {
  const node = cluster.nodes[0]!
  await setTimeout(WARM_UP_SECONDS * 1000)
  const before = await measureStretch(node, () => setTimeout(seconds * 1000))
  const during: Promise<Stretch>[] = []
  let end = (): void => {}
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const plan: RpcPlan = {
    url: node.rpc.url,
    requestsPerSecond: REQUESTS_PER_SECOND,
    connections: CONNECTIONS,
    sockets: SOCKETS,
    queries: QUERIES,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds
  }
  const onMeasuring = (): void => void during.push(measureStretch(node, () => ended))
  const load: RpcResult = await runClient('rpc-client.ts', plan, onMeasuring, end)
  const loaded = await during[0]!
  await setTimeout(WARM_UP_SECONDS * 1000)
  const after = await measureStretch(node, () => setTimeout(seconds * 1000))
  const usual = (before.medianIntervalMs + after.medianIntervalMs) / 2
  return { before, during: loaded, after, intervalRatio: loaded.medianIntervalMs / usual, load }
}

async function measureStretch(node: ClusterNode, wait: () => Promise<void>): Promise<Stretch> {
  const { height: from } = await node.rpc.status()
  const [cpuBefore, startedAt] = [cpuMsOf(node.pid), performance.now()]
  await wait()
  const [cpuAfter, endedAt] = [cpuMsOf(node.pid), performance.now()]
  const { height: to } = await node.rpc.status()
  const times = (await node.rpc.blocks(from, to)).map(({ timeMs }) => timeMs)
  const intervals = times.slice(1).map((timeMs, at) => timeMs - times[at]!)
  intervals.sort((a, b) => a - b)
  return {
    blocks: to - from,
    medianIntervalMs: percentile(intervals, 0.5),
    cpuShare: (cpuAfter - cpuBefore) / (endedAt - startedAt)
  }
}
