import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { txHash } from '../../../src/types/index.ts'
import { call, type RpcFixture, startRpc } from './support/rpc-fixture.ts'
import { kvTx } from './support/synthetic-chain.ts'

let rpc: RpcFixture

beforeEach(async () => {
  rpc = await startRpc()
})
afterEach(() => rpc.stop())

async function txs(query: string, more: object = {}): Promise<string[]> {
  const { json } = await call(rpc.url, 'tx_search', { query, ...more })
  return json.result.txs.map((tx: { height: string; index: number }) => `${tx.height}/${tx.index}`)
}

async function blocks(query: string, more: object = {}): Promise<number[]> {
  const { json } = await call(rpc.url, 'block_search', { query, ...more })
  return json.result.blocks.map((found: { block: { header: { height: string } } }) =>
    Number(found.block.header.height)
  )
}

async function errorOf(method: string, params: object): Promise<string> {
  return (await call(rpc.url, method, params)).json.error.data
}

// Blocks 4, 8 and 12 carry three transactions each: txN, otherN and last.
describe('tx_search', () => {
  it('finds by height', async () => {
    expect(await txs('tx.height = 4')).toEqual(['4/0', '4/1', '4/2'])
    expect(await txs('tx.height > 4 AND tx.height <= 8')).toEqual(['8/0', '8/1', '8/2'])
    expect(await txs('tx.height < 4')).toEqual([])
    expect(await txs('tx.height = 4 AND tx.height = 8')).toEqual([])
    expect(await txs('tx.height >= 3.5 AND tx.height < 4.5')).toEqual(['4/0', '4/1', '4/2'])
    expect(await txs('tx.height > 99999999999999999999')).toEqual([])
    expect(await txs('tx.height EXISTS')).toHaveLength(9)
  })

  it('finds by attributes that are indexed', async () => {
    expect(await txs("app.key = 'last'")).toEqual(['4/2', '8/2', '12/2'])
    expect(await txs("app.key = 'last' AND tx.height > 4")).toEqual(['8/2', '12/2'])
    expect(await txs("app.key CONTAINS 'other'")).toEqual(['4/1', '8/1', '12/1'])
    expect(await txs("app.noindex_key = 'index is working'")).toEqual([])
    expect(await txs("nothing.at = 'all'")).toEqual([])
  })

  it('wants all conditions on attributes to hold within one event', async () => {
    // The first event names the key, the second the value.
    expect(await txs("app.creator = 'Cosmoshi Netowoko' AND app.key = 'last'")).toHaveLength(3)
    expect(await txs("app.creator = 'Cosmoshi' AND app.key = 'last'")).toEqual([])
  })

  it('finds by hash in either case, and then by nothing else', async () => {
    const hash = txHash(kvTx('tx8'))
    expect(await txs(`tx.hash = '${hash}'`)).toEqual(['8/0'])
    expect(await txs(`tx.hash = '${hash.toUpperCase()}' AND tx.height = 4`)).toEqual(['8/0'])
    expect(await txs(`tx.hash = '${'ab'.repeat(32)}'`)).toEqual([])
    expect(await errorOf('tx_search', { query: "tx.hash = 'xyz'" })).toMatch(
      /^error during searching for a hash/
    )
  })

  it('orders from the oldest unless told, and pages', async () => {
    expect(await txs("app.key = 'last'", { order_by: 'desc' })).toEqual(['12/2', '8/2', '4/2'])
    expect(await txs('tx.height >= 4', { per_page: '4', page: '2' })).toEqual(['8/1', '8/2', '12/0', '12/1'])
    expect(await txs('tx.height >= 4', { per_page: '4', page: '3' })).toEqual(['12/2'])
    expect(await errorOf('tx_search', { query: 'tx.height >= 4', per_page: '4', page: '4' })).toBe(
      'page should be within [1, 3] range, given 4'
    )
    expect(await errorOf('tx_search', { query: 'tx.height >= 4', order_by: 'up' })).toBe(
      'expected order_by to be either `asc` or `desc` or empty'
    )
  })

  it('refuses what is no query, and one that is too long', async () => {
    expect(await errorOf('tx_search', {})).toBe('offset 0: EOF')
    expect(await errorOf('tx_search', { query: `a = '${'x'.repeat(600)}'` })).toBe(
      'maximum query length exceeded'
    )
  })

  it('scans only the heights and values it needs', async () => {
    const index = rpc.view.index!
    await txs('tx.height = 4')
    expect(index.scannedEntries).toBeLessThanOrEqual(6)
    index.scannedEntries = 0
    await txs("app.creator CONTAINS 'osmo' AND app.key = 'nothing'")
    expect(index.scannedEntries).toBe(0)
  })
})

describe('block_search', () => {
  it('finds by height and by events of blocks, the newest first', async () => {
    expect(await blocks('block.height > 9')).toEqual([12, 11, 10])
    expect(await blocks('block.height > 9', { order_by: 'asc' })).toEqual([10, 11, 12])
    expect(await blocks('rewards.total > 7')).toEqual([12, 8, 4])
    expect(await blocks('rewards.total > 7 AND block.height < 8')).toEqual([4])
    expect(await blocks('rewards.total > 8')).toEqual([])
  })

  it('leaves out blocks that are no longer stored, and refuses pages that are too large', async () => {
    rpc.view.base = 8
    expect(await blocks('rewards.total EXISTS')).toEqual([12, 8])
    const small = await startRpc({ maxBatchResponseBytes: 2000 }, rpc.view)
    const { json } = await call(small.url, 'block_search', { query: 'block.height > 1' })
    expect(json.error.data).toMatch(/too large together/)
    await small.stop()
  })
})
