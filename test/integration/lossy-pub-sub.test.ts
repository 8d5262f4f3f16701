import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { makePrng } from '../../src/sim/prng.ts'
import type { Node } from '../../src/validator/index.ts'
import { addressOf, freePorts, testNetwork } from '../contract/libp2p-bed.ts'
import { cleanUp, START_MS, temporaryDirectory } from './support/cluster-bed.ts'
import { losingPubSub } from './support/lossy-network.ts'
import { makeChain, startNode } from './support/node-in-process.ts'

const VALIDATORS = 4
const HEIGHT = 8
const nodes: Node[] = []

afterEach(async () => {
  await Promise.all(nodes.splice(0).map(node => node.stop()))
  await cleanUp()
})

async function startLossyNetwork(share: number): Promise<void> {
  const chain = makeChain(VALIDATORS)
  const directory = temporaryDirectory()
  const ports = await freePorts(VALIDATORS)
  const persistentPeers = ports.map((port, n) => addressOf(n, port))
  for (const [n, port] of ports.entries()) {
    const home = join(directory, `node${n}`)
    mkdirSync(home)
    const network = testNetwork(n, { listenAddresses: [`/ip4/127.0.0.1/tcp/${port}`], persistentPeers })
    nodes.push(await startNode(chain, n, losingPubSub(network, share, makePrng(`${share}/${n}`)), home))
  }
}

describe('four validators over libp2p', () => {
  it.each([
    ['loses everything', 1],
    ['loses 30 % of its messages', 0.3]
  ])('decide the same blocks when pub/sub %s', async (_, share) => {
    await startLossyNetwork(share)
    const tx = Buffer.from('name=satoshi')
    expect(await nodes[0]!.txPool.checkTx(tx)).toMatchObject({ kind: 'checked', added: true })
    const tip = () => Math.min(...nodes.map(node => node.blockStore.height))
    await waitFor(`height ${HEIGHT} on all`, START_MS, () => tip() >= HEIGHT)
    await waitFor('the transaction in a block', START_MS, () => nodes[0]!.txPool.size === 0)
    const height = tip()
    const txs: string[] = []
    for (let at = 1; at <= height; at++) {
      const hashes = nodes.map(node => node.blockStore.loadMeta(at)?.blockId.hash)
      expect(new Set(hashes).size, `height ${at}`).toBe(1)
      for (const found of (await nodes[1]!.blockStore.loadBlock(at))!.txs)
        txs.push(Buffer.from(found).toString())
    }
    expect(txs.filter(found => found === 'name=satoshi').length).toBeLessThanOrEqual(1)
  })
})
