import type { Cluster, ClusterNode } from '../cluster/cluster.ts'
import { cpuMsOf, type Memory, memoryOf } from '../cluster/resources.ts'
import { sum } from './numbers.ts'

/** What the validators have used so far. */
export interface Reading {
  readonly atMs: number
  readonly heights: readonly number[]
  readonly cpuMs: readonly number[]
  /** Null where no metrics are served. */
  readonly fsyncs: readonly (number | null)[]
}

/** What the validators used between two readings. */
export interface Usage {
  readonly seconds: number
  readonly blocks: number
  readonly blocksPerSecond: number
  /** Of all validators together. */
  readonly cpuMs: number
  readonly cpuMsPerBlockAndValidator: number
  /** Null where no metrics are served. */
  readonly fsyncsPerBlockAndValidator: number | null
  /** Heights among these that took more than one round. */
  readonly heightsWithMoreRounds: number
}

const FSYNCS = /^\w*storage_fsyncs_total(?:\{[^}]*\})? (\d+(?:\.\d+)?)/gm

export async function readMeters({ nodes }: Cluster): Promise<Reading> {
  const cpuMs = nodes.map(node => cpuMsOf(node.pid))
  const atMs = performance.now()
  const heights = await Promise.all(nodes.map(async node => (await node.rpc.status()).height))
  return { atMs, heights, cpuMs, fsyncs: await Promise.all(nodes.map(fsyncsOf)) }
}

export async function usageBetween(cluster: Cluster, before: Reading, after: Reading): Promise<Usage> {
  const validators = cluster.nodes.length
  const seconds = (after.atMs - before.atMs) / 1000
  const [from, to] = [before.heights[0]!, after.heights[0]!]
  const blocks = to - from
  const cpuMs = sum(after.cpuMs) - sum(before.cpuMs)
  const fsyncs = after.fsyncs.map((count, index) => (count ?? 0) - (before.fsyncs[index] ?? 0))
  const hasFsyncs = after.fsyncs.every(count => count !== null)
  return {
    seconds,
    blocks,
    blocksPerSecond: blocks / seconds,
    cpuMs,
    cpuMsPerBlockAndValidator: cpuMs / blocks / validators,
    fsyncsPerBlockAndValidator: hasFsyncs ? sum(fsyncs) / blocks / validators : null,
    heightsWithMoreRounds: await countMoreRounds(cluster.nodes[0]!, from + 1, to)
  }
}

export function readMemory({ nodes }: Cluster): readonly Memory[] {
  return nodes.map(node => memoryOf(node.pid))
}

async function countMoreRounds({ rpc }: ClusterNode, from: number, to: number): Promise<number> {
  let count = 0
  for (let height = from; height <= to; height++) if ((await rpc.commit(height)).round > 0) count++
  return count
}

async function fsyncsOf({ metricsUrl }: ClusterNode): Promise<number | null> {
  try {
    const text = await (await fetch(metricsUrl)).text()
    const counts = [...text.matchAll(FSYNCS)].map(([, value]) => Number(value))
    return counts.length === 0 ? null : sum(counts)
  } catch {
    return null
  }
}
