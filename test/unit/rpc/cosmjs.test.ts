import {
  Comet38Client,
  connectComet,
  HttpBatchClient,
  HttpClient,
  type RpcClient,
  WebsocketClient
} from '@cosmjs/tendermint-rpc'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { txHash } from '../../../src/types/index.ts'
import { type RpcFixture, startRpc } from './support/rpc-fixture.ts'
import { kvTx } from './support/synthetic-chain.ts'

/** CosmJS as published is the judge: it throws on any answer that is not CometBFT's. */

let rpc: RpcFixture

beforeEach(async () => {
  rpc = await startRpc()
})
afterEach(() => rpc.stop())

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

async function readEverything(client: Comet38Client): Promise<void> {
  const { synthetic } = rpc.view
  const latest = synthetic.at(12)!

  const status = await client.status()
  expect(status.nodeInfo.version).toMatch(/^0\.38\./)
  expect(hex(status.syncInfo.latestBlockHash)).toBe(latest.meta.blockId.hash)
  expect(hex(status.syncInfo.latestAppHash)).toBe(latest.block.header.appHash)
  expect(status.syncInfo.earliestBlockHeight).toBe(1)
  expect(status.validatorInfo?.votingPower).toBe(40n)
  expect(await client.health()).toBeNull()

  expect(await client.abciInfo()).toMatchObject({ data: '{"size":0}', lastBlockHeight: 12 })
  const query = await client.abciQuery({ path: '/store', data: Buffer.from('tx0'), prove: true })
  expect(hex(query.value)).toBe(hex(Buffer.from('value')))
  expect(query.proof?.ops[0]?.type).toBe('ics23:iavl')
  const none = await client.abciQuery({ path: '/store', data: Buffer.from('none') })
  expect(none.value).toEqual(new Uint8Array(0))

  const genesis = await client.genesis()
  expect(genesis.chainId).toBe(synthetic.genesis.chainId)
  expect(genesis.validators).toHaveLength(4)
  expect(genesis.appState).toEqual({ account_owner: 'Bob' })

  const { block, blockId } = await client.block(8)
  expect(hex(blockId.hash)).toBe(synthetic.at(8)!.meta.blockId.hash)
  expect(block.txs.map(hex)).toEqual(synthetic.at(8)!.block.txs.map(hex))
  expect(block.evidence).toHaveLength(1)
  expect((await client.block(1)).block.lastCommit).toBeNull()
  expect((await client.block()).block.header.height).toBe(12)
  expect((await client.block(7)).block.lastCommit?.signatures[3]).toMatchObject({ blockIdFlag: 1 })

  const results = await client.blockResults(4)
  expect(results.results).toHaveLength(3)
  expect(results.finalizeBlockEvents).toHaveLength(1)
  expect((await client.blockResults(5)).results).toEqual([])
  expect((await client.blockchain(2, 6)).blockMetas.map(meta => meta.header.height)).toEqual([6, 5, 4, 3, 2])

  expect((await client.commit(3)).canonical).toBe(true)
  expect((await client.commit()).canonical).toBe(false)
  expect((await client.validators({ height: 12 })).validators).toHaveLength(4)
  expect((await client.validatorsAll(12)).total).toBe(4)
  expect((await client.numUnconfirmedTxs()).total).toBe(0)

  const hash = Buffer.from(txHash(kvTx('tx8')), 'hex')
  const tx = await client.tx({ hash, prove: true })
  expect(tx).toMatchObject({ height: 8, index: 0 })
  expect(tx.proof?.proof).toMatchObject({ total: 3, index: 0 })
  expect((await client.tx({ hash })).proof).toBeUndefined()
  await expect(client.tx({ hash: Buffer.alloc(32) })).rejects.toThrow(/tx \(0{64}\) not found/)

  const search = await client.txSearch({ query: "app.creator = 'Cosmoshi'", per_page: 4 })
  expect(search.totalCount).toBe(9)
  expect(search.txs.map(found => found.height)).toEqual([4, 4, 4, 8])
  expect(
    (await client.txSearchAll({ query: 'tx.height >= 4 AND tx.height < 9', per_page: 2 })).txs
  ).toHaveLength(6)
  const blocks = await client.blockSearch({ query: "rewards.total = '8stake'", order_by: 'asc' })
  expect(blocks.blocks.map(found => found.block.header.height)).toEqual([4, 8, 12])
  expect((await client.blockSearchAll({ query: 'block.height > 6' })).blocks).toHaveLength(6)
}

async function broadcast(client: Comet38Client): Promise<void> {
  const sync = await client.broadcastTxSync({ tx: kvTx('sync') })
  expect(hex(sync.hash)).toBe(txHash(kvTx('sync')))
  expect(sync.code).toBe(0)
  const later = await client.broadcastTxAsync({ tx: kvTx('async') })
  expect(hex(later.hash)).toBe(txHash(kvTx('async')))
  const committed = await client.broadcastTxCommit({ tx: kvTx('commit') })
  expect(committed.height).toBeGreaterThan(12)
  expect(committed.txResult?.events).toHaveLength(2)
}

async function use(make: (url: string) => RpcClient | Promise<RpcClient>): Promise<void> {
  const client = Comet38Client.create(await make(rpc.url))
  await readEverything(client)
  await broadcast(client)
  client.disconnect()
}

describe('an unmodified Comet38Client', () => {
  it('reads and broadcasts over HTTP', () => use(url => new HttpClient(url)))

  it('reads and broadcasts in batches', () => use(url => new HttpBatchClient(url)))

  it('reads and broadcasts over the websocket', () =>
    use(url => new WebsocketClient(url.replace('http', 'ws'))))

  it('is what connectComet chooses by our version', async () => {
    const client = await connectComet(rpc.url)
    expect(client).toBeInstanceOf(Comet38Client)
    client.disconnect()
  })

  it('gets twenty calls of one batch answered, each to its own', async () => {
    const client = Comet38Client.create(new HttpBatchClient(rpc.url, { batchSizeLimit: 20 }))
    const heights = Array.from({ length: 12 }, (_, index) => index + 1)
    const blocks = await Promise.all(heights.map(height => client.block(height)))
    expect(blocks.map(({ block }) => block.header.height)).toEqual(heights)
    client.disconnect()
  })

  it('hears of blocks, headers and transactions, with and without a query', async () => {
    const client = Comet38Client.create(new WebsocketClient(rpc.url.replace('http', 'ws')))
    const heard: string[] = []
    const take = (name: string) => ({ next: () => void heard.push(name), error: () => heard.push('error') })
    client.subscribeNewBlock().subscribe(take('block'))
    client.subscribeNewBlockHeader().subscribe(take('header'))
    client.subscribeTx().subscribe(take('tx'))
    const watched = client.subscribeTx("app.key = 'wanted'")
    const found = new Promise<string>(resolve =>
      watched.subscribe({ next: event => resolve(`${hex(event.hash)} ${event.height}`) })
    )
    // Subscribing is a message like any other: once a later call is answered, it has been taken.
    await client.status()
    rpc.view.commitBlock([kvTx('other'), kvTx('wanted')])
    expect(await found).toBe(`${txHash(kvTx('wanted'))} 13`)
    expect(heard).toEqual(['block', 'header', 'tx', 'tx'])
    client.disconnect()
  })
})
