import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RpcConfig } from '../../../src/rpc/index.ts'
import { NIL_BLOCK_ID } from '../../../src/types/index.ts'
import { flood, rawConnect } from './support/raw-client.ts'
import { call, type RpcFixture, startRpc } from './support/rpc-fixture.ts'
import { shapeDifferences } from './support/shape.ts'
import { kvTx, timeOf } from './support/synthetic-chain.ts'
import { TestWebsocket } from './support/websocket-client.ts'

const FIXTURES = new URL('../../fixtures/rpc-v0.38/incoming/', import.meta.url)
const TX = "tm.event = 'Tx'"
const NEW_BLOCK = "tm.event = 'NewBlock'"

let rpc: RpcFixture
let client: TestWebsocket

async function start(config: Partial<RpcConfig> = {}): Promise<void> {
  rpc = await startRpc(config)
  client = await TestWebsocket.open(rpc.url)
}

async function restart(config: Partial<RpcConfig>): Promise<void> {
  await rpc.stop()
  await start(config)
}

beforeEach(() => start())
afterEach(() => rpc.stop())

function recorded(name: string) {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))
}

describe('calls on the websocket', () => {
  it('have the same methods, ids and errors as POST', async () => {
    expect(await client.call('a', 'health')).toEqual({ jsonrpc: '2.0', id: 'a', result: {} })
    const block = await client.call(2, 'block', { height: '3' })
    expect(block.result).toEqual((await call(rpc.url, 'block', { height: '3' })).json.result)
    expect((await client.call(3, 'nothing')).error.code).toBe(-32601)
    expect((await client.call(4, 'block', { height: '0' })).error.code).toBe(-32603)
    client.send('{')
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32700 } })
    client.send([{ id: 1, method: 'health' }])
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it('are answered as they are done, and none is lost', async () => {
    rpc.view.commitsAtOnce = false
    client.request('slow', 'broadcast_tx_commit', { tx: kvTx('slow').toString('base64') })
    expect((await client.call('quick', 'health')).id).toBe('quick')
    rpc.view.commitBlock([kvTx('slow')])
    expect(await client.next()).toMatchObject({ id: 'slow', result: { height: '13' } })
  })

  it('do nothing without an id', async () => {
    client.send({ method: 'broadcast_tx_async', params: { tx: 'YWJj' } })
    await client.call(1, 'health')
    expect(rpc.view.taken).toEqual([])
  })

  it('are not read further when too many wait, and are when those are done', async () => {
    await restart({ maxSubscriptionsPerClient: 1000, maxSubscriptionClients: 1000 })
    rpc.view.commitsAtOnce = false
    const txs = Array.from({ length: 300 }, (_, index) => Buffer.alloc(3000, `${index}=`))
    for (const [id, tx] of txs.entries()) {
      client.request(id, 'broadcast_tx_commit', { tx: tx.toString('base64') })
    }
    while (rpc.view.pool.length < 64) await new Promise(resolve => setImmediate(resolve))
    for (let calls = 0; calls < 5; calls++) await call(rpc.url, 'health')
    // What had been read when the limit was reached is still done.
    expect(rpc.view.pool.length).toBeLessThan(200)
    const ids = new Set<number>()
    while (ids.size < txs.length) {
      rpc.view.commitBlock(rpc.view.pool.splice(0))
      const { id, result } = await client.next()
      expect(Number(result.height)).toBeGreaterThan(12)
      ids.add(id)
    }
  })
})

describe('a subscription', () => {
  it('is answered, then its events carry the same id and the query', async () => {
    expect(await client.call('block', 'subscribe', { query: NEW_BLOCK })).toEqual({
      jsonrpc: '2.0',
      id: 'block',
      result: {}
    })
    await client.call('tx', 'subscribe', { query: TX })
    rpc.view.commitBlock([kvTx('tx0')])
    const block = await client.next()
    expect(block).toMatchObject({ id: 'block', result: { query: NEW_BLOCK } })
    // The recorded block was empty and its app had no events of the block.
    const { events, tx_results, ...finalize } = block.result.data.value.result_finalize_block
    expect([events.length, tx_results.length]).toEqual([1, 1])
    block.result.data.value.result_finalize_block = finalize
    expect(block.result.events).toEqual({ 'tm.event': ['NewBlock'], 'rewards.total': ['8stake'] })
    delete block.result.events['rewards.total']
    for (const event of [0, 1, 2, 3, 4]) {
      expect(shapeDifferences(recorded(`subscribe_newblock_${event}.json`), block)).toEqual([])
    }
    const tx = await client.next()
    expect(tx.id).toBe('tx')
    // The recorded app indexed one attribute more, and wanted no gas.
    delete tx.result.data.value.TxResult.result.gas_wanted
    for (const event of [0, 1, 2, 3, 4]) {
      const recordedTx = recorded(`subscribe_txs_${event}.json`)
      delete recordedTx.result.events['app.index_key']
      expect(shapeDifferences(recordedTx, tx)).toEqual([])
    }
    expect(tx.result.events).toMatchObject({
      'tm.event': ['Tx'],
      'tx.height': ['13'],
      'app.key': ['tx0', 'value']
    })
  })

  it('hears of all that the node tells', async () => {
    const names = ['NewBlockHeader', 'NewBlockEvents', 'NewEvidence', 'ValidatorSetUpdates', 'NewRound']
    const others = ['CompleteProposal', 'Polka', 'Vote']
    await restart({ maxSubscriptionsPerClient: 20 })
    for (const name of [...names, ...others]) {
      await client.call(name, 'subscribe', { query: `tm.event = '${name}'` })
    }
    const { synthetic } = rpc.view
    const evidence = synthetic.duplicateVote(5)
    const { block, meta, results } = synthetic.append([], [evidence])
    const validatorUpdates = synthetic.nextValidators.validators.slice(0, 1)
    rpc.view.emit({ kind: 'blockApplied', block, blockId: meta.blockId, results, validatorUpdates })
    const at = { height: 14, round: 1, step: 'propose' } as const
    rpc.view.emit({ kind: 'newRound', ...at, proposer: { address: 'ab'.repeat(20), index: 2 } })
    rpc.view.emit({ kind: 'completeProposal', ...at, blockId: meta.blockId })
    rpc.view.emit({ kind: 'roundState', name: 'Polka', ...at })
    rpc.view.emit({ kind: 'vote', vote: synthetic.vote('prevote', 14, 0, NIL_BLOCK_ID, timeOf(14)) })
    const came = []
    for (const _ of [...names, ...others]) came.push(await client.next())
    expect(came.map(event => event.id)).toEqual([...names, ...others])
    expect(came.map(event => event.result.data.type)).toEqual([
      ...names.map(name => `tendermint/event/${name}`),
      'tendermint/event/CompleteProposal',
      'tendermint/event/RoundState',
      'tendermint/event/Vote'
    ])
    const values = came.map(event => event.result.data.value)
    expect(values[1]).toEqual({ height: '13', events: null, num_txs: '0' })
    expect(values[2].evidence.type).toBe('tendermint/DuplicateVoteEvidence')
    expect(values[3].validator_updates).toHaveLength(1)
    expect(values[4]).toMatchObject({
      height: '14',
      round: 1,
      step: 'RoundStepPropose',
      proposer: { index: 2 }
    })
    expect(values[6]).toEqual({ height: '14', round: 1, step: 'RoundStepPropose' })
    expect(values[7].Vote).toMatchObject({ type: 1, height: '14' })
  })

  it('is told only of what its query matches', async () => {
    await client.call(1, 'subscribe', { query: `${TX} AND app.key = 'b'` })
    rpc.view.commitBlock([kvTx('a'), kvTx('b'), kvTx('c')])
    await client.call(2, 'health').then(event => expect(event.id).toBe(1))
    expect((await client.next()).id).toBe(2)
    expect(client.unread).toBe(0)
  })

  it('has one for each query, whatever its blanks, and ends when told', async () => {
    await client.call(1, 'subscribe', { query: TX })
    expect((await client.call(2, 'subscribe', { query: "tm.event='Tx'" })).error.data).toBe(
      'already subscribed'
    )
    expect((await client.call(3, 'unsubscribe', { query: NEW_BLOCK })).error.data).toBe(
      'subscription not found'
    )
    expect((await client.call(4, 'unsubscribe', { query: "tm.event='Tx'" })).result).toEqual({})
    expect((await client.call(5, 'unsubscribe_all')).error.data).toBe('subscription not found')
    await client.call(6, 'subscribe', { query: TX })
    await client.call(7, 'subscribe', { query: NEW_BLOCK })
    expect((await client.call(8, 'unsubscribe_all')).result).toEqual({})
    rpc.view.commitBlock([kvTx('a')])
    expect((await client.call(9, 'health')).id).toBe(9)
  })

  it('is refused when its query is malformed', async () => {
    const answer = await client.call(1, 'subscribe', { query: 'malformed query' })
    expect(answer.error).toEqual(recorded('subscribe_malformed.json').error)
    expect((await client.call(2, 'subscribe')).error.data).toBe('failed to parse query: offset 0: EOF')
    const long = await client.call(3, 'subscribe', { query: `a = '${'x'.repeat(600)}'` })
    expect(long.error.data).toBe('maximum query length exceeded')
  })

  it('has limits by client and in all, given back when the connection ends', async () => {
    await restart({ maxSubscriptionsPerClient: 2, maxSubscriptionClients: 1 })
    await client.call(1, 'subscribe', { query: TX })
    await client.call(2, 'subscribe', { query: NEW_BLOCK })
    expect((await client.call(3, 'subscribe', { query: 'a = 1' })).error.data).toBe(
      'max_subscriptions_per_client 2 reached'
    )
    const second = await TestWebsocket.open(rpc.url)
    expect((await second.call(1, 'subscribe', { query: TX })).error.data).toBe(
      'max_subscription_clients 1 reached'
    )
    await client.close()
    // The server hears of the end on its own time; a call on the other connection is answered after that or before.
    let answer = await second.call(2, 'subscribe', { query: TX })
    while (answer.error !== undefined) answer = await second.call(2, 'subscribe', { query: TX })
    expect(answer.result).toEqual({})
    await second.close()
  })
})

describe('a client that does not keep up', () => {
  const large = (index: number) => Buffer.alloc(3 * 1024 * 1024, `${index}`)

  async function subscribeAndStall(): Promise<void> {
    await client.call(1, 'subscribe', { query: NEW_BLOCK })
    client.socket.pause()
    for (let index = 0; index < 12; index++) {
      rpc.view.commitBlock([large(index)])
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  it('hears after which event its subscription ended, keeps its connection, and may subscribe again', async () => {
    await restart({ maxSubscriptionClients: 1, maxSubscriptionsPerClient: 1 })
    await subscribeAndStall()
    client.socket.resume()
    let blocks = 0
    let last = await client.next()
    while (last.error === undefined) {
      blocks += 1
      last = await client.next()
    }
    expect(blocks).toBeGreaterThan(0)
    expect(blocks).toBeLessThan(12)
    expect(last).toMatchObject({
      id: 1,
      error: {
        code: -32000,
        data: 'subscription was canceled (reason: client is not pulling messages fast enough)'
      }
    })
    expect((await client.call(2, 'unsubscribe_all')).error.data).toBe('subscription not found')
    expect((await client.call(3, 'subscribe', { query: NEW_BLOCK })).result).toEqual({})
    rpc.view.commitBlock([])
    expect((await client.next()).id).toBe(3)
  })

  it('is closed where the config says so', async () => {
    await restart({ closeOnSlowClient: true })
    await subscribeAndStall()
    client.socket.resume()
    let last = await client.next()
    while (last.error === undefined) last = await client.next()
    expect(last).toMatchObject({
      id: 1,
      error: { code: -32000, data: 'subscription was canceled (reason: slow client)' }
    })
    expect(await client.closed).toBe(1008)
  })
})

describe('a connection', () => {
  it('that is silent is pinged, and cut off when nothing comes any more', async () => {
    await client.call(1, 'health')
    const { timersSet } = rpc.clock
    rpc.clock.advance(27_000)
    // One timer for the next ping, then one because the pong was heard.
    while (rpc.clock.timersSet < timersSet + 2) await new Promise(resolve => setImmediate(resolve))
    client.socket.pause()
    rpc.clock.advance(29_999)
    client.socket.resume()
    expect((await client.call(2, 'health')).id).toBe(2)
    client.socket.pause()
    rpc.clock.advance(30_000)
    client.socket.resume()
    expect(await client.closed).toBe(1006)
  })

  it('leaves no timer behind', async () => {
    await client.call(1, 'health')
    expect(rpc.clock.pending).toBeGreaterThan(0)
    await client.close()
    while (rpc.clock.pending > 0) await new Promise(resolve => setImmediate(resolve))
  })

  it('with a message that is too large is closed', async () => {
    client.send('x'.repeat(1_000_001))
    expect(await client.closed).toBe(1009)
    expect((await call(rpc.url, 'health')).json.result).toEqual({})
  })

  it('that wishes another protocol is answered as if it wished none', async () => {
    const connection = await rawConnect(rpc.url)
    const body = '{"id":1,"method":"health"}'
    connection.socket.write(
      'POST / HTTP/1.1\r\nHost: node\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n' +
        `HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    )
    connection.socket.once('data', () => connection.socket.end())
    const answer = await connection.ended
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('"result":{}')
  })

  it('is refused on other paths and from other origins', async () => {
    const status = async (path: string, headers: string) => {
      const connection = await rawConnect(rpc.url)
      connection.socket.write(
        `GET ${path} HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
          `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n\r\n`
      )
      connection.socket.once('data', () => connection.socket.end())
      return (await connection.ended).slice(9, 12)
    }
    expect(await status('/websocket', 'Upgrade: websocket')).toBe('101')
    expect(await status('/websocket?x=1', 'Upgrade: websocket')).toBe('101')
    expect(await status('/websocket', 'Upgrade: websocket\r\nOrigin: http://node')).toBe('101')
    expect(await status('/websocket', 'Upgrade: websocket\r\nOrigin: http://evil')).toBe('403')
    expect(await status('/', 'Upgrade: websocket')).toBe('404')
    expect(await status('/websocket', 'Upgrade: h2c')).toBe('404')
  })

  it('may come from origins the config allows', async () => {
    await restart({ corsAllowedOrigins: ['https://*.example.org'] })
    const good = new TestWebsocket(rpc.url, { origin: 'https://app.example.org' })
    await new Promise(resolve => good.socket.once('open', resolve))
    await good.close()
    const bad = new TestWebsocket(rpc.url, { origin: 'https://example.com' })
    expect(await bad.closed).toBe(1006)
  })

  it('hears that the node stops', async () => {
    await client.call(1, 'subscribe', { query: TX })
    await rpc.stop()
    expect(await client.closed).toBe(1001)
    await start()
  })

  it('that floods and never reads does not fill the memory', async () => {
    const connection = await rawConnect(rpc.url)
    connection.socket.write(
      'GET /websocket HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    )
    await new Promise(resolve => connection.socket.once('data', resolve))
    connection.socket.pause()
    const text = Buffer.from('{"id":1,"method":"block","params":{"height":"8"}}')
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text])
    const before = process.memoryUsage().heapUsed + process.memoryUsage().external
    const writing = flood(connection, Buffer.concat(Array(1000).fill(frame)), 60_000_000)
    // The server stops reading; only time ends such a connection.
    const stalled = Symbol()
    let last = -1
    while (connection.socket.bytesWritten !== last || connection.socket.writableLength === 0) {
      last = connection.socket.bytesWritten
      for (let turn = 0; turn < 200; turn++) await new Promise(resolve => setImmediate(resolve))
    }
    expect(await Promise.race([writing, Promise.resolve(stalled)])).toBe(stalled)
    const held = process.memoryUsage().heapUsed + process.memoryUsage().external - before
    expect(held).toBeLessThan(64 * 1024 * 1024)
    rpc.clock.advance(30_000)
    await connection.ended
    await writing
  })
})
