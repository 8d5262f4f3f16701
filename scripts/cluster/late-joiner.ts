import { checkSameChain } from './chain-check.ts'
import type { Cluster } from './cluster.ts'

export interface LateJoinReport {
  /** Of the others when it started. */
  readonly height: number
  /** From starting the process, milliseconds. */
  readonly millis: number
}

const REACH_MS = 60_000
/** Slow enough for any machine. */
const MS_PER_BLOCK = 3_000

/**
 * Starts all but the last node, lets them make `height` blocks, then starts the last one on its empty data directory
 * and waits until it is where the others were then.
 */
export async function runLateJoiner(cluster: Cluster, height: number): Promise<LateJoinReport> {
  const { nodes } = cluster
  const late = nodes.at(-1)!
  const others = nodes.slice(0, -1)
  for (const node of others) node.start()
  await cluster.reach(height, REACH_MS + height * MS_PER_BLOCK, others)
  const target = (await others[0]!.rpc.status()).height
  const startedAt = performance.now()
  late.start()
  await late.reach(target, REACH_MS)
  const millis = performance.now() - startedAt
  await checkSameChain(nodes)
  return { height: target, millis }
}
