import { type Decoded, ProtoReader, ProtoWriter, tryDecode } from '../../codec/index.ts'
import {
  type Commit,
  decodeCommit,
  decodeExtendedCommit,
  decodePart,
  type ExtendedCommit,
  encodeCommit,
  encodeExtendedCommit,
  encodePart,
  type Height,
  type Part
} from '../../types/index.ts'

/** "Give me the block at `height`, from this part on, and those that follow, as far as one answer reaches." */
export interface BlockSyncRequest {
  readonly height: Height
  readonly firstPart: number
}

/** One block as parts, with the commit that proves it. The last one of an answer may end before its last part. */
export interface SyncedBlock {
  readonly commit: Commit
  /** Where vote extensions are enabled: what a proposer of the next height needs. */
  readonly extendedCommit: ExtendedCommit | null
  readonly parts: readonly Part[]
}

export interface BlockSyncResponse {
  /** The newest height the peer has. */
  readonly tip: Height
  /** The oldest height the peer still has. */
  readonly base: Height
  readonly blocks: readonly SyncedBlock[]
}

export const MAX_SYNC_BLOCKS = 100
/** One answer carries about this much of parts; with their proofs it stays within the 4 MiB of an answer. */
export const MAX_SYNC_PART_BYTES = 3 * 1024 * 1024
const MAX_PART_MESSAGE_BYTES = 65536 + 8192
const MAX_COMMIT_BYTES = 4 * 1024 * 1024

export function encodeBlockSyncRequest(request: BlockSyncRequest): Uint8Array {
  const writer = new ProtoWriter(16)
  writer.int64(1, request.height)
  writer.uint32(2, request.firstPart)
  return writer.finish()
}

export function decodeBlockSyncRequest(bytes: Uint8Array): Decoded<BlockSyncRequest> {
  return tryDecode(input => {
    const reader = new ProtoReader(input, 'BlockSyncRequest')
    let height = 0
    let firstPart = 0
    while (reader.next()) {
      if (reader.field === 1) height = reader.int64()
      else if (reader.field === 2) firstPart = reader.uint32()
      else reader.unknown()
    }
    return { height, firstPart }
  }, bytes)
}

export function encodeBlockSyncResponse(response: BlockSyncResponse): Uint8Array {
  const writer = new ProtoWriter(4096)
  writer.int64(1, response.tip)
  writer.int64(2, response.base)
  for (const block of response.blocks) {
    const mark = writer.begin(3)
    writer.repeatedBytes(1, encodeCommit(block.commit))
    if (block.extendedCommit) writer.repeatedBytes(2, encodeExtendedCommit(block.extendedCommit))
    for (const part of block.parts) writer.repeatedBytes(3, encodePart(part))
    writer.end(mark)
  }
  return writer.finish()
}

export function decodeBlockSyncResponse(bytes: Uint8Array): Decoded<BlockSyncResponse> {
  return tryDecode(input => {
    const reader = new ProtoReader(input, 'BlockSyncResponse')
    let tip = 0
    let base = 0
    const blocks: SyncedBlock[] = []
    while (reader.next()) {
      if (reader.field === 1) tip = reader.int64()
      else if (reader.field === 2) base = reader.int64()
      else if (reader.field === 3) {
        if (blocks.length === MAX_SYNC_BLOCKS) reader.fail(`more than ${MAX_SYNC_BLOCKS} blocks`)
        blocks.push(readSyncedBlock(reader.repeatedMessage('SyncedBlock')))
      } else reader.unknown()
    }
    return { tip, base, blocks }
  }, bytes)
}

function readSyncedBlock(reader: ProtoReader): SyncedBlock {
  let commit: Commit | null = null
  let extendedCommit: ExtendedCommit | null = null
  const parts: Part[] = []
  while (reader.next()) {
    if (reader.field === 1) commit = decodeCommit(reader.bytes(MAX_COMMIT_BYTES))
    else if (reader.field === 2) extendedCommit = decodeExtendedCommit(reader.bytes(MAX_COMMIT_BYTES))
    else if (reader.field === 3) parts.push(decodePart(reader.repeatedBytes(MAX_PART_MESSAGE_BYTES)))
    else reader.unknown()
  }
  reader.require(commit, 'commit')
  return { commit, extendedCommit, parts }
}
