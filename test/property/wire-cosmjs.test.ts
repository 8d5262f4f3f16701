import { Block as WireBlock } from 'cosmjs-types/tendermint/types/block'
import * as wire from 'cosmjs-types/tendermint/types/evidence'
import * as types from 'cosmjs-types/tendermint/types/types'
import { ValidatorSet as WireValidatorSet } from 'cosmjs-types/tendermint/types/validator'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Block,
  type BlockId,
  type Commit,
  type CommitSig,
  type DuplicateVoteEvidence,
  decodeBlock,
  decodeBlockId,
  decodeCommit,
  decodeEvidence,
  decodeEvidenceList,
  decodeExtendedCommit,
  decodeHeader,
  decodePart,
  decodePartSetHeader,
  decodeProposal,
  decodeVote,
  type ExtendedCommit,
  encodeBlock,
  encodeBlockId,
  encodeCommit,
  encodeEvidence,
  encodeEvidenceList,
  encodeExtendedCommit,
  encodeHeader,
  encodePart,
  encodePartSetHeader,
  encodeProposal,
  encodeVote,
  type Header,
  type LightClientAttackEvidence,
  type PartSetHeader,
  type Proposal,
  SIGNED_MSG_TYPE,
  type Timestamp,
  type Validator,
  type ValidatorSet,
  type Vote
} from '../../src/types/index.ts'
import { decodeValidatorSet, encodeValidatorSet } from '../../src/types/validator-set-bytes.ts'
import * as any from './domain-arbitraries.ts'

/*
 * Goal: our hand-written encoders agree with a generated codec that other people made and that real chains use.
 * Method: the same random value through both; then back through our decoder. The other codec leaves out embedded
 * messages that are undefined, and reads an absent time as 1970; here every message is given, as Go always writes it.
 */

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

const time = ({ seconds, nanos }: Timestamp) => ({ seconds: BigInt(seconds), nanos })
const partSetHeader = ({ total, hash }: PartSetHeader) => ({ total, hash: bytesOf(hash) })
const blockId = (id: BlockId) => ({ hash: bytesOf(id.hash), partSetHeader: partSetHeader(id.partSetHeader) })

function vote(value: Vote) {
  return {
    ...value,
    type: SIGNED_MSG_TYPE[value.type],
    height: BigInt(value.height),
    blockId: blockId(value.blockId),
    timestamp: time(value.timestamp),
    validatorAddress: bytesOf(value.validatorAddress)
  }
}

function proposal(value: Proposal) {
  return {
    ...value,
    type: SIGNED_MSG_TYPE.proposal,
    height: BigInt(value.height),
    blockId: blockId(value.blockId),
    timestamp: time(value.timestamp)
  }
}

function commitSig<Entry extends CommitSig>(entry: Entry) {
  return {
    ...entry,
    validatorAddress: bytesOf(entry.validatorAddress),
    timestamp: time(entry.timestamp)
  }
}

function commit(value: Commit) {
  return {
    ...value,
    height: BigInt(value.height),
    blockId: blockId(value.blockId),
    signatures: value.signatures.map(commitSig)
  }
}

function extendedCommit({ signatures, ...value }: ExtendedCommit) {
  return {
    ...value,
    height: BigInt(value.height),
    blockId: blockId(value.blockId),
    extendedSignatures: signatures.map(commitSig)
  }
}

function header(value: Header) {
  return {
    version: { block: BigInt(value.version.block), app: BigInt(value.version.app) },
    chainId: value.chainId,
    height: BigInt(value.height),
    time: time(value.time),
    lastBlockId: blockId(value.lastBlockId),
    lastCommitHash: bytesOf(value.lastCommitHash),
    dataHash: bytesOf(value.dataHash),
    validatorsHash: bytesOf(value.validatorsHash),
    nextValidatorsHash: bytesOf(value.nextValidatorsHash),
    consensusHash: bytesOf(value.consensusHash),
    appHash: bytesOf(value.appHash),
    lastResultsHash: bytesOf(value.lastResultsHash),
    evidenceHash: bytesOf(value.evidenceHash),
    proposerAddress: bytesOf(value.proposerAddress)
  }
}

function validator(value: Validator) {
  return {
    address: bytesOf(value.address),
    pubKey: { [value.publicKey.type]: value.publicKey.bytes },
    votingPower: value.power,
    proposerPriority: value.proposerPriority
  }
}

function validatorSet(value: ValidatorSet) {
  return {
    validators: value.validators.map(validator),
    proposer: validator(value.proposer),
    totalVotingPower: 0n
  }
}

function evidence(value: DuplicateVoteEvidence | LightClientAttackEvidence) {
  const { totalVotingPower } = value
  const timestamp = time(value.timestamp)
  if (value.kind === 'duplicateVote') {
    const { validatorPower } = value
    const [voteA, voteB] = [vote(value.voteA), vote(value.voteB)]
    return { duplicateVoteEvidence: { voteA, voteB, totalVotingPower, validatorPower, timestamp } }
  }
  const block = value.conflictingBlock
  return {
    lightClientAttackEvidence: {
      conflictingBlock: {
        signedHeader: { header: header(block.header), commit: commit(block.commit) },
        validatorSet: validatorSet(block.validatorSet)
      },
      commonHeight: BigInt(value.commonHeight),
      byzantineValidators: value.byzantineValidators.map(validator),
      totalVotingPower,
      timestamp
    }
  }
}

type ForeignEvidence = DuplicateVoteEvidence | LightClientAttackEvidence
type ForeignBlock = Omit<Block, 'evidence'> & { evidence: ForeignEvidence[] }

function block(value: ForeignBlock) {
  return {
    header: header(value.header),
    data: { txs: [...value.txs] },
    evidence: { evidence: value.evidence.map(evidence) },
    ...(value.lastCommit !== null && { lastCommit: commit(value.lastCommit) })
  }
}

interface Codec<T> {
  value: fc.Arbitrary<T>
  encode: (value: T) => Uint8Array
  decode: (bytes: Uint8Array) => unknown
  foreign: (value: T) => Uint8Array
}
interface Foreign {
  // biome-ignore lint/suspicious/noExplicitAny: the generated codec takes what is like its message
  fromPartial: (value: any) => any
  // biome-ignore lint/suspicious/noExplicitAny: and gives a writer
  encode: (message: any) => { finish: () => Uint8Array }
}

function codec<T>(
  value: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  foreign: Foreign,
  convert: (value: T) => unknown
): Codec<T> {
  return {
    value,
    encode,
    decode,
    foreign: given => foreign.encode(foreign.fromPartial(convert(given))).finish()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a table of codecs of different types
const codecs: Record<string, Codec<any>> = {
  PartSetHeader: codec(
    any.partSetHeader,
    encodePartSetHeader,
    decodePartSetHeader,
    types.PartSetHeader,
    partSetHeader
  ),
  BlockID: codec(any.blockId, encodeBlockId, decodeBlockId, types.BlockID, blockId),
  Vote: codec(any.vote, encodeVote, decodeVote, types.Vote, vote),
  Proposal: codec(any.proposal, encodeProposal, decodeProposal, types.Proposal, proposal),
  Commit: codec(any.commit, encodeCommit, decodeCommit, types.Commit, commit),
  ExtendedCommit: codec(
    any.extendedCommit,
    encodeExtendedCommit,
    decodeExtendedCommit,
    types.ExtendedCommit,
    extendedCommit
  ),
  Header: codec(any.header, encodeHeader, decodeHeader, types.Header, header),
  Part: codec(any.part, encodePart, decodePart, types.Part, value => ({
    ...value,
    proof: {
      total: BigInt(value.proof.total),
      index: BigInt(value.proof.index),
      leafHash: bytesOf(value.proof.leafHash),
      aunts: value.proof.aunts.map(bytesOf)
    }
  })),
  ValidatorSet: codec(
    any.validatorSet,
    encodeValidatorSet,
    decodeValidatorSet,
    WireValidatorSet,
    validatorSet
  ),
  Evidence: codec(any.foreignEvidence, encodeEvidence, decodeEvidence, wire.Evidence, evidence),
  EvidenceList: codec(
    fc.array(any.foreignEvidence, { maxLength: 3 }),
    encodeEvidenceList,
    decodeEvidenceList,
    wire.EvidenceList,
    list => ({ evidence: list.map(evidence) })
  ),
  Block: codec(any.blockWith(any.foreignEvidence), encodeBlock, decodeBlock, WireBlock, block)
}

describe.each(Object.entries(codecs))('%s', (_name, { value, encode, decode, foreign }) => {
  it('is written as cosmjs-types writes it, and read back as it was', () => {
    fc.assert(
      fc.property(value, given => {
        const bytes = encode(given)
        expect(hexOf(bytes)).toBe(hexOf(foreign(given)))
        expect(decode(bytes)).toEqual(given)
      }),
      { numRuns: 150 }
    )
  })
})

describe('evidence of our own kind', () => {
  it('is read back as it was', () => {
    fc.assert(
      fc.property(any.duplicateProposal, given => {
        expect(decodeEvidence(encodeEvidence(given))).toEqual(given)
      }),
      { numRuns: 150 }
    )
  })
})
