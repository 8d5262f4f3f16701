import { describe, expect, it } from 'vitest'
import { MAX_MERKLE_AUNTS } from '../../../src/crypto/index.ts'
import {
  BLOCK_ID_FLAG,
  BLOCK_PART_SIZE_BYTES,
  BLOCK_PROTOCOL,
  type Block,
  type Commit,
  commitHash,
  type ExtendedCommit,
  type ExtendedCommitSig,
  encodeBlock,
  encodeCommit,
  encodeHeader,
  encodeVote,
  type Header,
  MAX_BLOCK_OVERHEAD_BYTES,
  MAX_BLOCK_SIZE_BYTES,
  MAX_CHAIN_ID_BYTES,
  MAX_COMMIT_OVERHEAD_BYTES,
  MAX_COMMIT_SIG_BYTES,
  MAX_COMMIT_SIGNATURES,
  MAX_HEADER_BYTES,
  MAX_SIGNATURE_BYTES,
  MAX_TOTAL_POWER,
  MAX_TXS_PER_BLOCK,
  maxCommitBytes,
  maxDataBytes,
  maxPartsOf,
  NIL_BLOCK_ID,
  type Proposal,
  type Vote,
  validateBlock,
  validateBlockId,
  validateCommit,
  validateCommitSig,
  validateExtendedCommit,
  validateHeader,
  validateProposal,
  validateProposalBlockSize,
  validateVote,
  ZERO_TIME
} from '../../../src/types/index.ts'
import { encodeCommitSig } from '../../../src/types/wire-commit.ts'
import { bytesOf, type CommitSigVector, commitSigOf, hexOf } from './domain-vectors.ts'
import {
  ABSENT,
  blockIdNamed,
  hashOf,
  NO_BYTES,
  SIGNATURE,
  sampleBlock,
  sampleCommit,
  sampleCommitSig,
  sampleHeader,
  sampleProposal,
  sampleVote
} from './sample-values.ts'
import { vectorCases } from './vectors.ts'

const EXTENSION = bytesOf('0102')

describe('a vote', () => {
  const facts: Record<string, Partial<Vote>> = {
    'height -1': { height: -1 },
    'height 0': { height: 0 },
    'address of 1 byte': { validatorAddress: '00' },
    'no signature': { signature: NO_BYTES },
    'prevote with extension': { type: 'prevote', extension: EXTENSION },
    'precommit with extension but no extension signature': { extension: EXTENSION }
  }
  const prefix = 'Vote ValidateBasic invalid: '
  const names = vectorCases<{ name: string }>('votes_and_commits.json')
    .map(({ name }) => name)
    .filter(name => name.startsWith(prefix))
    .map(name => name.slice(prefix.length))

  it.each(names)('votes_and_commits.json: is refused with %s', name => {
    expect(validateVote(sampleVote(facts[name]))).not.toBeNull()
  })

  it('votes_and_commits.json: all six facts are asked', () => {
    expect(names.toSorted()).toEqual(Object.keys(facts).toSorted())
  })

  it('is fine for a block, for nil, and with an extension', () => {
    expect(validateVote(sampleVote())).toBeNull()
    expect(validateVote(sampleVote({ blockId: NIL_BLOCK_ID }))).toBeNull()
    expect(validateVote(sampleVote({ type: 'prevote' }))).toBeNull()
    expect(validateVote(sampleVote({ extension: EXTENSION, extensionSignature: SIGNATURE }))).toBeNull()
    expect(validateVote(sampleVote({ extensionSignature: SIGNATURE }))).toBeNull()
  })

  const { hash } = blockIdNamed('block')
  const cases: [string, Partial<Vote>][] = [
    ['negative Round', { round: -1 }],
    ['wrong BlockID', { blockId: { hash: '00', partSetHeader: { total: 1, hash } } }],
    ['either empty or complete', { blockId: { hash, partSetHeader: { total: 0, hash: '' } } }],
    ['either empty or complete', { blockId: { hash: '', partSetHeader: { total: 1, hash } } }],
    ['either empty or complete', { blockId: { hash, partSetHeader: { total: 1, hash: '' } } }],
    ['negative ValidatorIndex', { validatorIndex: -1 }],
    ['signature is too big', { signature: new Uint8Array(65) }],
    ['unexpected vote extension', { blockId: NIL_BLOCK_ID, extension: EXTENSION }],
    ['unexpected vote extension signature', { type: 'prevote', extensionSignature: SIGNATURE }],
    ['extension signature is too big', { extension: EXTENSION, extensionSignature: new Uint8Array(65) }]
  ]
  it.each(cases)('is refused: %s', (reason, changed) => {
    expect(validateVote(sampleVote(changed))).toContain(reason)
  })
})

describe('a proposal', () => {
  it('is fine with and without a POL round', () => {
    expect(validateProposal(sampleProposal())).toBeNull()
    expect(validateProposal(sampleProposal({ round: 3, polRound: 2 }))).toBeNull()
    expect(validateProposal(sampleProposal({ round: 0, polRound: -1 }))).toBeNull()
  })

  const cases: [string, Partial<Proposal>][] = [
    ['zero Height', { height: 0 }],
    ['negative Round', { round: -1 }],
    ['negative POLRound', { polRound: -2 }],
    ['POLRound must be before Round', { polRound: 1 }],
    ['wrong BlockID', { blockId: { hash: '00', partSetHeader: { total: 1, hash: hashOf('x') } } }],
    ['complete, non-empty BlockID', { blockId: NIL_BLOCK_ID }],
    ['signature is missing', { signature: NO_BYTES }],
    ['signature is too big', { signature: new Uint8Array(65) }]
  ]
  it.each(cases)('is refused: %s', (reason, changed) => {
    expect(validateProposal(sampleProposal(changed))).toContain(reason)
  })
})

describe('block_limits.json', () => {
  interface LimitCase {
    name: string
    max_bytes?: string
    vals_count?: number
    evidence_bytes?: string
    expect_panic?: boolean
    expected?: string
    hash?: string
    part_set_header?: { total: number; hash: string }
    expect_error?: boolean
    max_block_size?: string
    total_parts?: number
    expect_ok?: boolean
    commit_sig?: CommitSigVector
    expected_proto?: string
    signatures?: []
    expected_commit_hash?: string
  }
  const cases = vectorCases<LimitCase & Record<string, unknown>>('block_limits.json')
  const constants = cases.find(({ name }) => name === 'constants')!

  it.each(cases.filter(each => each.max_bytes))('$name of $max_bytes', each => {
    const left = maxDataBytes(Number(each.max_bytes), Number(each.evidence_bytes), each.vals_count!)
    expect(left < 0).toBe(each.expect_panic)
    if (!each.expect_panic) expect(left).toBe(Number(each.expected))
  })

  it.each(cases.filter(each => each.expect_error !== undefined))('$name', each => {
    const problem = validateBlockId({ hash: each.hash!, partSetHeader: each.part_set_header! })
    expect(problem !== null).toBe(each.expect_error)
  })

  it.each(cases.filter(each => each.total_parts !== undefined))('A-04: $name', each => {
    const partSetHeader = { total: each.total_parts!, hash: hashOf('parts') }
    const problem = validateProposalBlockSize(
      { blockId: { hash: '', partSetHeader } },
      Number(each.max_block_size)
    )
    expect(problem === null).toBe(each.expect_ok)
  })

  it.each(cases.filter(each => each.commit_sig))('$name', each => {
    const entry = commitSigOf(each.commit_sig!)
    expect(entry).toEqual(ABSENT)
    expect(hexOf(encodeCommitSig(entry))).toBe(each.expected_proto)
    expect(validateCommitSig(entry)).toBeNull()
  })

  it.each(cases.filter(each => each.expected_commit_hash))('$name', each => {
    expect(commitHash(sampleCommit({ signatures: each.signatures! }))).toBe(each.expected_commit_hash)
  })

  it('constants', () => {
    expect({
      MaxHeaderBytes: MAX_HEADER_BYTES,
      MaxOverheadForBlock: MAX_BLOCK_OVERHEAD_BYTES,
      MaxCommitOverheadBytes: MAX_COMMIT_OVERHEAD_BYTES,
      MaxCommitSigBytes: MAX_COMMIT_SIG_BYTES,
      BlockPartSizeBytes: BLOCK_PART_SIZE_BYTES,
      MaxBlockSizeBytes: MAX_BLOCK_SIZE_BYTES,
      MaxChainIDLen: MAX_CHAIN_ID_BYTES,
      MaxVotesCount: MAX_COMMIT_SIGNATURES,
      MaxSignatureSize: MAX_SIGNATURE_BYTES,
      MaxTotalVotingPower: String(MAX_TOTAL_POWER),
      MaxMerkleAunts: MAX_MERKLE_AUNTS,
      BlockProtocol: BLOCK_PROTOCOL,
      // MaxBlockPartsCount is one more than any block needs; what a proposal may declare is maxPartsOf.
      MaxBlockPartsCount: maxPartsOf(-1) + 1
    }).toEqual(
      Object.fromEntries(
        Object.entries(constants).filter(([name]) => /^Max|^Block/.test(name) && name !== 'MaxVoteBytes')
      )
    )
    expect(encodeVote(largestVote())).toHaveLength((constants.MaxVoteBytes as number) - 1)
  })
})

const MAX = Number.MAX_SAFE_INTEGER
/** The time of the most bytes: before 1970 its seconds take ten. */
const LONGEST_TIME = { ...ZERO_TIME, nanos: 999999999 }
const LARGEST_ID = { hash: 'ff'.repeat(32), partSetHeader: { total: 4294967295, hash: 'ff'.repeat(32) } }

/** As large as a vote of ours can be: its height stops at 2^53 - 1, which takes one byte less than Go's. */
function largestVote(): Vote {
  return sampleVote({
    height: MAX,
    round: 2147483647,
    blockId: LARGEST_ID,
    timestamp: LONGEST_TIME,
    validatorIndex: 2147483647
  })
}

describe('the space that a block’s frame takes', () => {
  it('holds the largest header and the largest commit', () => {
    const header = sampleHeader({
      version: { block: MAX, app: MAX },
      chainId: 'x'.repeat(MAX_CHAIN_ID_BYTES),
      height: MAX,
      time: LONGEST_TIME,
      lastBlockId: LARGEST_ID,
      appHash: 'ff'.repeat(32)
    })
    expect(encodeHeader(header).length).toBeLessThanOrEqual(MAX_HEADER_BYTES)
    for (const count of [1, 4, 200]) {
      const signatures = Array.from({ length: count }, () => sampleCommitSig({ timestamp: LONGEST_TIME }))
      const commit = sampleCommit({ height: MAX, round: 2147483647, blockId: LARGEST_ID, signatures })
      expect(encodeCommit(commit).length).toBeLessThanOrEqual(maxCommitBytes(count))
      expect(encodeCommitSig(signatures[0]!).length).toBeLessThanOrEqual(MAX_COMMIT_SIG_BYTES)
    }
  })

  it('leaves room for a transaction of what maxDataBytes says, frame included', () => {
    const signatures = Array.from({ length: 4 }, () => sampleCommitSig())
    const maxBytes = 20000
    const room = maxDataBytes(maxBytes, 0, 4)
    const block = sampleBlock({ lastCommit: sampleCommit({ signatures }), txs: [new Uint8Array(room - 4)] })
    expect(encodeBlock(block).length).toBeLessThanOrEqual(maxBytes)
  })
})

describe('a commit', () => {
  const cases: [string, Partial<Commit>][] = [
    ['negative Height', { height: -1 }],
    ['negative Round', { round: -1 }],
    ['cannot be for nil', { blockId: NIL_BLOCK_ID }],
    ['no signatures', { signatures: [] }],
    ['wrong CommitSig #1', { signatures: [ABSENT, sampleCommitSig({ signature: NO_BYTES })] }]
  ]
  it.each(cases)('is refused: %s', (reason, changed) => {
    expect(validateCommit(sampleCommit(changed))).toContain(reason)
  })

  it('is fine, also as the empty one of the first block', () => {
    expect(validateCommit(sampleCommit())).toBeNull()
    expect(validateCommit({ height: 0, round: 0, blockId: NIL_BLOCK_ID, signatures: [] })).toBeNull()
  })

  const entries: [string, Partial<ExtendedCommitSig>][] = [
    ['unknown BlockIDFlag', { blockIdFlag: BLOCK_ID_FLAG.unknown }],
    ['address is present', { ...ABSENT, validatorAddress: '00' }],
    ['time is present', { ...ABSENT, timestamp: { seconds: 0, nanos: 0 } }],
    ['time is present', { ...ABSENT, timestamp: { ...ZERO_TIME, nanos: 1 } }],
    ['signature is present', { ...ABSENT, signature: SIGNATURE }],
    ['expected ValidatorAddress', { validatorAddress: '' }],
    ['expected ValidatorAddress', { blockIdFlag: BLOCK_ID_FLAG.nil, validatorAddress: '00' }],
    ['signature is missing', { signature: NO_BYTES }],
    ['signature is too big', { signature: new Uint8Array(65) }]
  ]
  it.each(entries)('has no entry: %s', (reason, changed) => {
    expect(validateCommitSig(sampleCommitSig(changed))).toContain(reason)
    const signatures = [{ ...sampleCommitSig(changed), extension: NO_BYTES, extensionSignature: NO_BYTES }]
    expect(validateExtendedCommit(extended({ signatures }))).toContain(reason)
  })

  function extended(changed: Partial<ExtendedCommit> = {}): ExtendedCommit {
    const entry = { ...sampleCommitSig(), extension: EXTENSION, extensionSignature: SIGNATURE }
    return { ...sampleCommit(), signatures: [entry], ...changed }
  }

  it('may carry extensions', () => {
    expect(validateExtendedCommit(extended())).toBeNull()
    expect(validateExtendedCommit(extended({ signatures: [] }))).toBe('no signatures in commit')
  })

  const { nil } = BLOCK_ID_FLAG
  const extensions: [string, Partial<ExtendedCommitSig>][] = [
    ['unexpected vote extension', { blockIdFlag: nil }],
    ['unexpected vote extension signature', { blockIdFlag: nil, extension: NO_BYTES }],
    ['unexpected vote extension', ABSENT],
    ['extension signature is too big', { extensionSignature: new Uint8Array(65) }],
    ['extension signature absent', { extensionSignature: NO_BYTES }]
  ]
  it.each(extensions)('has no extension: %s', (reason, changed) => {
    const [entry] = extended().signatures
    expect(validateExtendedCommit(extended({ signatures: [{ ...entry!, ...changed }] }))).toContain(reason)
  })
})

describe('a header', () => {
  const cases: [string, Partial<Header>][] = [
    ['block protocol is incorrect', { version: { block: 10, app: 0 } }],
    ['chainID is too long; got: 51', { chainId: 'x'.repeat(51) }],
    ['chainID is too long; got: 52', { chainId: 'ü'.repeat(26) }],
    ['negative Height', { height: -1 }],
    ['zero Height', { height: 0 }],
    ['wrong LastBlockID', { lastBlockId: { hash: '00', partSetHeader: { total: 0, hash: '' } } }],
    ['invalid ProposerAddress length', { proposerAddress: '' }],
    ...['lastCommitHash', 'dataHash', 'evidenceHash', 'validatorsHash', 'nextValidatorsHash', 'consensusHash']
      .concat('lastResultsHash')
      .map((name): [string, Partial<Header>] => [
        `wrong ${name[0]!.toUpperCase()}${name.slice(1)}`,
        { [name]: '00' }
      ])
  ]
  it.each(cases)('is refused: %s', (reason, changed) => {
    expect(validateHeader(sampleHeader(changed))).toContain(reason)
  })

  it('is fine with an app hash of any length', () => {
    for (const appHash of ['', '00', 'ff'.repeat(100)]) {
      expect(validateHeader(sampleHeader({ appHash }))).toBeNull()
    }
  })
})

describe('a block', () => {
  const badEvidence = {
    kind: 'duplicateVote' as const,
    voteA: sampleVote(),
    voteB: sampleVote(),
    totalVotingPower: 1n,
    validatorPower: 1n,
    timestamp: ZERO_TIME
  }
  const cases: [string, Block][] = [
    ['invalid header', sampleBlock({ header: { height: 0 } })],
    ['nil LastCommit', sampleBlock({ lastCommit: null })],
    ['wrong LastCommit', sampleBlock({ lastCommit: sampleCommit({ round: -1 }) })],
    ['wrong Header.LastCommitHash', sampleBlock({ header: { lastCommitHash: hashOf('x') } })],
    ['wrong Header.DataHash', sampleBlock({ header: { dataHash: hashOf('x') } })],
    ['wrong Header.DataHash', { ...sampleBlock(), txs: [] }],
    ['invalid evidence (#0)', sampleBlock({ evidence: [badEvidence] })],
    ['wrong Header.EvidenceHash', sampleBlock({ header: { evidenceHash: hashOf('x') } })],
    ['more than', { ...sampleBlock(), txs: Array(MAX_TXS_PER_BLOCK + 1).fill(NO_BYTES) }]
  ]
  it.each(cases)('is refused: %s', (reason, block) => {
    expect(validateBlock(block)).toContain(reason)
  })

  it('is fine as it is', () => {
    expect(validateBlock(sampleBlock())).toBeNull()
    expect(validateBlock(sampleBlock({ txs: [] }))).toBeNull()
  })
})
