import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tryDecode } from '../../src/codec/index.ts'
import {
  decodeBlock,
  decodeBlockId,
  decodeCommit,
  decodeConsensusMessage,
  decodeEvidence,
  decodeEvidenceList,
  decodeExtendedCommit,
  decodeHeader,
  decodePart,
  decodePartSetHeader,
  decodeProposal,
  decodeTimestamp,
  decodeTxBatch,
  decodeVote,
  encodeBlock,
  encodeBlockId,
  encodeCommit,
  encodeConsensusMessage,
  encodeEvidence,
  encodeEvidenceList,
  encodeExtendedCommit,
  encodeHeader,
  encodePart,
  encodePartSetHeader,
  encodeProposal,
  encodeTimestamp,
  encodeTxBatch,
  encodeVote,
  evidenceHash,
  hashHeader,
  PartSetAssembler,
  proposalSignBytes,
  validateBlock,
  validateBlockId,
  validateCommit,
  validateConsensusMessage,
  validateEvidence,
  validateExtendedCommit,
  validateHeader,
  validatePart,
  validateProposal,
  validateVote,
  voteSignBytes
} from '../../src/types/index.ts'
import { decodeValidatorSet, encodeValidatorSet } from '../../src/types/validator-set-bytes.ts'
import * as any from './domain-arbitraries.ts'

/*
 * Goal: no bytes whatever make a decoder throw anything but DecodeError, what it accepts are the very bytes its
 * encoder writes, and what comes out can be judged, hashed and written again without an exception.
 * Method: random bytes, encodings with something changed in them, and encodings cut off at every byte.
 */

interface Decoder<T> {
  value: fc.Arbitrary<T>
  encode: (value: T) => Uint8Array
  decode: (bytes: Uint8Array) => T
  /** All that is done with such a value before anybody vouches for it. */
  use?: (value: T) => void
}

const consensusMessage = fc.oneof(
  any.vote.map(vote => ({ kind: 'vote' as const, vote })),
  any.proposal.map(proposal => ({ kind: 'proposal' as const, proposal })),
  any.part.map(part => ({ kind: 'blockPart' as const, height: 3, round: 1, part }))
)

const table = {
  Timestamp: { value: any.timestamp, encode: encodeTimestamp, decode: decodeTimestamp },
  PartSetHeader: { value: any.partSetHeader, encode: encodePartSetHeader, decode: decodePartSetHeader },
  BlockID: { value: any.blockId, encode: encodeBlockId, decode: decodeBlockId, use: validateBlockId },
  Vote: {
    value: any.vote,
    encode: encodeVote,
    decode: decodeVote,
    use: vote => [validateVote(vote), voteSignBytes('chain', vote)]
  } satisfies Decoder<ReturnType<typeof decodeVote>>,
  Proposal: {
    value: any.proposal,
    encode: encodeProposal,
    decode: decodeProposal,
    use: proposal => [validateProposal(proposal), proposalSignBytes('chain', proposal)]
  } satisfies Decoder<ReturnType<typeof decodeProposal>>,
  Commit: { value: any.commit, encode: encodeCommit, decode: decodeCommit, use: validateCommit },
  ExtendedCommit: {
    value: any.extendedCommit,
    encode: encodeExtendedCommit,
    decode: decodeExtendedCommit,
    use: validateExtendedCommit
  },
  Header: {
    value: any.header,
    encode: encodeHeader,
    decode: decodeHeader,
    use: header => [validateHeader(header), hashHeader(header)]
  } satisfies Decoder<ReturnType<typeof decodeHeader>>,
  Part: {
    value: any.part,
    encode: encodePart,
    decode: decodePart,
    use: part => [
      validatePart(part),
      new PartSetAssembler({ total: 4, hash: '00'.repeat(32) }, { maxTotal: 4 }).add(part)
    ]
  } satisfies Decoder<ReturnType<typeof decodePart>>,
  ValidatorSet: { value: any.validatorSet, encode: encodeValidatorSet, decode: decodeValidatorSet },
  Evidence: {
    value: any.evidence,
    encode: encodeEvidence,
    decode: decodeEvidence,
    use: evidence => [validateEvidence(evidence), evidenceHash(evidence)]
  } satisfies Decoder<ReturnType<typeof decodeEvidence>>,
  EvidenceList: {
    value: fc.array(any.evidence, { maxLength: 2 }),
    encode: encodeEvidenceList,
    decode: decodeEvidenceList
  },
  Block: {
    value: any.blockWith(any.evidence),
    encode: encodeBlock,
    decode: decodeBlock,
    use: block => [validateBlock(block), hashHeader(block.header)]
  } satisfies Decoder<ReturnType<typeof decodeBlock>>,
  ConsensusMessage: {
    value: consensusMessage,
    encode: encodeConsensusMessage,
    decode: decodeConsensusMessage,
    use: validateConsensusMessage
  },
  TxBatch: {
    value: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }),
    encode: encodeTxBatch,
    decode: bytes => decodeTxBatch(bytes, 100)
  } satisfies Decoder<Uint8Array[]>
}

// biome-ignore lint/suspicious/noExplicitAny: one table for decoders of different types
const decoders = Object.entries(table) as [string, Decoder<any>][]
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** True when the bytes were accepted. Anything but DecodeError goes through `tryDecode` and fails the test. */
function judge<T>({ encode, decode, use }: Decoder<T>, bytes: Uint8Array): boolean {
  const before = hexOf(bytes)
  const decoded = tryDecode(decode, bytes)
  if (decoded.ok) {
    expect(hexOf(encode(decoded.value))).toBe(before)
    use?.(decoded.value)
  }
  expect(hexOf(bytes)).toBe(before)
  return decoded.ok
}

/** Something done to an encoding, at places given as fractions of its length. */
interface Mutation {
  kind: 'set' | 'flip' | 'insert' | 'remove' | 'repeat' | 'swap' | 'extend'
  at: number
  length: number
  byte: number
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom<Mutation['kind'][]>('set', 'flip', 'insert', 'remove', 'repeat', 'swap', 'extend'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 12 }),
  byte: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255))
})

function mutate(bytes: Uint8Array, { kind, at, length, byte }: Mutation): Uint8Array {
  const place = Math.min(Math.floor(at * bytes.length), Math.max(0, bytes.length - 1))
  const list = [...bytes]
  if (kind === 'set') list[place] = byte
  else if (kind === 'flip') list[place] = (list[place] ?? 0) ^ (1 << (byte & 7))
  else if (kind === 'insert') list.splice(place, 0, byte)
  else if (kind === 'remove') list.splice(place, length)
  else if (kind === 'repeat') list.splice(place, 0, ...list.slice(place, place + length))
  else if (kind === 'swap') list.push(...list.splice(place, length))
  else list.push(byte)
  return Uint8Array.from(list)
}

describe.each(decoders)('decoding a %s', (_name, decoder) => {
  it('of random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        judge(decoder, bytes)
      }),
      { numRuns: 1000 }
    )
  })

  it('of an encoding with something changed in it', () => {
    fc.assert(
      fc.property(decoder.value, fc.array(mutation, { minLength: 1, maxLength: 3 }), (value, mutations) => {
        judge(decoder, mutations.reduce(mutate, decoder.encode(value)))
      }),
      { numRuns: 2000 }
    )
  })

  it('of an encoding cut off at every byte', () => {
    for (const value of fc.sample(decoder.value, { numRuns: 4, seed: 20 })) {
      const bytes = decoder.encode(value)
      for (let length = 0; length < bytes.length; length++) judge(decoder, bytes.subarray(0, length))
      expect(judge(decoder, bytes)).toBe(true)
    }
  })

  it('of an encoding with a byte too many', () => {
    fc.assert(
      fc.property(decoder.value, fc.nat(255), (value, byte) => {
        expect(judge(decoder, Uint8Array.from([...decoder.encode(value), byte]))).toBe(false)
      }),
      { numRuns: 100 }
    )
  })
})
