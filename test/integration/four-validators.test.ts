import { setTimeout } from 'node:timers/promises'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSameChain } from '../../scripts/cluster/chain-check.ts'
import type { Cluster, ClusterNode } from '../../scripts/cluster/cluster.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { cleanUp, makeCluster, SOON_MS, START_MS } from './support/cluster-bed.ts'

let cluster: Cluster
let nodes: readonly ClusterNode[]

beforeAll(async () => {
  cluster = await makeCluster({ validators: 4, flags: ['--consensus.timeout_commit=50ms'] })
  nodes = cluster.nodes
  cluster.startAll()
})
afterAll(cleanUp)

/** Waits until commits above `height` carry the precommit of every validator, as seen by the first node. */
async function everybodySigns(height: number): Promise<void> {
  const [observer] = nodes
  let next = height
  await waitFor(`a commit with ${nodes.length} signatures above ${height}`, SOON_MS, async () => {
    for (const tip = (await observer!.rpc.status()).height; next < tip; next++) {
      if ((await observer!.rpc.commit(next)).signers.length === nodes.length) return true
    }
    return false
  })
}

describe('four validators in processes of their own', () => {
  it('pass height 20 with the same blocks and app hashes, and spread a transaction', async () => {
    await cluster.reach(5, START_MS)
    const height = await nodes[0]!.rpc.commitTx('name=satoshi')
    expect(height).toBeGreaterThan(0)
    await cluster.reach(Math.max(height + 1, 20), SOON_MS)
    expect(await nodes[3]!.rpc.value('name')).toBe('satoshi')
    expect(await checkSameChain(nodes)).toBeGreaterThanOrEqual(20)
  })

  it('answer a client that nobody here wrote', async () => {
    for (const [index, { rpc }] of nodes.entries()) {
      const client = await Comet38Client.connect(rpc.url)
      const { nodeInfo, syncInfo } = await client.status()
      expect(nodeInfo.version).toMatch(/^0\.38\./)
      expect(syncInfo.catchingUp).toBe(false)
      const tx = Buffer.from(`cosmjs${index}=yes`)
      const { height, deliverTx, checkTx } = await client.broadcastTxCommit({ tx })
      expect([checkTx.code, deliverTx?.code]).toEqual([0, 0])
      const { block, blockId } = await client.block(height)
      await nodes[0]!.reach(height!, SOON_MS)
      expect(block.txs.map(bytes => Buffer.from(bytes).toString())).toContain(tx.toString())
      expect(Buffer.from(blockId.hash).toString('hex').toUpperCase()).toBe(
        (await nodes[0]!.rpc.blocks(height!, height!))[0]!.blockId
      )
      expect((await client.validatorsAll()).validators).toHaveLength(4)
      expect((await client.commit(height)).commit.signatures).toHaveLength(4)
      const { value } = await client.abciQuery({ path: '/store', data: Buffer.from(`cosmjs${index}`) })
      expect(Buffer.from(value).toString()).toBe('yes')
      client.disconnect()
    }
  })

  it('go on without one of them, which catches up and signs again when it returns', async () => {
    const [first, victim, ...rest] = nodes
    const others = [first!, ...rest]
    await victim!.end('SIGKILL')
    const before = (await first!.rpc.status()).height
    await cluster.reach(before + 5, SOON_MS, others)
    const tip = (await first!.rpc.status()).height
    victim!.start()
    await victim!.reach(tip, SOON_MS)
    await everybodySigns(tip)
    await checkSameChain(nodes, before)
  })

  it('stand still without two of them, and go on when they return', async () => {
    const [first, second, ...victims] = nodes
    await Promise.all(victims.map(node => node.end('SIGKILL')))
    const alive = [first!, second!]
    // What was decided as they died may still come; then two of four decide nothing.
    await setTimeout(1_000)
    const heights = await Promise.all(alive.map(async ({ rpc }) => (await rpc.status()).height))
    const highest = Math.max(...heights)
    await expect(cluster.reach(highest + 2, 3_000, alive)).rejects.toThrow(/in vain/)
    for (const node of victims) node.start()
    await cluster.reach(highest + 5, SOON_MS)
    await everybodySigns(highest)
    await checkSameChain(nodes)
  })

  // A stop that takes longer than five seconds is cut short by the program itself, with exit code 1.
  it('stop cleanly on SIGTERM, and say nothing on standard error', async () => {
    const ends = await Promise.all(
      nodes.map(async node => {
        await node.end('SIGTERM')
        return node.lastExit
      })
    )
    for (const exit of ends) expect(exit).toEqual({ code: 0, signal: null, reason: '' })
  })
})
