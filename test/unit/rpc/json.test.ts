import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  appInfoToJson,
  blockResultsToJson,
  compactTxResultToJson,
  txResultToJson,
  validatorUpdateToJson
} from '../../../src/rpc/json/abci.ts'
import { bitsToJson, bitsToText } from '../../../src/rpc/json/bits.ts'
import { headerToJson } from '../../../src/rpc/json/header.ts'
import { base64OrNull, bytesToHexJson, int64Json } from '../../../src/rpc/json/json.ts'
import { stepText } from '../../../src/rpc/json/round-state.ts'
import { voteToText } from '../../../src/rpc/json/vote.ts'
import { DEFAULT_CONSENSUS_PARAMS, timestampFromRfc3339, type Vote } from '../../../src/types/index.ts'
import { makeTestChain, testKey } from './support/synthetic-chain.ts'

const VECTORS = new URL('../../fixtures/vectors/json_and_bits.json', import.meta.url)

const NO_BYTES = new Uint8Array(0)
const EMPTY_RESULT = {
  code: 0,
  data: NO_BYTES,
  log: '',
  info: '',
  gasWanted: 0n,
  gasUsed: 0n,
  events: [],
  codespace: ''
}

describe('CometBFT JSON', () => {
  it('writes bits as the vectors do', () => {
    const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
      cases: { name: string; bits: number; set: number[]; expected_json: string }[]
    }
    const bitCases = cases.filter(({ name }) => name === 'BitArray JSON')
    expect(bitCases.length).toBeGreaterThan(1)
    for (const { bits, set, expected_json } of bitCases) {
      const flags = Array.from({ length: bits }, (_, index) => set.includes(index))
      expect(JSON.stringify(bitsToJson(flags))).toBe(expected_json)
    }
    expect(bitsToJson(null)).toBeNull()
    expect(bitsToText([true, false, true, false])).toBe('BA{4:x_x_}')
    expect(bitsToText(Array(120).fill(true))).toBe(`BA{120:${'x'.repeat(120)}}`)
  })

  it('writes a vote in one line as Go does', () => {
    const vote: Vote = {
      type: 'precommit',
      height: 12345,
      round: 2,
      blockId: {
        hash: '8b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe5652f4fc80',
        partSetHeader: { total: 1, hash: 'ab'.repeat(32) }
      },
      timestamp: timestampFromRfc3339('2017-12-25T03:00:01.234Z')!,
      validatorAddress: '6af1f4111082efb388211bc72c55bcd61e9ac3d5',
      validatorIndex: 56789,
      signature: NO_BYTES,
      extension: Buffer.from('extension'),
      extensionSignature: NO_BYTES
    }
    expect(voteToText(vote)).toBe(
      'Vote{56789:6AF1F4111082 12345/02/SIGNED_MSG_TYPE_PRECOMMIT(Precommit) 8B01023386C3 000000000000 ' +
        '657874656E73 @ 2017-12-25T03:00:01.234Z}'
    )
    expect(voteToText({ ...vote, type: 'prevote', extension: NO_BYTES })).toBe(
      'Vote{56789:6AF1F4111082 12345/02/SIGNED_MSG_TYPE_PREVOTE(Prevote) 8B01023386C3 000000000000 ' +
        '000000000000 @ 2017-12-25T03:00:01.234Z}'
    )
    expect(voteToText(null)).toBe('nil-Vote')
  })

  it('writes numbers and bytes exactly', () => {
    expect(int64Json(2n ** 63n - 1n)).toBe('9223372036854775807')
    expect(int64Json(-1)).toBe('-1')
    expect(bytesToHexJson(Buffer.from('abc'))).toBe('616263')
    expect(bytesToHexJson(new Uint8Array(Buffer.from('xxabcxx')).subarray(2, 5))).toBe('616263')
    expect(bytesToHexJson(Buffer.from('fe', 'hex'))).toBe('FE')
    expect(base64OrNull(NO_BYTES)).toBeNull()
  })

  it('leaves a version of zero out of a header', () => {
    const { header } = makeTestChain().at(1)!.block
    expect(headerToJson(header).version).toEqual({ block: '11', app: '1' })
    expect(headerToJson({ ...header, version: { block: 11, app: 0 } }).version).toEqual({ block: '11' })
  })

  it('names steps as Go does', () => {
    expect(stepText('newHeight')).toBe('RoundStepNewHeight')
    expect(stepText('precommitWait')).toBe('RoundStepPrecommitWait')
  })
})

describe('ABCI JSON', () => {
  it('shows every field of a result, and in an event only what is not zero', () => {
    expect(txResultToJson(EMPTY_RESULT)).toEqual({
      code: 0,
      data: null,
      log: '',
      info: '',
      gas_wanted: '0',
      gas_used: '0',
      events: [],
      codespace: ''
    })
    expect(compactTxResultToJson(EMPTY_RESULT)).toEqual({})
    const full = {
      ...EMPTY_RESULT,
      code: 5,
      data: Buffer.from('d'),
      log: 'l',
      info: 'i',
      gasWanted: 1n,
      gasUsed: 2n,
      codespace: 'c'
    }
    expect(compactTxResultToJson(full)).toEqual({
      code: 5,
      data: 'ZA==',
      log: 'l',
      info: 'i',
      gas_wanted: '1',
      gas_used: '2',
      codespace: 'c'
    })
  })

  it('leaves zeros out of the info of an app', () => {
    const info = { data: '', version: '', appVersion: 0, lastBlockHeight: 0, lastBlockAppHash: NO_BYTES }
    expect(appInfoToJson(info)).toEqual({})
    expect(appInfoToJson({ ...info, lastBlockHeight: 5 })).toEqual({ last_block_height: '5' })
  })

  it('wraps the key of a validator update as a Go oneof', () => {
    const { publicKey } = testKey(0)
    const value = Buffer.from(publicKey.bytes).toString('base64')
    expect(validatorUpdateToJson({ publicKey, power: 7n })).toEqual({
      pub_key: { Sum: { type: 'tendermint.crypto.PublicKey_Ed25519', value: { ed25519: value } } },
      power: '7'
    })
    const removed = validatorUpdateToJson({
      publicKey: { type: 'secp256k1', bytes: Buffer.alloc(33) },
      power: 0n
    })
    expect(removed).toMatchObject({ pub_key: { Sum: { type: 'tendermint.crypto.PublicKey_Secp256K1' } } })
    expect(removed).not.toHaveProperty('power')
  })

  it('shows the sections of parameters that an app changed', () => {
    const { block } = DEFAULT_CONSENSUS_PARAMS
    const results = {
      events: [],
      txResults: [],
      validatorUpdates: [],
      consensusParamUpdates: {
        block: { ...block, maxGas: 0 },
        evidence: null,
        validator: null,
        version: { app: 2 },
        abci: null
      },
      appHash: NO_BYTES
    }
    expect(blockResultsToJson(3, results)).toEqual({
      height: '3',
      txs_results: null,
      finalize_block_events: null,
      validator_updates: null,
      consensus_param_updates: {
        block: { max_bytes: String(block.maxBytes), max_gas: '0' },
        version: { app: '2' }
      },
      app_hash: null
    })
  })
})
