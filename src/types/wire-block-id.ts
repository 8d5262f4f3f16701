import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { HASH_BYTES } from '../crypto/index.ts'
import { assert } from '../util/index.ts'
import type { BlockId, PartSetHeader } from './block-id.ts'
import { NIL_BLOCK_ID } from './block-id.ts'
import type { Timestamp } from './primitives.ts'
import { isValidTimestamp } from './time.ts'

/** google.protobuf.Timestamp as field `field`; always written, even when it is empty (the year 1970). */
export function writeTimestamp(writer: ProtoWriter, field: number, time: Timestamp): void {
  assert(isValidTimestamp(time), 'time is outside years 1 to 9999')
  const mark = writer.begin(field)
  writer.int64(1, time.seconds)
  writer.int32(2, time.nanos)
  writer.end(mark)
}

export function readTimestamp(reader: ProtoReader): Timestamp {
  let seconds = 0
  let nanos = 0
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64()
    else if (reader.field === 2) nanos = reader.int32()
    else reader.unknown()
  }
  const time = { seconds, nanos }
  if (!isValidTimestamp(time)) reader.fail('time is outside years 1 to 9999')
  return time
}

export function writePartSetHeader(writer: ProtoWriter, field: number, header: PartSetHeader): void {
  const mark = writer.begin(field)
  writer.uint32(1, header.total)
  writer.hex(2, header.hash)
  writer.end(mark)
}

export function readPartSetHeader(reader: ProtoReader): PartSetHeader {
  let total = 0
  let hash = ''
  while (reader.next()) {
    if (reader.field === 1) total = reader.uint32()
    else if (reader.field === 2) hash = reader.hex(HASH_BYTES)
    else reader.unknown()
  }
  return { total, hash }
}

export function writeBlockId(writer: ProtoWriter, field: number, id: BlockId): void {
  const mark = writer.begin(field)
  writeBlockIdFields(writer, id)
  writer.end(mark)
}

export function readBlockId(reader: ProtoReader): BlockId {
  let hash = ''
  let partSetHeader: PartSetHeader | null = null
  while (reader.next()) {
    if (reader.field === 1) hash = reader.hex(HASH_BYTES)
    else if (reader.field === 2) partSetHeader = readPartSetHeader(reader.message('PartSetHeader'))
    else reader.unknown()
  }
  reader.require(partSetHeader, 'part_set_header')
  if (hash === '' && partSetHeader.total === 0 && partSetHeader.hash === '') return NIL_BLOCK_ID
  return { hash, partSetHeader }
}

function writeBlockIdFields(writer: ProtoWriter, id: BlockId): void {
  writer.hex(1, id.hash)
  writePartSetHeader(writer, 2, id.partSetHeader)
}

/** tendermint.types.BlockID. */
export function encodeBlockId(id: BlockId): Uint8Array {
  const writer = new ProtoWriter(128)
  writeBlockIdFields(writer, id)
  return writer.finish()
}

export function decodeBlockId(bytes: Uint8Array): BlockId {
  return readBlockId(new ProtoReader(bytes, 'BlockID'))
}

/** tendermint.types.PartSetHeader. */
export function encodePartSetHeader(header: PartSetHeader): Uint8Array {
  const writer = new ProtoWriter(64)
  writer.uint32(1, header.total)
  writer.hex(2, header.hash)
  return writer.finish()
}

export function decodePartSetHeader(bytes: Uint8Array): PartSetHeader {
  return readPartSetHeader(new ProtoReader(bytes, 'PartSetHeader'))
}

/** google.protobuf.Timestamp. */
export function encodeTimestamp(time: Timestamp): Uint8Array {
  assert(isValidTimestamp(time), 'time is outside years 1 to 9999')
  const writer = new ProtoWriter(32)
  writer.int64(1, time.seconds)
  writer.int32(2, time.nanos)
  return writer.finish()
}

export function decodeTimestamp(bytes: Uint8Array): Timestamp {
  return readTimestamp(new ProtoReader(bytes, 'Timestamp'))
}
