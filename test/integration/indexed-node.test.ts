import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Schema } from '../../scripts/openapi/schema.ts'
import { schemaProblems } from '../support/json-schema.ts'
import { shapeDifferences } from '../unit/rpc/support/shape.ts'
import {
  cleanUp,
  finish,
  freePorts,
  heightOf,
  pnyx,
  type Running,
  temporaryDirectory,
  until
} from './cli-process.ts'

vi.setConfig({ testTimeout: 240_000 })

const home = join(temporaryDirectory(), 'home')
const DOCUMENT = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
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
  port = await freePorts(3)
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
    const base64 = Buffer.from(hash, 'hex').toString('base64')
    const found = await until(
      'the index',
      async () => (await call('tx', { hash: base64, prove: true })).result
    )
    expect(found).toMatchObject({ hash, height, index: 0 })
    expect(found.proof.root_hash).toMatch(/^[0-9A-F]{64}$/)
  })

  it('answers as its OpenAPI document says', async () => {
    for (const path of [
      'status',
      'net_info',
      'genesis',
      'block',
      'commit',
      'validators',
      'consensus_diagnosis',
      'readyz'
    ]) {
      const response = await fetch(`http://127.0.0.1:${port + 1}/${path}`)
      const described = DOCUMENT.paths[`/${path}`].get.responses[response.status]
      const schema: Schema = described.content['application/json'].schema
      expect(schemaProblems(schema, await response.json(), DOCUMENT.components.schemas), path).toEqual([])
    }
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
    await until('the index', async () => ((await foundTxs('tx.height > 0')) === 12 ? true : null))
    expect(await foundTxs("app.key = 'without'")).toBe(3)
    expect(await foundTxs("app.key = 'before'")).toBe(5)
  })
})
