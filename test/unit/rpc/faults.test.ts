import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DowntimeFault, EvidenceFault, SigningInfo, SlashEntry } from '../../../src/rpc/index.ts'
import { evidenceToJson } from '../../../src/rpc/json/evidence.ts'
import { evidenceHash, timestampFromMs } from '../../../src/types/index.ts'
import { call, get, type RpcFixture, startRpc } from './support/rpc-fixture.ts'

let rpc: RpcFixture

beforeEach(async () => {
  rpc = await startRpc()
})
afterEach(() => rpc.stop())

async function resultOf(method: string, params: unknown = {}) {
  const { json } = await call(rpc.url, method, params)
  expect(json.error).toBeUndefined()
  return json.result
}

async function errorOf(method: string, params: unknown = {}): Promise<string> {
  const { json } = await call(rpc.url, method, params)
  expect(json.result).toBeUndefined()
  return json.error.data
}

function evidenceFault(height: number): EvidenceFault {
  const evidence = rpc.view.synthetic.duplicateVote(height)
  return {
    kind: 'duplicateVote',
    hash: evidenceHash(evidence),
    validators: [evidence.voteA.validatorAddress],
    status: 'committed',
    height,
    committedHeight: height + 2,
    evidence
  }
}

const ADDRESS = 'ab'.repeat(20)
const downtime: DowntimeFault = {
  kind: 'downtime',
  hash: '0f'.repeat(32),
  validators: [ADDRESS],
  status: 'committed',
  height: 9,
  committedHeight: 10,
  window: 8,
  missedCount: 5,
  missed: Uint8Array.of(0b11111),
  power: 10n
}

describe('evidence', () => {
  it('is found by its hash, in base64 or in the URI as hex', async () => {
    const fault = evidenceFault(5)
    rpc.view.faults.faults = [fault, downtime]
    const found = await resultOf('evidence', { hash: Buffer.from(fault.hash, 'hex').toString('base64') })
    expect(found).toEqual({
      hash: fault.hash.toUpperCase(),
      kind: 'duplicate_vote',
      status: 'committed',
      height: '5',
      committed_height: '7',
      validators: [fault.validators[0]!.toUpperCase()],
      evidence: JSON.parse(JSON.stringify(evidenceToJson(fault.evidence))),
      downtime: null
    })
    const { json } = await get(`${rpc.url}/evidence?hash=0x${downtime.hash}`)
    expect(json.result).toMatchObject({
      kind: 'downtime',
      evidence: null,
      downtime: { window: '8', missed_blocks: '5', missed_bitmap: 'Hw==', power: '10' }
    })
  })

  it('that is not there, or a hash that is none, is an error', async () => {
    const hash = Buffer.alloc(32, 1)
    expect(await errorOf('evidence', { hash: hash.toString('base64') })).toBe(
      `evidence (${hash.toString('hex').toUpperCase()}) not found`
    )
    expect(await errorOf('evidence')).toBe('hash must have 32 bytes, but has 0')
  })

  it('is searched page by page, the newest first', async () => {
    rpc.view.faults.faults = [evidenceFault(3), evidenceFault(4), evidenceFault(5)]
    const heights = async (params: object) =>
      (await resultOf('evidence_search', params)).evidence.map((one: { height: string }) => one.height)
    expect(await heights({})).toEqual(['5', '4', '3'])
    expect(await heights({ order_by: 'asc', per_page: '2' })).toEqual(['3', '4'])
    expect(await heights({ per_page: '2', page: '2' })).toEqual(['3'])
    expect((await resultOf('evidence_search', { per_page: '2' })).total_count).toBe('3')
    expect(await errorOf('evidence_search', { per_page: '2', page: '3' })).toBe(
      'page should be within [1, 2] range, given 3'
    )
    for (const page of ['0', '-1', '9223372036854775807']) {
      expect(await errorOf('evidence_search', { page })).toMatch(
        /^page should be within \[1, \d+\] range, given -?\d+$/
      )
    }
  })

  it('is searched by what the node is asked for, and nothing else', async () => {
    await resultOf('evidence_search', {
      validator: ADDRESS.toUpperCase(),
      kind: 'duplicate_proposal',
      status: 'pending',
      from_height: '3',
      to_height: '9'
    })
    await resultOf('evidence_search')
    expect(rpc.view.faults.asked).toEqual([
      { validator: ADDRESS, kind: 'duplicateProposal', status: 'pending', fromHeight: 3, toHeight: 9 },
      {}
    ])
    expect(await errorOf('evidence_search', { kind: 'murder' })).toMatch(
      /^expected kind to be one of duplicate_vote, .* or empty, but got "murder"$/
    )
    expect(await errorOf('evidence_search', { status: 'lost' })).toMatch(/pending, committed, expired/)
    expect(await errorOf('evidence_search', { validator: 'ab' })).toBe(
      "a validator's address has 20 bytes, but got 1"
    )
    expect(await errorOf('evidence_search', { from_height: '-1' })).toMatch(/^heights must be from 0 to /)
    expect(await errorOf('evidence_search', { from_height: '5', to_height: '4' })).toBe(
      "from_height 5 can't be greater than to_height 4"
    )
    expect(await errorOf('evidence_search', { order_by: 'size' })).toMatch(/^expected order_by/)
  })
})

describe('slashes', () => {
  it('are told with what the application said and what the sets show', async () => {
    const slash: SlashEntry = {
      height: 7,
      validator: ADDRESS,
      reason: 'double_sign',
      power: 10n,
      fraction: '0.05',
      burned: 2n ** 63n,
      jailed: true,
      tombstoned: true,
      powerBefore: 10n,
      powerAfter: null
    }
    rpc.view.faults.slashList = [slash, { ...slash, height: 8, power: null, fraction: null, burned: null }]
    const { slashes, total_count } = await resultOf('slashes', { validator: ADDRESS, from_height: '2' })
    expect(total_count).toBe('2')
    expect(rpc.view.faults.asked).toEqual([{ validator: ADDRESS, fromHeight: 2 }])
    expect(slashes[0]).toMatchObject({ height: '8', power: null, fraction: null, burned: null })
    expect(slashes[1]).toEqual({
      height: '7',
      validator_address: ADDRESS.toUpperCase(),
      reason: 'double_sign',
      power: '10',
      fraction: '0.05',
      burned: '9223372036854775808',
      jailed: true,
      tombstoned: true,
      voting_power_before: '10',
      voting_power_after: null
    })
  })
})

describe('signing info', () => {
  const info = (address: string, more: Partial<SigningInfo> = {}): SigningInfo => ({
    address,
    startHeight: 4,
    indexOffset: 20n,
    missedBlocks: 3n,
    jailedUntil: null,
    tombstoned: false,
    ...more
  })

  it('is that of one validator, or of all by pages', async () => {
    const jailedUntil = timestampFromMs(Date.UTC(2031, 0, 2, 3, 4, 5))
    const infos = ['01', '02', '03'].map(byte => info(byte.repeat(20)))
    rpc.view.faults.signing = {
      source: 'app',
      infos: [...infos, info(ADDRESS, { jailedUntil, tombstoned: true })]
    }
    expect(await resultOf('signing_info', { address: ADDRESS })).toEqual({
      source: 'app',
      val_signing_info: {
        address: ADDRESS.toUpperCase(),
        start_height: '4',
        index_offset: '20',
        jailed_until: '2031-01-02T03:04:05Z',
        tombstoned: true,
        missed_blocks_counter: '3'
      }
    })
    const page = await resultOf('signing_infos', { page: '2', per_page: '3' })
    expect(page).toMatchObject({ source: 'app', total: '4', info: [{ address: ADDRESS.toUpperCase() }] })
    expect((await resultOf('signing_infos')).info[0].jailed_until).toBe('0001-01-01T00:00:00Z')
    expect(await errorOf('signing_info', { address: 'ff'.repeat(20) })).toMatch(
      /^no signing info of validator FF/
    )
    expect(await errorOf('signing_info')).toBe('address must be given')
  })

  it('comes with the params it is judged by', async () => {
    expect(await resultOf('slashing_params')).toEqual({
      source: 'node',
      params: {
        signed_blocks_window: '100',
        min_signed_per_window: '0.500000000000000000',
        downtime_jail_duration: null,
        slash_fraction_double_sign: null,
        slash_fraction_downtime: null,
        correlation_window_blocks: null
      }
    })
  })
})
