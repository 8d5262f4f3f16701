import { describe, expect, it } from 'vitest'
import { DecodeError, ProtoWriter } from '../../../src/codec/index.ts'
import {
  decodeBlock,
  decodeCommit,
  decodeEvidence,
  decodeEvidenceList,
  decodeExtendedCommit,
  decodeHeader,
  decodeProposal,
  decodeTimestamp,
  decodeVote,
  encodeBlock,
  encodeCommit,
  encodeEvidence,
  encodeEvidenceList,
  encodeExtendedCommit,
  encodeHeader,
  encodeProposal,
  encodeTimestamp,
  encodeVote,
  type LightClientAttackEvidence,
  MAX_COMMIT_SIGNATURES,
  MAX_EVIDENCE_PER_BLOCK,
  MAX_TXS_PER_BLOCK,
  MAX_VALIDATORS,
  MAX_VOTE_EXTENSION_BYTES,
  NIL_BLOCK_ID,
  validateVote
} from '../../../src/types/index.ts'
import { makeValidatorSet } from '../../../src/types/validator-set-update.ts'
import { InvariantError } from '../../../src/util/index.ts'
import { bytesOf, hexOf } from './domain-vectors.ts'
import {
  ABSENT,
  NO_BYTES,
  publicKeyNamed,
  sampleBlock,
  sampleCommit,
  sampleCommitSig,
  sampleHeader,
  sampleProposal,
  sampleVote,
  TIME
} from './sample-values.ts'

describe('A-46: what a message may unfold into', () => {
  const validators = makeValidatorSet([{ publicKey: publicKeyNamed('a'), power: 1n }])
  const attackBy = (count: number): LightClientAttackEvidence => ({
    kind: 'lightClientAttack',
    conflictingBlock: { header: sampleHeader(), commit: sampleCommit(), validatorSet: validators },
    commonHeight: 1,
    byzantineValidators: Array(count).fill(validators.validators[0]),
    totalVotingPower: 1n,
    timestamp: TIME
  })
  const duplicateVote = {
    kind: 'duplicateVote' as const,
    voteA: sampleVote(),
    voteB: sampleVote(),
    totalVotingPower: 1n,
    validatorPower: 1n,
    timestamp: TIME
  }
  const extended = { ...ABSENT, extension: NO_BYTES, extensionSignature: NO_BYTES }
  const extension = (count: number) => sampleVote({ extension: new Uint8Array(count) })

  const cases: [string, number, (count: number) => unknown][] = [
    [
      'signatures of a commit',
      MAX_COMMIT_SIGNATURES,
      count => decodeCommit(encodeCommit(sampleCommit({ signatures: Array(count).fill(ABSENT) })))
    ],
    [
      'signatures of an extended commit',
      MAX_COMMIT_SIGNATURES,
      count => {
        const commit = { ...sampleCommit(), signatures: Array(count).fill(extended) }
        return decodeExtendedCommit(encodeExtendedCommit(commit))
      }
    ],
    [
      'transactions of a block',
      MAX_TXS_PER_BLOCK,
      count => decodeBlock(encodeBlock({ ...sampleBlock(), txs: Array(count).fill(NO_BYTES) }))
    ],
    [
      'evidence of a block',
      MAX_EVIDENCE_PER_BLOCK,
      count => decodeEvidenceList(encodeEvidenceList(Array(count).fill(duplicateVote)))
    ],
    ['validators of an attack', MAX_VALIDATORS, count => decodeEvidence(encodeEvidence(attackBy(count)))],
    ['bytes of a vote extension', MAX_VOTE_EXTENSION_BYTES, count => decodeVote(encodeVote(extension(count)))]
  ]
  it.each(cases)('%s: %i and not one more', (_name, limit, decode) => {
    expect(() => decode(limit)).not.toThrow()
    expect(() => decode(limit + 1)).toThrow(DecodeError)
  })
})

describe('a field whose values are few', () => {
  function withType(type: number, message: Uint8Array): Uint8Array {
    const writer = new ProtoWriter()
    writer.int32(1, type)
    // Both samples begin with a type of one byte.
    writer.encodedFields(message.subarray(2))
    return writer.finish()
  }
  const vote = encodeVote(sampleVote())
  const proposal = encodeProposal(sampleProposal())

  it.each([-1, 0, 3, 32, 2147483647])('a vote has no type %i', type => {
    expect(() => decodeVote(withType(type, vote))).toThrow(/type/)
  })

  it.each([-1, 0, 1, 2, 33])('a proposal has no type %i', type => {
    expect(() => decodeProposal(withType(type, proposal))).toThrow(/type/)
  })

  it.each([-1, 4, 127])('a commit has no BlockIDFlag %i', blockIdFlag => {
    const signatures = [sampleCommitSig({ blockIdFlag: blockIdFlag as 1 })]
    const bytes = encodeCommit(sampleCommit({ signatures }))
    expect(() => decodeCommit(bytes)).toThrow(/BlockIDFlag/)
    const entry = { ...signatures[0]!, extension: NO_BYTES, extensionSignature: NO_BYTES }
    const extended = encodeExtendedCommit({ ...sampleCommit(), signatures: [entry] })
    expect(() => decodeExtendedCommit(extended)).toThrow(/BlockIDFlag/)
  })
})

describe('a time', () => {
  const encoded = (seconds: number, nanos: number) => {
    const writer = new ProtoWriter()
    writer.int64(1, seconds)
    writer.int32(2, nanos)
    return writer.finish()
  }

  it.each([
    [-62135596801, 0],
    [253402300800, 0],
    [0, -1],
    [0, 1000000000],
    [Number.MAX_SAFE_INTEGER, 0]
  ])('of %i s %i ns is outside what Go can read', (seconds, nanos) => {
    expect(() => decodeTimestamp(encoded(seconds, nanos))).toThrow(DecodeError)
    expect(() => encodeTimestamp({ seconds, nanos })).toThrow(InvariantError)
  })
})

describe('A-05: a vote with an index that no set has', () => {
  it.each([-2147483648, -1, 0, 2147483647])('of %i is read, and refused when negative', validatorIndex => {
    const vote = sampleVote({ validatorIndex })
    expect(decodeVote(encodeVote(vote))).toEqual(vote)
    expect(validateVote(vote)).toBe(validatorIndex < 0 ? 'negative ValidatorIndex' : null)
  })
})

describe('A-11: a message that Go always writes', () => {
  const without = (message: Uint8Array, field: string) => hexOf(message).replace(field, '')
  const vote = sampleVote({ blockId: NIL_BLOCK_ID })
  const time = `2a0b${hexOf(encodeTimestamp(TIME))}`

  it('may not be missing', () => {
    expect(hexOf(encodeVote(vote))).toContain(`22021200${time}`)
    expect(() => decodeVote(bytesOf(without(encodeVote(vote), '22021200')))).toThrow(/block_id is missing/)
    expect(() => decodeVote(bytesOf(without(encodeVote(vote), time)))).toThrow(/timestamp is missing/)
    const header = encodeHeader(sampleHeader({ lastBlockId: NIL_BLOCK_ID }))
    expect(() => decodeHeader(bytesOf(without(header, '0a04080b1001')))).toThrow(/version/)
    expect(() => decodeHeader(bytesOf(without(header, '2a021200')))).toThrow(/last_block_id/)
    expect(() => decodeHeader(bytesOf(without(header, `220b${time.slice(4)}`)))).toThrow(/time/)
    const commit = encodeCommit(sampleCommit({ blockId: NIL_BLOCK_ID, signatures: [] }))
    expect(() => decodeCommit(bytesOf(without(commit, '1a021200')))).toThrow(/block_id is missing/)
  })

  it('may not be missing in a block', () => {
    const header = `0a${hexOf(encodeBlock(sampleBlock())).slice(2, 6)}${hexOf(encodeHeader(sampleBlock().header))}`
    expect(decodeBlock(bytesOf(`${header}12001a00`))).toMatchObject({
      txs: [],
      evidence: [],
      lastCommit: null
    })
    expect(() => decodeBlock(bytesOf('12001a00'))).toThrow(/header is missing/)
    expect(() => decodeBlock(bytesOf(`${header}1a00`))).toThrow(/data is missing/)
    expect(() => decodeBlock(bytesOf(`${header}1200`))).toThrow(/evidence is missing/)
  })
})
