import { setTimeout } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import type { LoadResult } from './load-plan.ts'
import { type Reading, readMeters, type Usage, usageBetween } from './meter.ts'
import type { BenchOptions } from './options.ts'
import { runLoad } from './run-load.ts'

const WARM_UP_SECONDS = 4
const REQUESTS_IN_A_BATCH = 10

export interface EmptyFigures extends Usage {
  readonly name: string
}

export interface LoadFigures extends Usage {
  readonly name: string
  readonly load: LoadResult
  readonly txPerSecond: number
  /** Of all validators together. */
  readonly cpuUsPerTx: number
}

/** Blocks without transactions, one after the other. */
export async function measureEmpty(cluster: Cluster, { seconds }: BenchOptions): Promise<EmptyFigures> {
  await setTimeout(WARM_UP_SECONDS * 1000)
  const before = await readMeters(cluster)
  await setTimeout(seconds * 1000)
  return { name: 'empty', ...(await usageBetween(cluster, before, await readMeters(cluster))) }
}

/** Transactions sent to every validator over HTTP: as many as the window lets through, or a steady number a second. */
export async function measureLoad(
  cluster: Cluster,
  options: BenchOptions,
  name: 'post' | 'batch' | 'steady'
): Promise<LoadFigures> {
  const { nodes } = cluster
  const readings: Promise<Reading>[] = []
  const load = await runLoad(
    {
      urls: nodes.map(({ rpc }) => rpc.url),
      observerUrl: nodes.at(-1)!.rpc.url,
      txBytes: options.txBytes,
      batch: name === 'batch' ? REQUESTS_IN_A_BATCH : 1,
      connectionsPerNode: options.connectionsPerNode,
      window: options.window,
      txPerSecond: name === 'steady' ? options.txPerSecond : null,
      warmUpSeconds: WARM_UP_SECONDS,
      seconds: options.seconds,
      label: `${name}-${Date.now().toString(36)}-`
    },
    () => void readings.push(readMeters(cluster)),
    () => void readings.push(readMeters(cluster))
  )
  const [before, after] = await Promise.all(readings)
  const usage = await usageBetween(cluster, before!, after!)
  return {
    name,
    ...usage,
    load,
    txPerSecond: load.txs / load.seconds,
    cpuUsPerTx: (usage.cpuMs * 1000) / load.txs
  }
}
