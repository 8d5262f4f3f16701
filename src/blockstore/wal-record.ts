import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import type { Height, Round, Timestamp } from '../types/index.ts'

/** What the log keeps. `message` is a tendermint.consensus.Message; a note is for the node itself, such as a verdict. */
export type WalRecord =
  /** `peer` is '' for the node's own messages. */
  | { readonly kind: 'message'; readonly message: Uint8Array; readonly peer: string }
  /** `step` is CometBFT's RoundStepType, 1 (new height) to 8 (commit). */
  | {
      readonly kind: 'timeout'
      readonly durationMs: number
      readonly height: Height
      readonly round: Round
      readonly step: number
    }
  | { readonly kind: 'roundState'; readonly height: Height; readonly round: Round; readonly step: string }
  /** Everything of this height is in the stores; what follows belongs to the next. */
  | { readonly kind: 'endHeight'; readonly height: Height }
  | { readonly kind: 'note'; readonly label: string; readonly data: Uint8Array }

/** Where a record stands, so that a reader can tell a tail that was never synced from damage. */
export interface WalPosition {
  /** Of the record's frame in its file. */
  readonly offset: number
  /** How much of the file was known to be on the disk when the record was written. */
  readonly syncedBytes: number
}

export interface TimedWalRecord {
  readonly time: Timestamp
  readonly record: WalRecord
  /** Null in a log written by CometBFT. */
  readonly position: WalPosition | null
}

/** Largest payload (CometBFT's maxMsgSizeBytes), and room for our two position fields. */
export const MAX_WAL_PAYLOAD_BYTES = 1048576 + 24 + 16
const MAX_TEXT_BYTES = 1024
const MS_PER_SECOND = 1000
const NANOS_PER_MS = 1_000_000

/**
 * tendermint.consensus.TimedWALMessage. Beyond CometBFT's fields: 14 (offset + 1) and 15 (synced bytes) of the outer
 * message, and note as 15 of the inner one; CometBFT's decoder skips them.
 */
export function encodeWalRecord(timed: TimedWalRecord): Uint8Array {
  const { time, record, position } = timed
  const writer = new ProtoWriter(record.kind === 'message' ? record.message.length + 128 : 128)
  const timeMark = writer.begin(1)
  writer.int64(1, time.seconds)
  writer.int32(2, time.nanos)
  writer.end(timeMark)
  const recordMark = writer.begin(2)
  writeRecord(writer, record)
  writer.end(recordMark)
  if (position !== null) {
    writer.int64(14, position.offset + 1)
    writer.int64(15, position.syncedBytes)
  }
  return writer.finish()
}

function writeRecord(writer: ProtoWriter, record: WalRecord): void {
  const mark = writer.begin(FIELD[record.kind])
  switch (record.kind) {
    case 'roundState':
      writer.int64(1, record.height)
      writer.int32(2, record.round)
      writer.string(3, record.step)
      break
    case 'message':
      writer.repeatedBytes(1, record.message)
      writer.string(2, record.peer)
      break
    case 'timeout':
      writeDuration(writer, record.durationMs)
      writer.int64(2, record.height)
      writer.int32(3, record.round)
      writer.uint32(4, record.step)
      break
    case 'endHeight':
      writer.int64(1, record.height)
      break
    case 'note':
      writer.string(1, record.label)
      writer.bytes(2, record.data)
  }
  writer.end(mark)
}

const FIELD = { roundState: 1, message: 2, timeout: 3, endHeight: 4, note: 15 } as const

function writeDuration(writer: ProtoWriter, durationMs: number): void {
  const mark = writer.begin(1)
  const seconds = Math.floor(durationMs / MS_PER_SECOND)
  writer.int64(1, seconds)
  writer.int32(2, Math.round((durationMs - seconds * MS_PER_SECOND) * NANOS_PER_MS))
  writer.end(mark)
}

/** Bytes in the record are views on `payload`. Throws DecodeError. */
export function decodeWalRecord(payload: Uint8Array): TimedWalRecord {
  const reader: ProtoReader = new ProtoReader(payload, 'TimedWALMessage')
  let time: Timestamp | null = null
  let record: WalRecord | null = null
  let offset = -1
  let syncedBytes = 0
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        time = readSecondsAndNanos(reader.message('Timestamp'))
        break
      case 2:
        record = readRecord(reader.message('WALMessage'))
        break
      case 14:
        offset = reader.int64() - 1
        break
      case 15:
        syncedBytes = reader.int64()
        break
      default:
        reader.unknown()
    }
  }
  reader.require(time, 'time')
  reader.require(record, 'msg')
  return { time, record, position: offset < 0 ? null : { offset, syncedBytes } }
}

function readSecondsAndNanos(reader: ProtoReader): Timestamp {
  let seconds = 0
  let nanos = 0
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64()
    else if (reader.field === 2) nanos = reader.int32()
    else reader.unknown()
  }
  return { seconds, nanos }
}

function readRecord(reader: ProtoReader): WalRecord {
  if (!reader.next()) reader.fail('empty record')
  const record = readKind(reader)
  if (reader.next()) reader.unknown()
  return record
}

function readKind(reader: ProtoReader): WalRecord {
  switch (reader.field) {
    case FIELD.roundState:
      return readRoundState(reader.message('EventDataRoundState'))
    case FIELD.message:
      return readMessage(reader.message('MsgInfo'))
    case FIELD.timeout:
      return readTimeout(reader.message('TimeoutInfo'))
    case FIELD.endHeight:
      return readEndHeight(reader.message('EndHeight'))
    case FIELD.note:
      return readNote(reader.message('Note'))
    default:
      return reader.unknown()
  }
}

function readRoundState(reader: ProtoReader): WalRecord {
  let height = 0
  let round = 0
  let step = ''
  while (reader.next()) {
    if (reader.field === 1) height = reader.int64()
    else if (reader.field === 2) round = reader.int32()
    else if (reader.field === 3) step = reader.string(MAX_TEXT_BYTES)
    else reader.unknown()
  }
  return { kind: 'roundState', height, round, step }
}

function readMessage(reader: ProtoReader): WalRecord {
  let message: Uint8Array | null = null
  let peer = ''
  while (reader.next()) {
    if (reader.field === 1) message = reader.repeatedBytes(MAX_WAL_PAYLOAD_BYTES)
    else if (reader.field === 2) peer = reader.string(MAX_TEXT_BYTES)
    else reader.unknown()
  }
  reader.require(message, 'msg')
  return { kind: 'message', message, peer }
}

function readTimeout(reader: ProtoReader): WalRecord {
  let durationMs = 0
  let height = 0
  let round = 0
  let step = 0
  while (reader.next()) {
    if (reader.field === 1) {
      const duration = readSecondsAndNanos(reader.message('Duration'))
      durationMs = duration.seconds * MS_PER_SECOND + duration.nanos / NANOS_PER_MS
    } else if (reader.field === 2) height = reader.int64()
    else if (reader.field === 3) round = reader.int32()
    else if (reader.field === 4) step = reader.uint32()
    else reader.unknown()
  }
  return { kind: 'timeout', durationMs, height, round, step }
}

function readEndHeight(reader: ProtoReader): WalRecord {
  let height = 0
  while (reader.next()) {
    if (reader.field === 1) height = reader.int64()
    else reader.unknown()
  }
  return { kind: 'endHeight', height }
}

function readNote(reader: ProtoReader): WalRecord {
  let label = ''
  let data: Uint8Array = new Uint8Array(0)
  while (reader.next()) {
    if (reader.field === 1) label = reader.string(MAX_TEXT_BYTES)
    else if (reader.field === 2) data = reader.bytes(MAX_WAL_PAYLOAD_BYTES)
    else reader.unknown()
  }
  return { kind: 'note', label, data }
}
