import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { ADDRESS_BYTES } from '../crypto/index.ts'
import type { BlockId } from './block-id.ts'
import {
  BLOCK_ID_FLAG,
  type BlockIdFlag,
  type Commit,
  type CommitSig,
  type ExtendedCommit,
  type ExtendedCommitSig
} from './commit.ts'
import { MAX_COMMIT_SIGNATURES, MAX_SIGNATURE_BYTES, MAX_VOTE_EXTENSION_BYTES } from './limits.ts'
import type { Timestamp } from './primitives.ts'
import { readBlockId, readTimestamp, writeBlockId, writeTimestamp } from './wire-block-id.ts'
import { NO_BYTES } from './wire-vote.ts'

const COMMIT_BYTES = 128
const COMMIT_SIG_BYTES = 112

function writeCommitSigFields(writer: ProtoWriter, entry: CommitSig): void {
  writer.int32(1, entry.blockIdFlag)
  writer.hex(2, entry.validatorAddress)
  writeTimestamp(writer, 3, entry.timestamp)
  writer.bytes(4, entry.signature)
}

function writeExtendedCommitSigFields(writer: ProtoWriter, entry: ExtendedCommitSig): void {
  writeCommitSigFields(writer, entry)
  writer.bytes(5, entry.extension)
  writer.bytes(6, entry.extensionSignature)
}

function readCommitSig(reader: ProtoReader): CommitSig {
  let blockIdFlag: BlockIdFlag = BLOCK_ID_FLAG.unknown
  let validatorAddress = ''
  let timestamp: Timestamp | null = null
  let signature: Uint8Array = NO_BYTES
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        blockIdFlag = readBlockIdFlag(reader)
        break
      case 2:
        validatorAddress = reader.hex(ADDRESS_BYTES)
        break
      case 3:
        timestamp = readTimestamp(reader.message('Timestamp'))
        break
      case 4:
        signature = reader.bytes(MAX_SIGNATURE_BYTES)
        break
      default:
        reader.unknown()
    }
  }
  reader.require(timestamp, 'timestamp')
  return { blockIdFlag, validatorAddress, timestamp, signature }
}

function readExtendedCommitSig(reader: ProtoReader): ExtendedCommitSig {
  let blockIdFlag: BlockIdFlag = BLOCK_ID_FLAG.unknown
  let validatorAddress = ''
  let timestamp: Timestamp | null = null
  let signature: Uint8Array = NO_BYTES
  let extension: Uint8Array = NO_BYTES
  let extensionSignature: Uint8Array = NO_BYTES
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        blockIdFlag = readBlockIdFlag(reader)
        break
      case 2:
        validatorAddress = reader.hex(ADDRESS_BYTES)
        break
      case 3:
        timestamp = readTimestamp(reader.message('Timestamp'))
        break
      case 4:
        signature = reader.bytes(MAX_SIGNATURE_BYTES)
        break
      case 5:
        extension = reader.bytes(MAX_VOTE_EXTENSION_BYTES)
        break
      case 6:
        extensionSignature = reader.bytes(MAX_SIGNATURE_BYTES)
        break
      default:
        reader.unknown()
    }
  }
  reader.require(timestamp, 'timestamp')
  return { blockIdFlag, validatorAddress, timestamp, signature, extension, extensionSignature }
}

function readBlockIdFlag(reader: ProtoReader): BlockIdFlag {
  const flag = reader.int32()
  if (flag < BLOCK_ID_FLAG.absent || flag > BLOCK_ID_FLAG.nil) reader.fail(`${flag} is not a BlockIDFlag`)
  return flag as BlockIdFlag
}

interface AnyCommit<Entry extends CommitSig> {
  readonly height: number
  readonly round: number
  readonly blockId: BlockId
  readonly signatures: readonly Entry[]
}

function writeAnyCommit<Entry extends CommitSig>(
  writer: ProtoWriter,
  commit: AnyCommit<Entry>,
  writeEntry: (writer: ProtoWriter, entry: Entry) => void
): void {
  writer.int64(1, commit.height)
  writer.int32(2, commit.round)
  writeBlockId(writer, 3, commit.blockId)
  for (const entry of commit.signatures) {
    const mark = writer.begin(4)
    writeEntry(writer, entry)
    writer.end(mark)
  }
}

function readAnyCommit<Entry extends CommitSig>(
  reader: ProtoReader,
  entryName: string,
  readCommitEntry: (reader: ProtoReader) => Entry
): AnyCommit<Entry> {
  let height = 0
  let round = 0
  let blockId: BlockId | null = null
  const signatures: Entry[] = []
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        height = reader.int64()
        break
      case 2:
        round = reader.int32()
        break
      case 3:
        blockId = readBlockId(reader.message('BlockID'))
        break
      case 4:
        if (signatures.length === MAX_COMMIT_SIGNATURES) reader.fail('too many signatures')
        signatures.push(readCommitEntry(reader.repeatedMessage(entryName)))
        break
      default:
        reader.unknown()
    }
  }
  reader.require(blockId, 'block_id')
  return { height, round, blockId, signatures }
}

export function writeCommitFields(writer: ProtoWriter, commit: Commit): void {
  writeAnyCommit(writer, commit, writeCommitSigFields)
}

export function readCommit(reader: ProtoReader): Commit {
  return readAnyCommit(reader, 'CommitSig', readCommitSig)
}

/** tendermint.types.CommitSig: a leaf of the commit's hash. */
export function encodeCommitSig(entry: CommitSig): Uint8Array {
  const writer = new ProtoWriter(COMMIT_SIG_BYTES)
  writeCommitSigFields(writer, entry)
  return writer.finish()
}

/** tendermint.types.Commit. */
export function encodeCommit(commit: Commit): Uint8Array {
  const writer = new ProtoWriter(COMMIT_BYTES + commit.signatures.length * COMMIT_SIG_BYTES)
  writeCommitFields(writer, commit)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeCommit(bytes: Uint8Array): Commit {
  return readCommit(new ProtoReader(bytes, 'Commit'))
}

/** tendermint.types.ExtendedCommit. */
export function encodeExtendedCommit(commit: ExtendedCommit): Uint8Array {
  const writer = new ProtoWriter(COMMIT_BYTES + commit.signatures.length * COMMIT_SIG_BYTES * 2)
  writeAnyCommit(writer, commit, writeExtendedCommitSigFields)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeExtendedCommit(bytes: Uint8Array): ExtendedCommit {
  return readAnyCommit(new ProtoReader(bytes, 'ExtendedCommit'), 'ExtendedCommitSig', readExtendedCommitSig)
}
