import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimRange } from '../../scripts/cluster/ports.ts'
import type { Schema } from '../../scripts/openapi/schema.ts'
import { schemaProblems } from '../support/json-schema.ts'
import { shapeDifferences } from '../unit/rpc/support/shape.ts'
import { cleanUp, finish, heightOf, pnyx, type Running, temporaryDirectory, until } from './cli-process.ts'

vi.setConfig({ testTimeout: 240_000 })

const home = join(temporaryDirectory(), 'home')
const ON_WEBSOCKET = ['/subscribe', '/unsubscribe', '/unsubscribe_all']
const DOCUMENT = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

/** An operation of the document. */
interface Described {
  readonly responses: Readonly<
    Record<number, { readonly content: Record<string, { readonly schema: Schema }> }>
  >
}

let port: number
let node: Running

const start = (...more: string[]): Running =>
  pnyx(
    'start',
    '--home',
    home,
    `--p2p.laddr=tcp://127.0.0.1:${port}`,
    `--rpc.laddr=tcp://127.0.0.1:${port + 1}`,
    `--instrumentation.prometheus_listen_addr=127.0.0.1:${port + 2}`,
    '--instrumentation.prometheus=true',
    '--consensus.timeout_commit=10ms',
    '--rpc.unsafe=true',
    ...more
  )

const answers = () => until('the node to answer', () => heightOf(port + 1))

async function post(request: unknown) {
  const body = JSON.stringify(request)
  const response = await fetch(`http://127.0.0.1:${port + 1}`, { method: 'POST', body })
  return JSON.parse(await response.text())
}

const call = (method: string, params: unknown = {}) => post({ jsonrpc: '2.0', id: 1, method, params })
const sendAndWait = (tx: string) =>
  call('broadcast_tx_commit', { tx: Buffer.from(tx).toString('base64') }).then(({ result }) => result)
const foundTxs = async (query: string): Promise<number> => {
  const { result } = await call('tx_search', { query })
  return Number(result.total_count)
}

beforeAll(async () => {
  port = await claimRange(3)
  expect((await finish(pnyx('init', '--chain-id', 'indexed', '--app', 'kvstore', '--home', home))).code).toBe(
    0
  )
  node = start()
  await answers()
})
afterAll(cleanUp)

describe('a node with an index', () => {
  it('answers searches as a node of v0.38 did', async () => {
    for (const tx of ['name=satoshi', 'other=satoshi', 'last=one']) await sendAndWait(tx)
    await until('the index', async () =>
      (await foundTxs("app.creator = 'Cosmoshi Netowoko'")) === 3 ? true : null
    )
    for (const name of ['tx_search_with_prove', 'tx_search_no_prove', 'block_search']) {
      const read = (direction: string) =>
        JSON.parse(
          readFileSync(new URL(`../fixtures/rpc-v0.38/${direction}/${name}.json`, import.meta.url), 'utf8')
        )
      const recorded = read('incoming')
      const request = read('outgoing')
      const wanted = name === 'block_search' ? 'block.height > 1' : 'tx.height > 0'
      const answer = await post({ ...request, params: { ...request.params, query: wanted, order_by: 'asc' } })
      expect(shapeDifferences(recorded, answer), name).toEqual([])
    }
  })

  it('finds a transaction by hash, with a proof', async () => {
    const { hash, height } = await sendAndWait('proved=yes')
    const found = await until(
      'the index',
      async () => (await call('tx', { hash: base64Of(hash), prove: true })).result
    )
    expect(found).toMatchObject({ hash, height, index: 0 })
    expect(found.proof.root_hash).toMatch(/^[0-9A-F]{64}$/)
  })

  it('answers every route as its OpenAPI document says', async () => {
    const { hash, height } = await sendAndWait('described=yes')
    const { result } = await call('block', { height })
    const block = result.block_id.hash
    const queries: Readonly<Record<string, string>> = {
      genesis_chunked: 'chunk=0',
      block: `height=${height}`,
      block_by_hash: `hash=0x${block}`,
      block_results: `height=${height}`,
      header_by_hash: `hash=0x${block}`,
      commit: `height=${height}`,
      tx: `hash=0x${hash}&prove=true`,
      tx_search: 'query="tx.height>0"&prove=true',
      block_search: 'query="block.height>0"',
      check_tx: 'tx="a=b"',
      broadcast_tx_async: 'tx="by=async"',
      broadcast_tx_sync: 'tx="by=sync"',
      broadcast_tx_commit: 'tx="by=commit"',
      abci_query: 'path="/key"&data="described"',
      signing_info: `address=0x${result.block.header.proposer_address}`,
      dial_seeds: `seeds=${encodeURIComponent('["a@127.0.0.1:1"]')}`,
      dial_peers: `peers=${encodeURIComponent('["a@127.0.0.1:1"]')}`
    }
    await until('the index', async () => (await call('tx', { hash: base64Of(hash) })).result)
    const answered: number[] = []
    for (const [path, { get }] of Object.entries<{ get?: Described }>(DOCUMENT.paths)) {
      if (get === undefined || path === '/' || ON_WEBSOCKET.includes(path)) continue
      const name = path.slice(1)
      const response = await fetch(`http://127.0.0.1:${port + 1}/${name}?${queries[name] ?? ''}`)
      const body = JSON.parse(await response.text())
      const schema = get.responses[response.status]?.content['application/json']?.schema
      expect(schema, `${name}: ${response.status}`).toBeDefined()
      expect(schemaProblems(schema!, body, DOCUMENT.components.schemas), name).toEqual([])
      // No offence is known here, and peers are not dialled by RPC.
      const isRefused = ['evidence', 'broadcast_evidence', 'dial_seeds', 'dial_peers'].includes(name)
      expect(response.ok, `${name}: ${JSON.stringify(body.error)}`).toBe(!isRefused)
      answered.push(response.status)
    }
    expect(answered.length).toBeGreaterThan(38)
  })

  it('tells Prometheus of its blocks, its index and its process', async () => {
    const text = await (await fetch(`http://127.0.0.1:${port + 2}/metrics`)).text()
    expect(text).toMatch(/^cometbft_consensus_latest_block_height\{chain_id="indexed"\} [1-9]/m)
    expect(text).toMatch(/^cometbft_indexer_height\{chain_id="indexed"\} [1-9]/m)
    expect(text).toMatch(
      /^cometbft_abci_connection_method_timing_seconds_count\{[^}]*method="finalize_block"/m
    )
    expect(text).toMatch(/^cometbft_process_event_loop_lag_seconds\{[^}]*percentile="99"/m)
    expect(text).toMatch(/^cometbft_process_resident_memory_bytes\{chain_id="indexed"\} [1-9]/m)
  })

  it('catches up after kill -9, and after a time without an index', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, i) => sendAndWait(`before=${i}`)))
    node.child.kill('SIGKILL')
    await node.ended
    node = start('--tx_index.indexer=null')
    await answers()
    for (let i = 0; i < 3; i++) await sendAndWait(`without=${i}`)
    const refused = await call('tx_search', { query: 'tx.height > 0' })
    expect(refused.error.data).toBe('transaction indexing is disabled')
    node.child.kill('SIGTERM')
    await node.ended
    node = start()
    await answers()
    await until('the index', async () => ((await foundTxs("app.key = 'without'")) === 3 ? true : null))
    expect(await foundTxs("app.key = 'before'")).toBe(5)
  })
})
