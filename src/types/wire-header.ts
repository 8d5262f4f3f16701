import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { ADDRESS_BYTES, HASH_BYTES } from '../crypto/index.ts'
import { NIL_BLOCK_ID } from './block-id.ts'
import type { Header } from './header.ts'
import { MAX_CHAIN_ID_BYTES } from './limits.ts'
import { ZERO_TIME } from './primitives.ts'
import { readBlockId, readTimestamp, writeBlockId, writeTimestamp } from './wire-block-id.ts'

const HEADER_BYTES = 640

export function writeVersionFields(writer: ProtoWriter, version: Header['version']): void {
  writer.int64(1, version.block)
  writer.int64(2, version.app)
}

function readVersion(reader: ProtoReader): Header['version'] {
  let block = 0
  let app = 0
  while (reader.next()) {
    if (reader.field === 1) block = reader.uint64()
    else if (reader.field === 2) app = reader.uint64()
    else reader.unknown()
  }
  return { block, app }
}

export function writeHeaderFields(writer: ProtoWriter, header: Header): void {
  const mark = writer.begin(1)
  writeVersionFields(writer, header.version)
  writer.end(mark)
  writer.string(2, header.chainId)
  writer.int64(3, header.height)
  writeTimestamp(writer, 4, header.time)
  writeBlockId(writer, 5, header.lastBlockId)
  writer.hex(6, header.lastCommitHash)
  writer.hex(7, header.dataHash)
  writer.hex(8, header.validatorsHash)
  writer.hex(9, header.nextValidatorsHash)
  writer.hex(10, header.consensusHash)
  writer.hex(11, header.appHash)
  writer.hex(12, header.lastResultsHash)
  writer.hex(13, header.evidenceHash)
  writer.hex(14, header.proposerAddress)
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

export function readHeader(reader: ProtoReader): Header {
  const header: Mutable<Header> = {
    version: { block: 0, app: 0 },
    chainId: '',
    height: 0,
    time: ZERO_TIME,
    lastBlockId: NIL_BLOCK_ID,
    lastCommitHash: '',
    dataHash: '',
    validatorsHash: '',
    nextValidatorsHash: '',
    consensusHash: '',
    appHash: '',
    lastResultsHash: '',
    evidenceHash: '',
    proposerAddress: ''
  }
  let embedded = 0
  while (reader.next()) {
    if (reader.field === 1 || reader.field === 4 || reader.field === 5) embedded += 1
    readHeaderField(reader, header)
  }
  reader.require(embedded === 3, 'version, time or last_block_id')
  return header
}

function readHeaderField(reader: ProtoReader, header: Mutable<Header>): void {
  switch (reader.field) {
    case 1:
      header.version = readVersion(reader.message('Consensus'))
      break
    case 2:
      header.chainId = reader.string(MAX_CHAIN_ID_BYTES)
      break
    case 3:
      header.height = reader.int64()
      break
    case 4:
      header.time = readTimestamp(reader.message('Timestamp'))
      break
    case 5:
      header.lastBlockId = readBlockId(reader.message('BlockID'))
      break
    case 11:
      // The app chooses its length; the input bounds it.
      header.appHash = reader.hex(reader.remaining)
      break
    case 14:
      header.proposerAddress = reader.hex(ADDRESS_BYTES)
      break
    default:
      readHashField(reader, header)
  }
}

function readHashField(reader: ProtoReader, header: Mutable<Header>): void {
  const name = HASH_FIELDS[reader.field]
  if (name === undefined) reader.unknown()
  header[name] = reader.hex(HASH_BYTES)
}

const HASH_FIELDS = {
  6: 'lastCommitHash',
  7: 'dataHash',
  8: 'validatorsHash',
  9: 'nextValidatorsHash',
  10: 'consensusHash',
  12: 'lastResultsHash',
  13: 'evidenceHash'
} as const as Readonly<Record<number, HashField | undefined>>

type HashField =
  | 'lastCommitHash'
  | 'dataHash'
  | 'validatorsHash'
  | 'nextValidatorsHash'
  | 'consensusHash'
  | 'lastResultsHash'
  | 'evidenceHash'

/** tendermint.types.Header. */
export function encodeHeader(header: Header): Uint8Array {
  const writer = new ProtoWriter(HEADER_BYTES)
  writeHeaderFields(writer, header)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeHeader(bytes: Uint8Array): Header {
  return readHeader(new ProtoReader(bytes, 'Header'))
}
