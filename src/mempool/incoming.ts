import { type Decoded, tryDecode } from '../codec/index.ts'
import { sha256Hex } from '../crypto/index.ts'
import {
  type ConsensusMessage,
  decodeConsensusMessage,
  encodeConsensusMessage,
  type Hex
} from '../types/index.ts'
import { ownBytes } from './own-bytes.ts'

/** A consensus message as it came in, decoded and not yet verified. */
export interface IncomingMessage {
  readonly message: ConsensusMessage
  /** sha256 of its encoding, which is canonical since the decoder takes no other; '' for block parts. */
  readonly id: Hex
  /** Bytes of its encoding. */
  readonly size: number
}

/** A message this node made or has at hand, for the door by which everyone's come in. */
export function makeIncoming(message: ConsensusMessage): IncomingMessage {
  return withId(message, encodeConsensusMessage(message))
}

/** One encoded message, such as a catch-up answer carries. */
export function decodeIncoming(bytes: Uint8Array): Decoded<IncomingMessage> {
  return tryDecode(readIncoming, bytes)
}

/** Throws DecodeError. */
export function readIncoming(bytes: Uint8Array): IncomingMessage {
  return withId(decodeConsensusMessage(bytes), bytes)
}

/** The message with memory of its own, where it would otherwise hold the frame it came in; parts stay as they are. */
export function detachMessage(message: ConsensusMessage): ConsensusMessage {
  switch (message.kind) {
    case 'proposal': {
      const { proposal } = message
      const signature = ownBytes(proposal.signature)
      return signature === proposal.signature
        ? message
        : { kind: 'proposal', proposal: { ...proposal, signature } }
    }
    case 'vote': {
      const { vote } = message
      const signature = ownBytes(vote.signature)
      if (signature === vote.signature) return message
      const extension = ownBytes(vote.extension)
      const extensionSignature = ownBytes(vote.extensionSignature)
      return { kind: 'vote', vote: { ...vote, signature, extension, extensionSignature } }
    }
    case 'blockPart':
      // A part fills its frame: copying it would save nothing.
      return message
  }
}

/** A part is known by its place and proof; hashing 64 KiB for a name nobody asks for would cost more than the rest. */
function withId(message: ConsensusMessage, bytes: Uint8Array): IncomingMessage {
  return { message, id: message.kind === 'blockPart' ? '' : sha256Hex(bytes), size: bytes.length }
}
