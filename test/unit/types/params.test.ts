import { ConsensusParams as WireParams } from 'cosmjs-types/tendermint/types/params'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tryDecode } from '../../../src/codec/index.ts'
import {
  type ConsensusParams,
  DEFAULT_CONSENSUS_PARAMS,
  NEW_CHAIN_CONSENSUS_PARAMS
} from '../../../src/types/params.ts'
import { decodeConsensusParams, encodeConsensusParams } from '../../../src/types/params-bytes.ts'
import { consensusParamsHash } from '../../../src/types/params-hash.ts'
import {
  areVoteExtensionsEnabled,
  maxBlockBytes,
  updateConsensusParams,
  validateConsensusParams,
  validateParamsUpdate
} from '../../../src/types/params-rules.ts'
import { vectorCases } from './vectors.ts'

interface ParamsCase {
  name: string
  block_max_bytes: string
  block_max_gas: string
  expected_hash?: string
  block: { max_bytes: string; max_gas: string }
  evidence: { max_age_num_blocks: string; max_age_duration: string; max_bytes: string }
  validator: { pub_key_types: string[] }
  abci: { vote_extensions_enable_height: string }
  expected_valid?: boolean
  current_height?: string
  from: string
  to: string | null
  expect_error: boolean
  start?: { block: string[]; evidence: string[]; pub_key_types: string[] }
}

const base = DEFAULT_CONSENSUS_PARAMS
const withExtensionsFrom = (height: number): ConsensusParams => ({
  ...base,
  abci: { voteExtensionsEnableHeight: height }
})

describe('consensus_params.json', () => {
  const cases = vectorCases<ParamsCase>('consensus_params.json')
  const hashes = cases.filter(each => each.expected_hash !== undefined)
  const validations = cases.filter(each => each.expected_valid !== undefined)
  const updates = cases.filter(each => each.current_height !== undefined)
  const starts = cases.filter(each => each.start !== undefined)

  it.each(hashes)('$name: $block_max_bytes, $block_max_gas', each => {
    const block = { maxBytes: Number(each.block_max_bytes), maxGas: Number(each.block_max_gas) }
    expect(consensusParamsHash({ block })).toBe(each.expected_hash)
  })

  it.each(validations)('$name is valid: $expected_valid', each => {
    const problem = validateConsensusParams({
      block: { maxBytes: Number(each.block.max_bytes), maxGas: Number(each.block.max_gas) },
      evidence: {
        maxAgeNumBlocks: Number(each.evidence.max_age_num_blocks),
        maxAgeDuration: BigInt(each.evidence.max_age_duration),
        maxBytes: Number(each.evidence.max_bytes)
      },
      validator: { pubKeyTypes: each.validator.pub_key_types },
      version: { app: 0 },
      abci: { voteExtensionsEnableHeight: Number(each.abci.vote_extensions_enable_height) }
    })
    expect(problem === null).toBe(each.expected_valid)
  })

  it.each(updates)('$name at $current_height from $from to $to', each => {
    const update = each.to === null ? {} : { abci: { voteExtensionsEnableHeight: Number(each.to) } }
    const params = withExtensionsFrom(Number(each.from))
    expect(validateParamsUpdate(params, update, Number(each.current_height)) !== null).toBe(each.expect_error)
  })

  it.each(starts)('$name', each => {
    const [maxBytes, maxGas] = each.start!.block.map(Number) as [number, number]
    const [maxAgeNumBlocks, maxAgeDuration, maxEvidence] = each.start!.evidence.map(Number) as [
      number,
      number,
      number
    ]
    const start: ConsensusParams = {
      ...base,
      block: { maxBytes, maxGas },
      evidence: { maxAgeNumBlocks, maxAgeDuration: BigInt(maxAgeDuration), maxBytes: maxEvidence },
      validator: { pubKeyTypes: each.start!.pub_key_types }
    }
    expect(updateConsensusParams(start, {})).toEqual(start)
    expect(updateConsensusParams(start, null)).toBe(start)
  })

  it('has no case that no test above reads', () => {
    expect(hashes.length + validations.length + updates.length + starts.length).toBe(cases.length)
  })
})

describe('validateConsensusParams', () => {
  it('accepts what we and CometBFT start chains with', () => {
    expect(validateConsensusParams(DEFAULT_CONSENSUS_PARAMS)).toBeNull()
    expect(validateConsensusParams(NEW_CHAIN_CONSENSUS_PARAMS)).toBeNull()
  })

  it.each<[string, Partial<ConsensusParams>]>([
    ['block.max_bytes must not be 0', { block: { maxBytes: 0, maxGas: -1 } }],
    ['block.max_bytes must be -1 or greater', { block: { maxBytes: -2, maxGas: -1 } }],
    ['block.max_bytes must be -1 or greater', { block: { maxBytes: 1.5, maxGas: -1 } }],
    ['block.max_bytes must be at most 104857600', { block: { maxBytes: 104857601, maxGas: -1 } }],
    ['block.max_gas must be -1 or more', { block: { maxBytes: -1, maxGas: -2 } }],
    ['evidence.max_age_num_blocks', { evidence: { ...base.evidence, maxAgeNumBlocks: 0 } }],
    ['evidence.max_age_duration', { evidence: { ...base.evidence, maxAgeDuration: 0n } }],
    [
      'evidence.max_bytes must be at most block.max_bytes',
      { evidence: { ...base.evidence, maxBytes: 22020097 } }
    ],
    ['evidence.max_bytes must not be negative', { evidence: { ...base.evidence, maxBytes: -1 } }],
    ['abci.vote_extensions_enable_height', { abci: { voteExtensionsEnableHeight: -1 } }],
    ['validator.pub_key_types must name', { validator: { pubKeyTypes: [] } }],
    ['validator.pub_key_types[1] is "sr25519"', { validator: { pubKeyTypes: ['ed25519', 'sr25519'] } }],
    ['version.app', { version: { app: -1 } }]
  ])('says what is wrong: %s', (message, change) => {
    expect(validateConsensusParams({ ...base, ...change })).toContain(message)
  })

  it('measures evidence against 100 MiB when blocks have no limit of their own', () => {
    const params = { ...base, block: { maxBytes: -1, maxGas: -1 } }
    expect(maxBlockBytes(params)).toBe(104857600)
    expect(
      validateConsensusParams({ ...params, evidence: { ...base.evidence, maxBytes: 104857600 } })
    ).toBeNull()
    expect(
      validateConsensusParams({ ...params, evidence: { ...base.evidence, maxBytes: 104857601 } })
    ).toContain('at most')
  })
})

describe('updateConsensusParams', () => {
  it('replaces the groups that are there and no other', () => {
    const block = { maxBytes: 7, maxGas: 8 }
    expect(updateConsensusParams(base, { block, version: { app: 3 }, evidence: null })).toEqual({
      ...base,
      block,
      version: { app: 3 }
    })
  })
})

describe('vote extensions', () => {
  it('are on from the enabling height, and never at 0', () => {
    expect([9, 10, 11].map(height => areVoteExtensionsEnabled(withExtensionsFrom(10), height))).toEqual([
      false,
      true,
      true
    ])
    expect(areVoteExtensionsEnabled(base, 1)).toBe(false)
  })

  it('A-06: whatever height an app names, the answer is a value', () => {
    const height = fc.oneof(fc.integer(), fc.double(), fc.constant(Number.MAX_SAFE_INTEGER))
    fc.assert(
      fc.property(height, height, fc.nat(), (from, to, now) => {
        const update = { abci: { voteExtensionsEnableHeight: to } }
        const answer = validateParamsUpdate(withExtensionsFrom(from), update, now)
        expect(answer === null || answer.length > 0).toBe(true)
        // Once on they stay on, from the same height.
        if (answer === null && from > 0 && from <= now) expect(to).toBe(from)
      })
    )
  })
})

describe('consensus params bytes', () => {
  const count = fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER), fc.constant(0))
  const anyParams: fc.Arbitrary<ConsensusParams> = fc.record({
    block: fc.record({
      maxBytes: fc.oneof(count, fc.constant(-1)),
      maxGas: fc.oneof(count, fc.constant(-1))
    }),
    evidence: fc.record({
      maxAgeNumBlocks: count,
      maxAgeDuration: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      maxBytes: count
    }),
    validator: fc.record({
      pubKeyTypes: fc.array(fc.constantFrom('ed25519', 'secp256k1', ''), { maxLength: 3 })
    }),
    version: fc.record({ app: count }),
    abci: fc.record({ voteExtensionsEnableHeight: count })
  })

  it('read back as written, by us and by another implementation', () => {
    fc.assert(
      fc.property(anyParams, params => {
        const bytes = encodeConsensusParams(params)
        expect(decodeConsensusParams(bytes)).toEqual(params)
        const wire = WireParams.decode(bytes)
        expect(wire.block!.maxGas).toBe(BigInt(params.block.maxGas))
        const { seconds, nanos } = wire.evidence!.maxAgeDuration
        expect(seconds * 1_000_000_000n + BigInt(nanos)).toBe(params.evidence.maxAgeDuration)
        expect(wire.validator!.pubKeyTypes).toEqual(params.validator.pubKeyTypes)
      })
    )
  })

  it('are the bytes another implementation writes', () => {
    const bytes = Buffer.from(encodeConsensusParams(base))
    expect(Buffer.from(WireParams.encode(WireParams.decode(bytes)).finish())).toEqual(bytes)
  })

  it('are refused, or are what their content is written as', () => {
    const spoilt = fc
      .tuple(anyParams, fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat(4))
      .map(([params, at, put, drop]) => {
        const bytes = encodeConsensusParams(params)
        const place = at % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + drop)])
      })
    fc.assert(
      fc.property(spoilt, bytes => {
        const decoded = tryDecode(decodeConsensusParams, bytes)
        if (decoded.ok) expect(Buffer.from(encodeConsensusParams(decoded.value))).toEqual(bytes)
      }),
      { numRuns: 3000 }
    )
  })

  it('are refused when a group is missing or anything else is there', () => {
    const bytes = encodeConsensusParams(base)
    expect(tryDecode(decodeConsensusParams, bytes.subarray(0, bytes.length - 2))).toMatchObject({ ok: false })
    expect(
      tryDecode(decodeConsensusParams, Buffer.concat([bytes, Buffer.from('3200', 'hex')]))
    ).toMatchObject({
      ok: false
    })
  })
})
