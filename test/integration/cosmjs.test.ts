import { Comet38Client, HttpBatchClient, WebsocketClient } from '@cosmjs/tendermint-rpc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterNode } from '../../scripts/cluster/cluster.ts'
import { cleanUp, makeCluster, START_MS } from './support/cluster-bed.ts'

let node: ClusterNode

beforeAll(async () => {
  const cluster = await makeCluster({ validators: 1, flags: ['--consensus.timeout_commit=20ms'] })
  node = cluster.nodes[0]!
  node.start()
  await node.reach(3, START_MS)
})
afterAll(cleanUp)

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

/** The client throws on every answer that is not CometBFT's, and checks hashes of its own. */
async function useEverything(client: Comet38Client, key: string): Promise<void> {
  const { nodeInfo, syncInfo, validatorInfo } = await client.status()
  expect(nodeInfo.version).toMatch(/^0\.38\./)
  expect(syncInfo.catchingUp).toBe(false)
  expect(validatorInfo?.votingPower).toBe(1n)
  expect(await client.health()).toBeNull()
  expect((await client.genesis()).validators).toHaveLength(1)

  const tx = Buffer.from(`${key}=value`)
  const sent = await client.broadcastTxCommit({ tx })
  const height = sent.height!
  expect(sent.deliverTx?.code).toBe(0)
  expect(text((await client.abciQuery({ path: '/key', data: Buffer.from(key) })).value)).toBe('value')
  expect((await client.tx({ hash: sent.hash })).height).toBe(height)
  const { txs } = await client.txSearch({ query: `tx.height=${height}` })
  expect(txs.map(found => text(found.tx))).toContain(`${key}=value`)

  const { block, blockId } = await client.block(height)
  expect(block.txs.map(text)).toContain(`${key}=value`)
  expect(block.lastCommit?.signatures).toHaveLength(1)
  expect((await client.blockResults(height)).results).toHaveLength(block.txs.length)
  expect((await client.blockchain(height, height)).blockMetas[0]?.blockId).toEqual(blockId)
  expect((await client.commit(height)).commit.blockId).toEqual(blockId)
  expect((await client.validatorsAll(height)).total).toBe(1)
  expect((await client.abciInfo()).lastBlockHeight).toBeGreaterThanOrEqual(height)
  expect((await client.broadcastTxSync({ tx: Buffer.from(`${key}=sync`) })).code).toBe(0)
  expect((await client.broadcastTxAsync({ tx: Buffer.from(`${key}=async`) })).hash).toHaveLength(32)
}

describe('an unmodified Comet38Client on a running validator', () => {
  it('uses everything over HTTP', async () => {
    const client = await Comet38Client.connect(node.rpc.url)
    await useEverything(client, 'http')
    client.disconnect()
  })

  it('uses everything in batches', async () => {
    const client = Comet38Client.create(new HttpBatchClient(node.rpc.url))
    await useEverything(client, 'batch')
    client.disconnect()
  })

  it('uses everything over a websocket, and hears of new blocks and transactions', async () => {
    const client = Comet38Client.create(new WebsocketClient(node.rpc.url.replace('http', 'ws')))
    const heights: number[] = []
    const blocks = new Promise<void>((resolve, reject) => {
      client.subscribeNewBlock().addListener({
        next: ({ header }) => {
          heights.push(header.height)
          if (heights.length === 3) resolve()
        },
        error: reject
      })
    })
    // A transaction of the tests before may come in a block only now.
    const seen = new Promise<string>((resolve, reject) => {
      const listen = (tx: string): void => {
        if (tx.startsWith('socket=')) resolve(tx)
      }
      client.subscribeTx().addListener({ next: event => listen(text(event.tx)), error: reject })
    })
    await useEverything(client, 'socket')
    await blocks
    expect(heights).toEqual(heights.map((_, index) => heights[0]! + index))
    expect(await seen).toMatch(/^socket=/)
    client.disconnect()
  })
})
