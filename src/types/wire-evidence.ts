import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { ADDRESS_BYTES } from '../crypto/index.ts'
import { unreachable } from '../util/index.ts'
import type { Commit } from './commit.ts'
import type {
  DuplicateProposalEvidence,
  DuplicateVoteEvidence,
  Evidence,
  LightBlock,
  LightClientAttackEvidence
} from './evidence.ts'
import type { Header } from './header.ts'
import { MAX_EVIDENCE_PER_BLOCK } from './limits.ts'
import type { Timestamp } from './primitives.ts'
import { readValidator, writeValidator } from './validator-bytes.ts'
import { MAX_VALIDATORS, type Validator, type ValidatorSet } from './validator-set.ts'
import { readValidatorSet, writeValidatorSet } from './validator-set-bytes.ts'
import type { Proposal, Vote } from './vote.ts'
import { readTimestamp, writeTimestamp } from './wire-block-id.ts'
import { readCommit, writeCommitFields } from './wire-commit.ts'
import { readHeader, writeHeaderFields } from './wire-header.ts'
import { readProposal, readVote, writeProposalFields, writeVoteFields } from './wire-vote.ts'

const EVIDENCE_BYTES = 640
/** Field numbers of the oneof in tendermint.types.Evidence; 3 is ours, CometBFT knows 1 and 2. */
const EVIDENCE_FIELD = { duplicateVote: 1, lightClientAttack: 2, duplicateProposal: 3 } as const

function writeEvidenceFields(writer: ProtoWriter, evidence: Evidence): void {
  const mark = writer.begin(EVIDENCE_FIELD[evidence.kind])
  writeInnerFields(writer, evidence)
  writer.end(mark)
}

function writeInnerFields(writer: ProtoWriter, evidence: Evidence): void {
  switch (evidence.kind) {
    case 'duplicateVote':
      writeDuplicateVote(writer, evidence)
      break
    case 'duplicateProposal':
      writeDuplicateProposal(writer, evidence)
      break
    case 'lightClientAttack':
      writeLightClientAttack(writer, evidence)
      break
    default:
      unreachable(evidence)
  }
}

function writeDuplicateVote(writer: ProtoWriter, evidence: DuplicateVoteEvidence): void {
  writeMessage(writer, 1, evidence.voteA, writeVoteFields)
  writeMessage(writer, 2, evidence.voteB, writeVoteFields)
  writer.bigint64(3, evidence.totalVotingPower)
  writer.bigint64(4, evidence.validatorPower)
  writeTimestamp(writer, 5, evidence.timestamp)
}

function writeDuplicateProposal(writer: ProtoWriter, evidence: DuplicateProposalEvidence): void {
  writeMessage(writer, 1, evidence.proposalA, writeProposalFields)
  writeMessage(writer, 2, evidence.proposalB, writeProposalFields)
  writer.hex(3, evidence.validatorAddress)
  writer.bigint64(4, evidence.totalVotingPower)
  writer.bigint64(5, evidence.validatorPower)
  writeTimestamp(writer, 6, evidence.timestamp)
}

function writeLightClientAttack(writer: ProtoWriter, evidence: LightClientAttackEvidence): void {
  writeMessage(writer, 1, evidence.conflictingBlock, writeLightBlock)
  writer.int64(2, evidence.commonHeight)
  for (const validator of evidence.byzantineValidators) writeMessage(writer, 3, validator, writeValidator)
  writer.bigint64(4, evidence.totalVotingPower)
  writeTimestamp(writer, 5, evidence.timestamp)
}

function writeLightBlock(writer: ProtoWriter, block: LightBlock): void {
  const mark = writer.begin(1)
  writeMessage(writer, 1, block.header, writeHeaderFields)
  writeMessage(writer, 2, block.commit, writeCommitFields)
  writer.end(mark)
  writeMessage(writer, 2, block.validatorSet, writeValidatorSet)
}

function writeMessage<T>(
  writer: ProtoWriter,
  field: number,
  value: T,
  writeFields: (writer: ProtoWriter, value: T) => void
): void {
  const mark = writer.begin(field)
  writeFields(writer, value)
  writer.end(mark)
}

function readEvidence(reader: ProtoReader): Evidence {
  if (!reader.next()) reader.fail('no evidence in it')
  const evidence = readInner(reader)
  if (reader.next()) reader.fail('more than one kind of evidence')
  return evidence
}

function readInner(reader: ProtoReader): Evidence {
  switch (reader.field) {
    case EVIDENCE_FIELD.duplicateVote:
      return readDuplicateVote(reader.message('DuplicateVoteEvidence'))
    case EVIDENCE_FIELD.lightClientAttack:
      return readLightClientAttack(reader.message('LightClientAttackEvidence'))
    case EVIDENCE_FIELD.duplicateProposal:
      return readDuplicateProposal(reader.message('DuplicateProposalEvidence'))
    default:
      reader.unknown()
  }
}

function readDuplicateVote(reader: ProtoReader): DuplicateVoteEvidence {
  let voteA: Vote | null = null
  let voteB: Vote | null = null
  let totalVotingPower = 0n
  let validatorPower = 0n
  let timestamp: Timestamp | null = null
  while (reader.next()) {
    if (reader.field === 1) voteA = readVote(reader.message('Vote'))
    else if (reader.field === 2) voteB = readVote(reader.message('Vote'))
    else if (reader.field === 3) totalVotingPower = reader.bigint64()
    else if (reader.field === 4) validatorPower = reader.bigint64()
    else if (reader.field === 5) timestamp = readTimestamp(reader.message('Timestamp'))
    else reader.unknown()
  }
  reader.require(voteA, 'vote_a')
  reader.require(voteB, 'vote_b')
  reader.require(timestamp, 'timestamp')
  return { kind: 'duplicateVote', voteA, voteB, totalVotingPower, validatorPower, timestamp }
}

function readDuplicateProposal(reader: ProtoReader): DuplicateProposalEvidence {
  let proposalA: Proposal | null = null
  let proposalB: Proposal | null = null
  let validatorAddress = ''
  let totalVotingPower = 0n
  let validatorPower = 0n
  let timestamp: Timestamp | null = null
  while (reader.next()) {
    if (reader.field === 1) proposalA = readProposal(reader.message('Proposal'))
    else if (reader.field === 2) proposalB = readProposal(reader.message('Proposal'))
    else if (reader.field === 3) validatorAddress = reader.hex(ADDRESS_BYTES)
    else if (reader.field === 4) totalVotingPower = reader.bigint64()
    else if (reader.field === 5) validatorPower = reader.bigint64()
    else if (reader.field === 6) timestamp = readTimestamp(reader.message('Timestamp'))
    else reader.unknown()
  }
  reader.require(proposalA, 'proposal_a')
  reader.require(proposalB, 'proposal_b')
  reader.require(timestamp, 'timestamp')
  return {
    kind: 'duplicateProposal',
    proposalA,
    proposalB,
    validatorAddress,
    totalVotingPower,
    validatorPower,
    timestamp
  }
}

function readLightClientAttack(reader: ProtoReader): LightClientAttackEvidence {
  let conflictingBlock: LightBlock | null = null
  let commonHeight = 0
  const byzantineValidators: Validator[] = []
  let totalVotingPower = 0n
  let timestamp: Timestamp | null = null
  while (reader.next()) {
    if (reader.field === 1) conflictingBlock = readLightBlock(reader.message('LightBlock'))
    else if (reader.field === 2) commonHeight = reader.int64()
    else if (reader.field === 3) {
      if (byzantineValidators.length === MAX_VALIDATORS) reader.fail('too many validators')
      byzantineValidators.push(readValidator(reader.repeatedMessage('Validator')))
    } else if (reader.field === 4) totalVotingPower = reader.bigint64()
    else if (reader.field === 5) timestamp = readTimestamp(reader.message('Timestamp'))
    else reader.unknown()
  }
  reader.require(conflictingBlock, 'conflicting_block')
  reader.require(timestamp, 'timestamp')
  return {
    kind: 'lightClientAttack',
    conflictingBlock,
    commonHeight,
    byzantineValidators,
    totalVotingPower,
    timestamp
  }
}

function readLightBlock(reader: ProtoReader): LightBlock {
  let signedHeader: { header: Header; commit: Commit } | null = null
  let validatorSet: ValidatorSet | null = null
  while (reader.next()) {
    if (reader.field === 1) signedHeader = readSignedHeader(reader.message('SignedHeader'))
    else if (reader.field === 2) validatorSet = readValidatorSet(reader.message('ValidatorSet'))
    else reader.unknown()
  }
  reader.require(signedHeader, 'signed_header')
  reader.require(validatorSet, 'validator_set')
  return { ...signedHeader, validatorSet }
}

function readSignedHeader(reader: ProtoReader): { header: Header; commit: Commit } {
  let header: Header | null = null
  let commit: Commit | null = null
  while (reader.next()) {
    if (reader.field === 1) header = readHeader(reader.message('Header'))
    else if (reader.field === 2) commit = readCommit(reader.message('Commit'))
    else reader.unknown()
  }
  reader.require(header, 'header')
  reader.require(commit, 'commit')
  return { header, commit }
}

export function writeEvidenceListFields(writer: ProtoWriter, list: readonly Evidence[]): void {
  for (const evidence of list) writeMessage(writer, 1, evidence, writeEvidenceFields)
}

export function readEvidenceList(reader: ProtoReader): Evidence[] {
  const list: Evidence[] = []
  while (reader.next()) {
    if (reader.field !== 1) reader.unknown()
    if (list.length === MAX_EVIDENCE_PER_BLOCK) reader.fail('too much evidence')
    list.push(readEvidence(reader.repeatedMessage('Evidence')))
  }
  return list
}

/** tendermint.types.Evidence, the oneof. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  const writer = new ProtoWriter(EVIDENCE_BYTES)
  writeEvidenceFields(writer, evidence)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  return readEvidence(new ProtoReader(bytes, 'Evidence'))
}

/** The message inside the oneof, such as DuplicateVoteEvidence: what the hashes are taken of. */
export function encodeInnerEvidence(evidence: Evidence): Uint8Array {
  const writer = new ProtoWriter(EVIDENCE_BYTES)
  writeInnerFields(writer, evidence)
  return writer.finish()
}

/** tendermint.types.EvidenceList. */
export function encodeEvidenceList(list: readonly Evidence[]): Uint8Array {
  const writer = new ProtoWriter(EVIDENCE_BYTES * Math.max(1, list.length))
  writeEvidenceListFields(writer, list)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeEvidenceList(bytes: Uint8Array): Evidence[] {
  return readEvidenceList(new ProtoReader(bytes, 'EvidenceList'))
}
