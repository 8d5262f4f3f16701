import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evidenceToJson } from '../../../src/rpc/json/evidence.ts'
import { makeTestChain } from '../rpc/support/synthetic-chain.ts'
import { pnyx } from './cli-harness.ts'

const ADDRESS = 'AB'.repeat(20)
const HASH = '0F'.repeat(32)
let server: Server
let node: string
let asked: { method: string; params: Record<string, unknown> }[] = []
let result: unknown

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { method, params } = JSON.parse(body)
      asked.push({ method, params })
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }))
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  node = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function ask(args: readonly string[], answer: unknown) {
  asked = []
  result = answer
  return pnyx(['query', ...args, '--node', node])
}

const fault = {
  hash: HASH,
  kind: 'duplicate_vote',
  status: 'committed',
  height: '5',
  committed_height: '7',
  validators: [ADDRESS],
  evidence: evidenceToJson(makeTestChain().duplicateVote(5)),
  downtime: null
}
const downtime = {
  ...fault,
  kind: 'downtime',
  evidence: null,
  downtime: { window: '100', missed_blocks: '51', missed_bitmap: '', power: '10' }
}
const info = {
  address: ADDRESS,
  start_height: '3',
  index_offset: '17',
  jailed_until: '0001-01-01T00:00:00Z',
  tombstoned: false,
  missed_blocks_counter: '4'
}

describe('queries about misbehaviour', () => {
  it('print one piece of evidence with both messages', async () => {
    const { code, out } = await ask(['evidence', HASH.toLowerCase()], fault)
    expect(code).toBe(0)
    expect(asked).toEqual([
      { method: 'evidence', params: { hash: Buffer.from(HASH, 'hex').toString('base64') } }
    ])
    expect(out).toMatch(
      new RegExp(`^hash       ${HASH}\nkind       duplicate_vote\nstatus     committed in block 7\n`)
    )
    expect(out).toMatch(/\n(prevote|precommit) A: \w+ at \S+Z\n(prevote|precommit) B: \w+ at \S+Z$/)
    expect((await ask(['evidence', HASH], downtime)).out).toMatch(/\nmissed {5}51 of the last 100 blocks\n/)
  })

  it('print what matches, one a line', async () => {
    const pending = { ...downtime, status: 'pending', committed_height: '0' }
    const filter = [
      '--validator',
      ADDRESS,
      '--kind',
      'downtime',
      '--status',
      'pending',
      '--from',
      '3',
      '--to',
      '9'
    ]
    const { out } = await ask(['evidence', ...filter, '--per-page', '2'], {
      evidence: [fault, pending],
      total_count: '5'
    })
    expect(asked).toEqual([
      {
        method: 'evidence_search',
        params: {
          validator: ADDRESS,
          kind: 'downtime',
          status: 'pending',
          from_height: '3',
          to_height: '9',
          per_page: '2'
        }
      }
    ])
    expect(out.split('\n')).toHaveLength(4)
    expect(out).toMatch(/\n {5}5 {2}downtime {8}pending +- {2}AB/)
    expect(out).toMatch(/\n2 found of 5: --page and --per-page give the rest$/)
    expect((await ask(['evidence'], { evidence: [], total_count: '0' })).out).toBe('nothing was found')
  })

  it('print slashes with what is known of them', async () => {
    const slash = {
      height: '7',
      validator_address: ADDRESS,
      reason: 'double_sign',
      power: '10',
      fraction: '0.05',
      burned: '500000',
      jailed: true,
      tombstoned: true,
      voting_power_before: '10',
      voting_power_after: '0'
    }
    const unsaid = {
      ...slash,
      fraction: null,
      burned: null,
      jailed: false,
      tombstoned: false,
      voting_power_after: null
    }
    const { out } = await ask(['slashes'], { slashes: [slash, unsaid], total_count: '2' })
    expect(asked).toEqual([{ method: 'slashes', params: {} }])
    expect(out).toMatch(/500000 +0\.05 +tombstoned +10 -> 0\n/)
    expect(out).toMatch(/- +- +- +10 -> \?\n2 found$/)
  })

  it('print who missed how many blocks, and by what is judged', async () => {
    const one = await ask(['signing-info', ADDRESS], { source: 'app', val_signing_info: info })
    expect(asked).toEqual([{ method: 'signing_info', params: { address: ADDRESS } }])
    expect(one.out).toMatch(new RegExp(`\n${ADDRESS} +3 +17 +4 +- +-\n1 found\nas the application has it$`))
    const all = await ask(['signing-info', '--page', '2'], { source: 'node', info: [info], total: '31' })
    expect(asked).toEqual([{ method: 'signing_infos', params: { page: '2' } }])
    expect(all.out).toMatch(/the application does not slash$/)
    const params = {
      signed_blocks_window: '100',
      min_signed_per_window: '0.5',
      downtime_jail_duration: '600000000000',
      slash_fraction_double_sign: null,
      slash_fraction_downtime: '0.01',
      correlation_window_blocks: null
    }
    const { out } = await ask(['slashing-params'], { source: 'app', params })
    expect(out).toMatch(/\ndowntime jail {10}600 s\nslash for double sign {2}-\nslash for downtime/)
    const correlated = { ...params, correlation_window_blocks: '10000' }
    const other = await ask(['slashing-params'], { source: 'app', params: correlated })
    expect(other.out).toMatch(/\n {2}or, if that is more {3}\(3k\/n\)², when k of n power .* 10000 blocks\n/)
  })

  it.each([
    [['evidence', 'abcd']],
    [['evidence', HASH, '--kind', 'downtime']],
    [['evidence', '--kind', 'murder']],
    [['evidence', '--validator', 'me']],
    [['evidence', '--from', '-1']],
    [['signing-info', 'xyz']],
    [['slashes', '--page', '0']]
  ])('%j asks nothing', async args => {
    const { code, notes } = await ask(args, null)
    expect(code).toBe(64)
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(asked).toEqual([])
  })

  it('say in one line that an answer is not what was asked for', async () => {
    for (const args of [
      ['evidence'],
      ['evidence', HASH],
      ['slashes'],
      ['signing-info'],
      ['slashing-params']
    ]) {
      const { code, notes } = await ask(args, { total_count: 5 })
      expect(code).toBe(1)
      expect(notes).toMatch(/^pnyx: the node's answer has not the expected form[^\n]*$/)
    }
  })
})
