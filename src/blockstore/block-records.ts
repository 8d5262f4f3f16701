import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import {
  type BlockMeta,
  decodeBlockId,
  decodeHeader,
  encodeBlockId,
  encodeHeader,
  type Height
} from '../types/index.ts'
import type { SegmentEnd, SegmentLocation } from './segment-files.ts'

const MAX_BLOCK_ID_BYTES = 128
const MAX_HEADER_BYTES = 4096

/** tendermint.types.BlockMeta. */
export function encodeBlockMeta(meta: BlockMeta): Uint8Array {
  const writer = new ProtoWriter(512)
  writer.repeatedBytes(1, encodeBlockId(meta.blockId))
  writer.int64(2, meta.blockSize)
  writer.repeatedBytes(3, encodeHeader(meta.header))
  writer.int64(4, meta.numTxs)
  return writer.finish()
}

/** @throws DecodeError */
export function decodeBlockMeta(bytes: Uint8Array): BlockMeta {
  const reader: ProtoReader = new ProtoReader(bytes, 'BlockMeta')
  let blockId: BlockMeta['blockId'] | null = null
  let header: BlockMeta['header'] | null = null
  let blockSize = 0
  let numTxs = 0
  while (reader.next()) {
    if (reader.field === 1) blockId = decodeBlockId(reader.bytes(MAX_BLOCK_ID_BYTES))
    else if (reader.field === 2) blockSize = reader.int64()
    else if (reader.field === 3) header = decodeHeader(reader.bytes(MAX_HEADER_BYTES))
    else if (reader.field === 4) numTxs = reader.int64()
    else reader.unknown()
  }
  reader.require(blockId, 'block_id')
  reader.require(header, 'header')
  return { blockId, blockSize, header, numTxs }
}

/** Bytes of a block in the database itself, or where they lie in the segment files. */
export type BlockContent =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'segment'; readonly location: SegmentLocation }

const INLINE = 0
const IN_SEGMENT = 1

export function encodeBlockContent(content: BlockContent): Uint8Array {
  if (content.kind === 'inline') {
    const record = new Uint8Array(1 + content.bytes.length)
    record[0] = INLINE
    record.set(content.bytes, 1)
    return record
  }
  const { segment, offset, length } = content.location
  const record = Buffer.allocUnsafe(13)
  record[0] = IN_SEGMENT
  record.writeUInt32BE(segment, 1)
  record.writeUInt32BE(offset, 5)
  record.writeUInt32BE(length, 9)
  return record
}

/** Null when the record is of no known form. */
export function decodeBlockContent(record: Uint8Array): BlockContent | null {
  if (record[0] === INLINE) return { kind: 'inline', bytes: record.subarray(1) }
  if (record[0] !== IN_SEGMENT || record.length !== 13) return null
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  const location = { segment: view.getUint32(1), offset: view.getUint32(5), length: view.getUint32(9) }
  return { kind: 'segment', location }
}

/** The newest height, and how far the segments reach. */
export interface BlockTip {
  readonly height: Height
  readonly segmentEnd: SegmentEnd | null
}

export function encodeBlockTip(tip: BlockTip): Uint8Array {
  const writer = new ProtoWriter(32)
  writer.int64(1, tip.height)
  writer.int64(2, tip.segmentEnd?.segment ?? 0)
  writer.int64(3, tip.segmentEnd?.size ?? 0)
  return writer.finish()
}

export function decodeBlockTip(bytes: Uint8Array): BlockTip {
  const [height = 0, segment = 0, size = 0] = readNumbers(bytes, 'BlockTip')
  return { height, segmentEnd: segment === 0 ? null : { segment, size } }
}

/** Where history begins. */
export interface BlockBase {
  /** The lowest height whose block is stored. */
  readonly block: Height
  /** The lowest height whose header and commit are stored: evidence may need them longer. */
  readonly header: Height
}

export function encodeBlockBase(base: BlockBase): Uint8Array {
  const writer = new ProtoWriter(32)
  writer.int64(1, base.block)
  writer.int64(2, base.header)
  return writer.finish()
}

export function decodeBlockBase(bytes: Uint8Array): BlockBase {
  const [block = 0, header = 0] = readNumbers(bytes, 'BlockBase')
  return { block, header }
}

/** Reads a message whose fields are all numbers, in the order of their field numbers from 1. */
function readNumbers(bytes: Uint8Array, name: string): number[] {
  const reader: ProtoReader = new ProtoReader(bytes, name)
  const numbers: number[] = []
  while (reader.next()) {
    while (numbers.length < reader.field - 1) numbers.push(0)
    numbers.push(reader.int64())
  }
  return numbers
}
