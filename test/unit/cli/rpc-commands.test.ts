import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pnyx } from './cli-harness.ts'

const RECORDED = join(import.meta.dirname, '../../fixtures/rpc-v0.38/incoming')
const recorded = (name: string): { result: unknown } =>
  JSON.parse(readFileSync(join(RECORDED, `${name}.json`), 'utf8'))

/** A node that gives recorded answers, and remembers what it was asked. */
let server: Server
let node: string
let asked: { method: string; params: Record<string, unknown> }[] = []
let answer: (method: string) => string = () => ''

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { method, params } = JSON.parse(body)
      asked.push({ method, params })
      response.end(answer(method))
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  node = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function ask(args: readonly string[], file: string) {
  asked = []
  answer = () => JSON.stringify(recorded(file))
  return pnyx([...args, '--node', node])
}

describe('commands that ask a node', () => {
  const calls: readonly (readonly [readonly string[], string, string, object, RegExp])[] = [
    [
      ['status'],
      'status',
      'status',
      {},
      /^chain {6}dockerchain\nnode {7}dockernode cf4a66aa.*\nheight {5}232\n/
    ],
    [['query', 'block'], 'block_at_height_10', 'block', {}, /^chain .*\nheight {7}10\n/],
    [['query', 'block', '10'], 'block_at_height_10', 'block', { height: '10' }, /txs {10}\d+/],
    [
      ['q', 'block-results', '10'],
      'block_results_at_height_10',
      'block_results',
      { height: '10' },
      /\nheight: 10\n/
    ],
    [['query', 'commit', '10'], 'commit_at_height_10', 'commit', { height: '10' }, /canonical: true/],
    [
      ['query', 'params', '10'],
      'consensus_params',
      'consensus_params',
      { height: '10' },
      /max_bytes: 22020096/
    ],
    [
      ['query', 'txs', 'tx.height > 1'],
      'tx_search_no_prove',
      'tx_search',
      { query: 'tx.height > 1' },
      /async-key=value/
    ],
    [
      ['query', 'blocks', 'block.height > 1', '--page', '2', '--per-page', '5', '--order-by', 'asc'],
      'block_search',
      'block_search',
      { query: 'block.height > 1', page: '2', per_page: '5', order_by: 'asc' },
      /\d+ found/
    ],
    [
      ['query', 'app', 'name'],
      'abci_query_with_existing_key',
      'abci_query',
      { path: '', data: '6e616d65' },
      /^code {4}0/
    ],
    [
      ['query', 'app', '0xAB', '--hex', '--height', '5', '--path', '/key', '--prove'],
      'abci_query_with_non_existent_key',
      'abci_query',
      { path: '/key', data: 'ab', height: '5', prove: true },
      /^code/
    ],
    [['query', 'app-info'], 'abci_info', 'abci_info', {}, /last_block_height/],
    [['query', 'net'], 'net_info', 'net_info', {}, /^0 peers$/],
    [['query', 'consensus'], 'consensus_state', 'consensus_state', {}, /height\/round\/step: 221\/0\/1/],
    [['query', 'genesis'], 'genesis', 'genesis', {}, /chain_id: dockerchain/],
    [
      ['query', 'rpc', 'blockchain', 'minHeight="1"', 'prove=true', 'name=text'],
      'blockchain_from_1_to_10',
      'blockchain',
      { minHeight: '1', prove: true, name: 'text' },
      /last_height/
    ],
    [
      ['tx', 'broadcast', 'a=b'],
      'broadcast_tx_commit',
      'broadcast_tx_commit',
      { tx: 'YT1i' },
      /^hash \w{64}\nheight \d+$/
    ],
    [
      ['tx', 'broadcast', '--mode', 'sync', 'a=b'],
      'broadcast_tx_sync',
      'broadcast_tx_sync',
      { tx: 'YT1i' },
      /^hash \w{64}$/
    ],
    [
      ['tx', 'broadcast', '--mode', 'async', '--encoding', 'hex', '613D62'],
      'broadcast_tx_async',
      'broadcast_tx_async',
      { tx: 'YT1i' },
      /^hash/
    ]
  ]

  it.each(calls)('%j makes the call and reads the answer of %s', async (args, file, method, params, text) => {
    const { code, out, notes } = await ask(args, file)
    expect({ code, notes }).toEqual({ code: 0, notes: '' })
    expect(asked).toEqual([{ method, params }])
    expect(out).toMatch(text)
    const json = await ask([...args, '--output', 'json'], file)
    expect(JSON.parse(json.out)).toEqual(recorded(file).result)
  })

  const hash = '9F28904F9C0F3AB74A81CBA48E39124DA1C680B47FBFCBA0126870DB722BCC30'
  it('send hashes as the RPC takes them', async () => {
    const base64 = Buffer.from(hash, 'hex').toString('base64')
    answer = method => JSON.stringify(method === 'tx' ? { result: {} } : recorded('block_by_hash'))
    asked = []
    await pnyx(['query', 'tx', hash, '--prove', '--node', node])
    await pnyx(['query', 'block', `0x${hash.toLowerCase()}`, '--node', node])
    expect(asked).toEqual([
      { method: 'tx', params: { hash: base64, prove: true } },
      { method: 'block_by_hash', params: { hash: base64 } }
    ])
  })

  it.each([
    [['query', 'block', '0']],
    [['query', 'block', 'x']],
    [['query', 'tx', 'abcd']],
    [['query', 'app', 'xyz', '--hex']],
    [['query', 'rpc', 'status', 'novalue']],
    [['query', 'mempool', '--limit', '0']],
    [['tx', 'broadcast', 'abc', '--encoding', 'hex']],
    [['tx', 'broadcast', 'abc', '--encoding', 'base64']]
  ])('%j asks nothing', async args => {
    asked = []
    const { code, notes } = await pnyx([...args, '--node', node])
    expect(code).toBe(64)
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(asked).toEqual([])
  })

  it('say what the node said', async () => {
    const data = 'height 9 must be less than or equal to the current blockchain height 3'
    answer = () =>
      JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error', data } })
    expect(await pnyx(['query', 'block', '9', '--node', node])).toEqual({
      code: 1,
      out: '',
      notes: `pnyx: the node answered: ${data}`
    })
    answer = () =>
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        error: { code: -32601, message: 'Method not found', data: '' }
      })
    expect((await pnyx(['query', 'net', '--node', node])).notes).toBe(
      'pnyx: the node answered: Method not found'
    )
  })

  it('say of a transaction that no block took in time how to find it later', async () => {
    const data = 'timed out waiting for tx to be included in a block'
    answer = () => JSON.stringify({ error: { code: -32603, message: 'Internal error', data } })
    const hash = createHash('sha256').update('late=1').digest('hex').toUpperCase()
    expect(await pnyx(['tx', 'broadcast', 'late=1', '--node', node])).toEqual({
      code: 1,
      out: '',
      notes: `pnyx: no block took the transaction in time; it waits and may still be in one: see \`pnyx query tx ${hash}\``
    })
  })

  it('show of transactions in a list no more than fits', async () => {
    const txs = ['short=1', `long=${'x'.repeat(100_000)}`].map(tx => Buffer.from(tx).toString('base64'))
    answer = () => JSON.stringify({ result: { n_txs: '2', total: '2', total_bytes: '100012', txs } })
    const { out } = await pnyx(['query', 'mempool', '--node', node])
    expect(out.split('\n').slice(1)).toEqual(['  short=1', `  long=${'x'.repeat(95)}…`])
  })

  it('show how much goes to and comes from each peer', async () => {
    const peer = {
      node_info: { id: 'ab'.repeat(20), moniker: 'alice' },
      is_outbound: true,
      connection_status: {
        Duration: '61000000000',
        SendMonitor: { CurRate: '1234' },
        RecvMonitor: { CurRate: '56' }
      },
      remote_ip: '10.0.0.7'
    }
    answer = () => JSON.stringify({ result: { n_peers: '1', peers: [peer] } })
    const { out } = await pnyx(['query', 'net', '--node', node])
    expect(out.split('\n').slice(1)).toEqual([
      `alice    ${'ab'.repeat(20)}  10.0.0.7  dialled by us  61 s     1234      56`,
      '1 peers'
    ])
  })

  it('fail when the application turns a transaction down, and say why', async () => {
    const refused = { check_tx: { code: 2, log: 'no =' }, tx_result: { code: 0 }, hash: 'AB', height: '0' }
    answer = () => JSON.stringify({ result: refused })
    const check = await pnyx(['tx', 'broadcast', 'x', '--node', node])
    expect(check).toMatchObject({
      code: 1,
      out: 'hash AB',
      notes: 'pnyx: the transaction was refused: code 2, no ='
    })
    answer = () =>
      JSON.stringify({
        result: { ...refused, check_tx: { code: 0 }, tx_result: { code: 5, log: '' }, height: '7' }
      })
    const failed = await pnyx(['tx', 'broadcast', 'x', '--node', node])
    expect(failed).toMatchObject({
      code: 1,
      notes: 'pnyx: the transaction was committed, but failed: code 5'
    })
    answer = () => JSON.stringify({ result: { code: 1, log: '\u001b[2J', hash: 'AB' } })
    expect((await pnyx(['tx', 'broadcast', 'x', '--mode', 'sync', '--node', node])).notes).toContain(
      'code 1, \\u001b[2J'
    )
  })

  it.each(['<html>', '[]', '{}', '{"result":{}}', 'null', ''])('are not misled by %j', async text => {
    answer = () => text
    const { code, notes } = await pnyx(['status', '--node', node])
    expect(code).toBe(1)
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
  })

  it('say in one line that no node answers', async () => {
    const free = createServer()
    await new Promise<void>(done => free.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(free.address() as AddressInfo).port}`
    await new Promise(done => free.close(done))
    const { code, notes } = await pnyx(['status', '--node', url])
    expect(code).toBe(1)
    expect(notes).toMatch(/^pnyx: no node answers at http:\/\/[\d.:]+: connection refused; [^\n]+$/)
  })

  it('find the node by flag, by environment, by the home', async () => {
    answer = () => JSON.stringify(recorded('status'))
    expect((await pnyx(['status'], { environment: { PNYX_NODE: node } })).code).toBe(0)
    expect((await pnyx(['status', '--home', '/none'], { environment: { PNYX_RPC_LADDR: node } })).code).toBe(
      0
    )
    expect((await pnyx(['status', '--node', node.replace('tcp', 'http')])).code).toBe(0)
    expect((await pnyx(['status', '--node', 'ftp://x'])).code).toBe(64)
    const off = await pnyx(['status', '--home', '/none'], { environment: { PNYX_RPC_LADDR: '' } })
    expect(off.notes).toContain('turns RPC off')
  })
})
