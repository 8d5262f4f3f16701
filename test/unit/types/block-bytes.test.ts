import { describe, expect, it } from 'vitest'
import { verifyEd25519 } from '../../../src/crypto/index.ts'
import { encodeTxResult, headerLeaves } from '../../../src/types/hashes.ts'
import {
  type Block,
  commitHash,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeHeader,
  evidenceListHash,
  hashHeader,
  lastResultsHash,
  makePartSet,
  makeVoteSignBytes,
  timestampFromRfc3339,
  txsHash,
  validateBlock
} from '../../../src/types/index.ts'
import { bytesOf, type HeaderVector, headerOf, hexOf } from './domain-vectors.ts'
import { sampleBlock, sampleHeader } from './sample-values.ts'
import { vectorCases } from './vectors.ts'

interface RpcBlockId {
  hash: string
  parts: { total: number; hash: string }
}
interface RpcBlock {
  header: Record<string, string> & {
    version: { block: string; app: string }
    last_block_id: RpcBlockId
  }
  data: { txs: string[] }
  last_commit: {
    height: string
    round: number
    block_id: RpcBlockId
    signatures: {
      block_id_flag: 1 | 2 | 3
      validator_address: string
      timestamp: string
      signature: string | null
    }[]
  }
}
interface PartSetOfSize {
  total: number
  hash: string
  first_part_proof_aunts: string[]
}
interface BlockCase {
  name: string
  block_rpc_json: RpcBlock
  expected: {
    block_id: { hash: string; part_set_header: { total: number; hash: string } }
    last_commit_hash: string
    data_hash: string
    evidence_hash: string
    block_proto: string
    block_size: number
    part_set_with_part_size_64?: PartSetOfSize
    part_set_with_part_size_100?: PartSetOfSize
    last_commit_sign_bytes?: {
      index: number
      pub_key: string
      sign_bytes: string
      signature: string
      valid: boolean
    }[]
  }
}

const lower = (hex: string) => hex.toLowerCase()
const idOf = (id: RpcBlockId) => ({
  hash: lower(id.hash),
  partSetHeader: { total: id.parts.total, hash: lower(id.parts.hash) }
})

function blockOf({ header, data, last_commit }: RpcBlock): Block {
  return {
    header: {
      version: { block: Number(header.version.block), app: Number(header.version.app) },
      chainId: header.chain_id!,
      height: Number(header.height),
      time: timestampFromRfc3339(header.time!)!,
      lastBlockId: idOf(header.last_block_id),
      lastCommitHash: lower(header.last_commit_hash!),
      dataHash: lower(header.data_hash!),
      validatorsHash: lower(header.validators_hash!),
      nextValidatorsHash: lower(header.next_validators_hash!),
      consensusHash: lower(header.consensus_hash!),
      appHash: lower(header.app_hash!),
      lastResultsHash: lower(header.last_results_hash!),
      evidenceHash: lower(header.evidence_hash!),
      proposerAddress: lower(header.proposer_address!)
    },
    txs: data.txs.map(tx => new Uint8Array(Buffer.from(tx, 'base64'))),
    evidence: [],
    lastCommit: {
      height: Number(last_commit.height),
      round: last_commit.round,
      blockId: idOf(last_commit.block_id),
      signatures: last_commit.signatures.map(entry => ({
        blockIdFlag: entry.block_id_flag,
        validatorAddress: lower(entry.validator_address),
        timestamp: timestampFromRfc3339(entry.timestamp)!,
        signature: new Uint8Array(Buffer.from(entry.signature ?? '', 'base64'))
      }))
    }
  }
}

describe('blocks.json: blocks that real nodes made', () => {
  const cases = vectorCases<BlockCase>('blocks.json')

  it.each(cases)('$name: bytes', ({ block_rpc_json, expected }) => {
    const block = blockOf(block_rpc_json)
    const bytes = encodeBlock(block)
    expect(hexOf(bytes)).toBe(expected.block_proto)
    expect(bytes).toHaveLength(expected.block_size)
    expect(decodeBlock(bytes)).toEqual(block)
  })

  it.each(cases)('$name: hashes', ({ block_rpc_json, expected }) => {
    const block = blockOf(block_rpc_json)
    const { header } = makePartSet(encodeBlock(block))
    expect({ hash: hashHeader(block.header), part_set_header: header }).toEqual(expected.block_id)
    expect(commitHash(block.lastCommit!)).toBe(expected.last_commit_hash)
    expect(txsHash(block.txs)).toBe(expected.data_hash)
    expect(evidenceListHash(block.evidence)).toBe(expected.evidence_hash)
    expect(validateBlock(block)).toBeNull()
  })

  it.each(cases)('$name: cut into small parts', ({ expected }) => {
    const sizes = [64, 100] as const
    for (const size of sizes) {
      const wanted = expected[`part_set_with_part_size_${size}`]
      if (wanted === undefined) continue
      const { header, parts } = makePartSet(bytesOf(expected.block_proto), size)
      expect(header).toEqual({ total: wanted.total, hash: wanted.hash })
      expect(parts[0]!.proof.aunts).toEqual(wanted.first_part_proof_aunts)
    }
  })

  it.each(cases)('$name: signatures of the last commit', ({ block_rpc_json, expected }) => {
    const { header, lastCommit } = blockOf(block_rpc_json)
    const signBytesAt = makeVoteSignBytes(header.chainId, { type: 'precommit', ...lastCommit! })
    for (const each of expected.last_commit_sign_bytes ?? []) {
      const entry = lastCommit!.signatures[each.index]!
      const bytes = signBytesAt(entry.timestamp)
      expect(hexOf(bytes)).toBe(each.sign_bytes)
      expect(verifyEd25519(bytesOf(each.pub_key), bytes, entry.signature)).toBe(each.valid)
    }
  })

  it('covers small parts and signatures', () => {
    const kinds = cases.flatMap(({ expected }) => Object.keys(expected))
    expect(kinds).toEqual(
      expect.arrayContaining([
        'part_set_with_part_size_64',
        'part_set_with_part_size_100',
        'last_commit_sign_bytes'
      ])
    )
  })
})

describe('header_hash.json', () => {
  interface HeaderCase {
    name: string
    header: HeaderVector
    expected_hash: string | null
    leaf_preimages?: string[]
    header_proto?: string
  }
  it.each(vectorCases<HeaderCase>('header_hash.json'))('$name', each => {
    const header = headerOf(each.header)
    expect(hashHeader(header)).toBe(each.expected_hash ?? '')
    expect(decodeHeader(encodeHeader(header))).toEqual(header)
    if (each.leaf_preimages !== undefined)
      expect(headerLeaves(header).map(hexOf)).toEqual(each.leaf_preimages)
    if (each.header_proto !== undefined) expect(hexOf(encodeHeader(header))).toBe(each.header_proto)
  })

  it('changes with every field', () => {
    const header = sampleHeader()
    const changes = [
      { version: { block: 11, app: 2 } },
      { version: { block: 12, app: 1 } },
      { chainId: 'other' },
      { height: 13 },
      { time: { seconds: 1700000000, nanos: 123456788 } },
      { lastBlockId: { ...header.lastBlockId, partSetHeader: { total: 2, hash: header.dataHash } } },
      { lastCommitHash: header.dataHash },
      { dataHash: header.lastCommitHash },
      { validatorsHash: header.dataHash },
      { nextValidatorsHash: header.dataHash },
      { consensusHash: header.dataHash },
      { appHash: '' },
      { lastResultsHash: header.dataHash },
      { evidenceHash: header.dataHash },
      { proposerAddress: '00'.repeat(20) }
    ]
    const hashes = changes.map(change => hashHeader({ ...header, ...change }))
    expect(new Set([hashHeader(header), ...hashes]).size).toBe(changes.length + 1)
  })
})

describe('last_results_hash.json', () => {
  interface ResultsCase {
    name: string
    results: { code: number; data: string; gas_wanted: string; gas_used: string }[]
    leaf_protos: string[]
    expected_last_results_hash: string
  }
  it.each(vectorCases<ResultsCase>('last_results_hash.json'))('$name', each => {
    const results = each.results.map(result => ({
      code: result.code,
      data: bytesOf(result.data),
      gasWanted: BigInt(result.gas_wanted),
      gasUsed: BigInt(result.gas_used)
    }))
    expect(results.map(encodeTxResult).map(hexOf)).toEqual(each.leaf_protos)
    expect(lastResultsHash(results)).toBe(each.expected_last_results_hash)
  })
})

describe('a block', () => {
  it('of a thousand transactions keeps their order and their bytes', () => {
    const txs = Array.from({ length: 1000 }, (_, index) => new Uint8Array(index).fill(index))
    const block = sampleBlock({ txs })
    const decoded = decodeBlock(encodeBlock(block))
    expect(decoded.txs.map(hexOf)).toEqual(txs.map(hexOf))
    expect(validateBlock(decoded)).toBeNull()
  })

  it('may lack its last commit on the wire, which validation then refuses', () => {
    const block = sampleBlock({ lastCommit: null })
    expect(decodeBlock(encodeBlock(block)).lastCommit).toBeNull()
    expect(validateBlock(block)).toBe('nil LastCommit')
  })
})
