import { type Decoded, ProtoReader, ProtoWriter, tryDecode } from '../codec/index.ts'
import {
  BLOCK_PART_SIZE_BYTES,
  type ConsensusMessage,
  decodeEvidence,
  decodeTxBatch,
  type Evidence,
  encodeConsensusMessage,
  encodeEvidence,
  encodeTxBatch,
  MAX_VOTE_EXTENSION_BYTES
} from '../types/index.ts'
import { assert } from '../util/index.ts'
import { type IncomingMessage, readIncoming } from './incoming.ts'

/**
 * Bounds of what one gossip message may hold, each the largest legal content and some framing. What is beyond them
 * is refused before it is decoded.
 */
export const FRAME_LIMITS = {
  consensus: { maxMessages: 1024, maxBytes: MAX_VOTE_EXTENSION_BYTES + 16 * 1024 },
  parts: { maxMessages: 1, maxBytes: BLOCK_PART_SIZE_BYTES + 8 * 1024 },
  evidence: { maxMessages: 64, maxBytes: 1024 * 1024 + 16 * 1024 }
} as const

/** Most transactions in one message: an empty one takes two bytes on the wire and a hundred on the heap. */
export const MAX_TXS_PER_FRAME = 4096

/** A batch of transactions is sent when it has about this size. */
export const TX_BATCH_BYTES = 16 * 1024

/** What the frames on the topics 'consensus', 'parts' and 'evidence' have in common. */
export interface Frame<T> {
  /**
   * Pub/sub drops bytes it has seen; a sender that repeats a message counts this up. It says nothing about the
   * message.
   */
  readonly attempt: number
  readonly messages: readonly T[]
}

type FrameBounds = { readonly maxMessages: number; readonly maxBytes: number }

/** A frame of the topic 'consensus'; what may be too much for one goes through {@link packConsensusFrames}. */
export function encodeConsensusFrame(frame: Frame<ConsensusMessage>): Uint8Array {
  return encodeEnvelope(frame.attempt, frame.messages.map(encodeConsensusMessage))
}

/** Packs messages, in order, into as few frames of the topic 'consensus' as the limits allow. */
export function packConsensusFrames(
  attempt: number,
  messages: readonly ConsensusMessage[]
): readonly Uint8Array[] {
  const { maxMessages, maxBytes } = FRAME_LIMITS.consensus
  const frames: Uint8Array[] = []
  let group: Uint8Array[] = []
  let size = ENVELOPE_OVERHEAD_BYTES
  for (const message of messages) {
    const encoded = encodeConsensusMessage(message)
    const needed = encoded.length + ENVELOPE_OVERHEAD_BYTES
    if (group.length === maxMessages || (group.length > 0 && size + needed > maxBytes)) {
      frames.push(encodeEnvelope(attempt, group))
      group = []
      size = ENVELOPE_OVERHEAD_BYTES
    }
    group.push(encoded)
    size += needed
  }
  if (group.length > 0) frames.push(encodeEnvelope(attempt, group))
  return frames
}

/**
 * Reads a frame of the topic 'consensus': votes, proposals, and parts small enough to travel with their proposal.
 * Byte fields are views on `bytes`.
 */
export function decodeConsensusFrame(bytes: Uint8Array): Decoded<Frame<IncomingMessage>> {
  return decodeFrame(bytes, FRAME_LIMITS.consensus, readIncoming)
}

/** A frame of the topic 'parts'. */
export function encodePartFrame(part: ConsensusMessage, attempt = 0): Uint8Array {
  assert(part.kind === 'blockPart', "only block parts travel on the topic 'parts'")
  return encodeEnvelope(attempt, [encodeConsensusMessage(part)])
}

/** Reads a frame of the topic 'parts': one block part. Its bytes are a view on `bytes`. */
export function decodePartFrame(bytes: Uint8Array): Decoded<Frame<IncomingMessage>> {
  return decodeFrame(bytes, FRAME_LIMITS.parts, (content, reader) => {
    const incoming = readIncoming(content)
    if (incoming.message.kind !== 'blockPart') reader.fail('only block parts belong here')
    return incoming
  })
}

/** A frame of the topic 'evidence'. */
export function encodeEvidenceFrame(attempt: number, evidence: readonly Evidence[]): Uint8Array {
  return encodeEnvelope(attempt, evidence.map(encodeEvidence))
}

/** Reads a frame of the topic 'evidence'. */
export function decodeEvidenceFrame(bytes: Uint8Array): Decoded<Frame<Evidence>> {
  return decodeFrame(bytes, FRAME_LIMITS.evidence, decodeEvidence)
}

/** A frame of the topic 'txs': tendermint.mempool.Message. Its content is what TxPool.takeBatch gave. */
export function encodeTxsFrame(txs: readonly Uint8Array[]): Uint8Array {
  return encodeTxBatch(txs)
}

/** Reads a frame of the topic 'txs'; empty transactions and ones beyond `maxTxBytes` are refused with the frame. */
export function decodeTxsFrame(bytes: Uint8Array, maxTxBytes: number): Decoded<readonly Uint8Array[]> {
  return tryDecode(input => {
    const reader: ProtoReader = new ProtoReader(input, 'mempool.Message')
    const txs = decodeTxBatch(input, MAX_TXS_PER_FRAME)
    if (txs.length === 0) reader.fail('no transactions in it')
    for (const tx of txs) {
      if (tx.length === 0) reader.fail('an empty transaction')
      if (tx.length > maxTxBytes) reader.fail(`a transaction of ${tx.length} bytes, max ${maxTxBytes}`)
    }
    return txs
  }, bytes)
}

/** Tag and length of one message, or of `attempt`. */
const ENVELOPE_OVERHEAD_BYTES = 6

/** The envelope: attempt = 1 uint32, messages = 2 repeated bytes. */
function encodeEnvelope(attempt: number, messages: readonly Uint8Array[]): Uint8Array {
  let size = ENVELOPE_OVERHEAD_BYTES
  for (const message of messages) size += message.length + ENVELOPE_OVERHEAD_BYTES
  const writer = new ProtoWriter(size)
  writer.uint32(1, attempt)
  for (const message of messages) writer.repeatedBytes(2, message)
  return writer.finish()
}

function decodeFrame<T>(
  bytes: Uint8Array,
  bounds: FrameBounds,
  decode: (content: Uint8Array, reader: ProtoReader) => T
): Decoded<Frame<T>> {
  return tryDecode(input => {
    const reader: ProtoReader = new ProtoReader(input, 'Frame')
    if (input.length > bounds.maxBytes) reader.fail(`${input.length} bytes, max ${bounds.maxBytes}`)
    let attempt = 0
    const contents: Uint8Array[] = []
    while (reader.next()) {
      if (reader.field === 1) attempt = reader.uint32()
      else if (reader.field === 2) {
        if (contents.length === bounds.maxMessages) reader.fail(`more than ${bounds.maxMessages} messages`)
        contents.push(reader.repeatedBytes(bounds.maxBytes))
      } else reader.unknown()
    }
    if (contents.length === 0) reader.fail('no messages in it')
    return { attempt, messages: contents.map(content => decode(content, reader)) }
  }, bytes)
}
