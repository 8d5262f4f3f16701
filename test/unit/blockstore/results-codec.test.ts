import { ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types'
import { describe, expect, it } from 'vitest'
import type { ConsensusParamsUpdate, FinalizeBlockResponse } from '../../../src/app/index.ts'
import { decodeResults, encodeResults } from '../../../src/blockstore/index.ts'
import { DEFAULT_CONSENSUS_PARAMS } from '../../../src/types/index.ts'
import { keyOf, resultsOf } from '../../support/stored-chain.ts'

const NOTHING: ConsensusParamsUpdate = {
  block: null,
  evidence: null,
  validator: null,
  version: null,
  abci: null
}

const responses: Record<string, FinalizeBlockResponse> = {
  empty: { ...resultsOf(0), events: [], appHash: new Uint8Array(0) },
  'one transaction': resultsOf(1),
  'many transactions': resultsOf(300),
  'validator updates': {
    ...resultsOf(2),
    validatorUpdates: [
      { publicKey: keyOf(1), power: 5n },
      { publicKey: { type: 'secp256k1', bytes: new Uint8Array(33).fill(2) }, power: 0n }
    ]
  },
  'no change of params': { ...resultsOf(0), consensusParamUpdates: NOTHING },
  'params of a block': {
    ...resultsOf(0),
    consensusParamUpdates: {
      ...NOTHING,
      block: { maxBytes: 5000, maxGas: -1 },
      abci: { voteExtensionsEnableHeight: 0 }
    }
  },
  'all params': { ...resultsOf(0), consensusParamUpdates: { ...DEFAULT_CONSENSUS_PARAMS } }
}

describe('results of a block', () => {
  for (const [name, response] of Object.entries(responses)) {
    it(`come back as they were saved, in ABCI's bytes: ${name}`, () => {
      const bytes = encodeResults(response)
      expect(decodeResults(bytes)).toEqual(response)
      const foreign = ResponseFinalizeBlock.decode(bytes)
      expect(Buffer.from(ResponseFinalizeBlock.encode(foreign).finish()).equals(bytes)).toBe(true)
      expect(foreign.txResults.length).toBe(response.txResults.length)
      expect(foreign.txResults.map(result => [result.code, result.gasWanted, result.log])).toEqual(
        response.txResults.map(result => [result.code, result.gasWanted, result.log])
      )
      expect(foreign.validatorUpdates.map(update => update.power)).toEqual(
        response.validatorUpdates.map(update => update.power)
      )
      expect(foreign.consensusParamUpdates?.block?.maxBytes ?? null).toEqual(
        response.consensusParamUpdates?.block == null
          ? null
          : BigInt(response.consensusParamUpdates.block.maxBytes)
      )
    })
  }
})
