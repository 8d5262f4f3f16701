import { PnyxError } from '../../src/util/index.ts'
import type { ClusterNode } from './cluster.ts'

/** Nodes of one chain tell different stories about it. */
export class ForkError extends PnyxError<'FORK' | 'HOLE'> {}

/**
 * Compares every height up to the lowest of the nodes' heights: block ids and app hashes must be the same everywhere.
 * Returns that height. Throws ForkError naming the first height that differs.
 */
export async function checkSameChain(nodes: readonly ClusterNode[], from = 1): Promise<number> {
  const heights = await Promise.all(nodes.map(async ({ rpc }) => (await rpc.status()).height))
  const common = Math.min(...heights)
  const chains = await Promise.all(nodes.map(({ rpc }) => rpc.blocks(from, common)))
  const [first, ...others] = chains
  for (let at = 0; at <= common - from; at++) {
    const block = first?.[at]
    if (block?.height !== from + at)
      throw new ForkError('HOLE', `${nodes[0]!.name} has no block ${from + at}`)
    for (const [index, chain] of others.entries()) {
      const other = chain[at]
      const isSame =
        other?.height === block.height &&
        other.blockId === block.blockId &&
        other.appHash === block.appHash &&
        other.txs === block.txs
      if (isSame) continue
      throw new ForkError(
        'FORK',
        `height ${block.height}: ${nodes[0]!.name} has ${JSON.stringify(block)}, ${nodes[index + 1]!.name} has ${JSON.stringify(other)}`
      )
    }
  }
  return common
}
