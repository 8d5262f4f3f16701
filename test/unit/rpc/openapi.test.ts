import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../scripts/openapi/document.ts'
import type { Schema } from '../../../scripts/openapi/schema.ts'
import { diagnosisToJson } from '../../../src/cli/diagnosis/diagnosis-json.ts'
import { evidenceToJson } from '../../../src/rpc/json/evidence.ts'
import { methodTable } from '../../../src/rpc/methods/table.ts'
import { evidenceHash, txHash } from '../../../src/types/index.ts'
import { schemaProblems } from '../../support/json-schema.ts'
import { snapshot } from '../cli/diagnosis/snapshot-builder.ts'
import { call, get, post, type RpcFixture, startRpc } from './support/rpc-fixture.ts'
import { kvTx } from './support/synthetic-chain.ts'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string }[]
  readonly responses: Readonly<Record<string, { content: { 'application/json': { schema: Schema } } }>>
}

const DOCUMENT = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
const FIXTURES = new URL('../../fixtures/rpc-v0.38/', import.meta.url)
const TABLE = methodTable({ unsafe: true })
const ON_WEBSOCKET = [...TABLE].filter(([, method]) => method.websocketOnly === true).map(([name]) => name)

function operation(path: string): Operation {
  return DOCUMENT.paths[path].get
}

function problems(path: string, status: number, body: unknown): string[] {
  const response = operation(path).responses[status]
  if (response === undefined) return [`${path}: status ${status} is not in the document`]
  return schemaProblems(response.content['application/json'].schema, body, DOCUMENT.components.schemas)
}

const ADDRESS = 'ab'.repeat(20)
let rpc: RpcFixture
let queries: Readonly<Record<string, string>>

beforeAll(async () => {
  rpc = await startRpc({ unsafe: true })
  const { view } = rpc
  view.pool.push(kvTx('waiting'))
  const evidence = view.synthetic.duplicateVote(5)
  const base = { validators: [ADDRESS], status: 'committed', height: 5, committedHeight: 7 } as const
  view.faults.faults = [
    { ...base, kind: 'duplicateVote', hash: evidenceHash(evidence), evidence },
    {
      ...base,
      kind: 'downtime',
      hash: '0f'.repeat(32),
      window: 8,
      missedCount: 5,
      missed: Uint8Array.of(31),
      power: 10n
    }
  ]
  view.faults.slashList = [
    {
      height: 7,
      validator: ADDRESS,
      reason: 'double_sign',
      power: 10n,
      fraction: '0.05',
      burned: null,
      jailed: true,
      tombstoned: false,
      powerBefore: 10n,
      powerAfter: null
    }
  ]
  const info = {
    address: ADDRESS,
    startHeight: 1,
    indexOffset: 3n,
    missedBlocks: 1n,
    jailedUntil: null,
    tombstoned: false
  }
  view.faults.signing = { source: 'app', infos: [info] }
  Object.assign(view.consensus, {
    diagnose: () => diagnosisToJson(snapshot({ locked: { round: 0, value: 'AB' } }))
  })
  const block = view.synthetic.at(8)!.meta.blockId.hash
  queries = {
    genesis_chunked: 'chunk=0',
    block: 'height=8',
    block_by_hash: `hash=0x${block}`,
    block_results: 'height=8',
    commit: 'height=8',
    header_by_hash: `hash=0x${block}`,
    tx: `hash=0x${txHash(kvTx('tx8'))}&prove=true`,
    tx_search: 'query="tx.height>3"&prove=true',
    block_search: 'query="block.height>3"',
    check_tx: 'tx="a=b"',
    broadcast_tx_async: 'tx="a=1"',
    broadcast_tx_sync: 'tx="a=2"',
    broadcast_tx_commit: 'tx="a=3"',
    abci_query: 'path="/key"&data="tx0"&prove=true',
    broadcast_evidence: `evidence=${encodeURIComponent(JSON.stringify(evidenceToJson(view.synthetic.duplicateVote(6))))}`,
    evidence: `hash=0x${evidenceHash(evidence)}`,
    signing_info: `address=0x${ADDRESS}`,
    dial_seeds: `seeds=${encodeURIComponent('["a@127.0.0.1:1"]')}`,
    dial_peers: `peers=${encodeURIComponent('["a@127.0.0.1:1"]')}`
  }
})
afterAll(() => rpc.stop())

describe('the OpenAPI document', () => {
  it('is the one that the methods and schemas make', () => {
    expect(DOCUMENT, 'run scripts/make-openapi.ts').toEqual(JSON.parse(JSON.stringify(openApiDocument())))
    expect(DOCUMENT.openapi).toMatch(/^3\.1\./)
  })

  it('has every method with its parameters, and no other', () => {
    const paths = Object.keys(DOCUMENT.paths).filter(path => !['/', '/livez', '/readyz'].includes(path))
    expect(paths).toEqual([...TABLE.keys()].map(name => `/${name}`))
    for (const [name, { params }] of TABLE) {
      expect(operation(`/${name}`).parameters?.map(one => one.name)).toEqual(Object.keys(params))
    }
  })

  it('has a companion for people that names every method and parameter', () => {
    const text = readFileSync(new URL('../../../docs/rpc.md', import.meta.url), 'utf8')
    for (const [name, { params }] of methodTable({ unsafe: false })) {
      const row = text.split('\n').find(line => line.startsWith(`| \`${name}\` `))
      expect(row, name).toBeDefined()
      const named = row!.split('|')[2]!.match(/\w+/g) ?? []
      expect(named, name).toEqual(Object.keys(params))
    }
    for (const name of TABLE.keys()) expect(text).toContain(`\`${name}\``)
  })

  it('refers to schemas that exist, and to all of them', () => {
    const referred = [...JSON.stringify(DOCUMENT).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      ([, name]) => name!
    )
    expect([...new Set(referred)].sort()).toEqual(Object.keys(DOCUMENT.components.schemas).sort())
  })

  for (const name of [...TABLE.keys()].filter(one => !ON_WEBSOCKET.includes(one))) {
    it(`describes the answer of ${name}`, async () => {
      const { status, json } = await get(`${rpc.url}/${name}?${queries[name] ?? ''}`)
      expect(json.error, 'the method should answer here').toBeUndefined()
      expect(problems(`/${name}`, status, json)).toEqual([])
    })
  }

  it('describes the newest block, one long gone, and every other', async () => {
    for (const name of ['block', 'block_results', 'commit', 'header', 'validators', 'consensus_params']) {
      for (let height = 1; height <= rpc.view.synthetic.height; height++) {
        const { status, json } = await get(`${rpc.url}/${name}?height=${height}`)
        expect(problems(`/${name}`, status, json), `${name} ${height}`).toEqual([])
      }
    }
    const { status, json } = await get(`${rpc.url}/block_by_hash?hash=0x${'00'.repeat(32)}`)
    expect(problems('/block_by_hash', status, json)).toEqual([])
  })

  it('describes errors and probes', async () => {
    const failed = await get(`${rpc.url}/block?height=99`)
    expect(failed.status).toBe(500)
    expect(problems('/block', 500, failed.json)).toEqual([])
    for (const probe of ['/livez', '/readyz']) {
      const answered = await get(rpc.url + probe)
      expect(problems(probe, answered.status, answered.json)).toEqual([])
    }
    rpc.view.catchingUp = true
    const unready = await get(`${rpc.url}/readyz`)
    rpc.view.catchingUp = false
    expect(unready.status).toBe(503)
    expect(problems('/readyz', 503, unready.json)).toEqual([])
  })

  it('describes JSON-RPC, one call and a batch', async () => {
    const { responses } = DOCUMENT.paths['/'].post
    const { schema } = responses[200].content['application/json']
    const one = await call(rpc.url, 'status')
    const batch = await post(
      rpc.url,
      JSON.stringify([
        { jsonrpc: '2.0', id: 1, method: 'status' },
        { jsonrpc: '2.0', id: 'x', method: 'nothing' }
      ])
    )
    expect(batch.json).toHaveLength(2)
    for (const { json } of [one, batch]) {
      expect(schemaProblems(schema, json, DOCUMENT.components.schemas)).toEqual([])
    }
  })

  it('also describes what a node of CometBFT v0.38 answered', () => {
    const names = readdirSync(new URL('incoming', FIXTURES))
    const read = (direction: string, name: string) =>
      JSON.parse(readFileSync(new URL(`${direction}/${name}`, FIXTURES), 'utf8'))
    let checked = 0
    for (const name of names.filter(one => readdirSync(new URL('outgoing', FIXTURES)).includes(one))) {
      const { method } = read('outgoing', name)
      const answer = read('incoming', name)
      if (ON_WEBSOCKET.includes(method) || answer.error !== undefined) continue
      const { id: _id, ...recorded } = answer
      expect(problems(`/${method}`, 200, { ...recorded, id: 1 }), name).toEqual([])
      checked += 1
    }
    expect(checked).toBeGreaterThan(15)
  })

  it('notices what it does not describe', async () => {
    const { json } = await get(`${rpc.url}/status`)
    const broken = structuredClone(json)
    broken.result.sync_info.latest_block_height = 12
    broken.result.sync_info.new_field = true
    delete broken.result.validator_info.address
    broken.result.node_info.id = 'XYZ'
    expect(problems('/status', 200, broken)).toEqual([
      '$.result.node_info.id: "XYZ" does not match ^[0-9a-f]{40}$',
      '$.result.sync_info.latest_block_height: integer, not string',
      '$.result.sync_info.new_field: not in the document',
      '$.result.validator_info.address: missing'
    ])
  })
})
