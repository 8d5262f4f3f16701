import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { unreachable } from '../util/index.ts'
import type { Part } from './block.ts'
import { validatePart } from './part-set.ts'
import type { Height, Round } from './primitives.ts'
import { validateProposal, validateVote } from './validate-vote.ts'
import type { Proposal, Vote } from './vote.ts'
import { readPart, writePartFields } from './wire-part.ts'
import { readProposal, readVote, writeProposalFields, writeVoteFields } from './wire-vote.ts'

/** What validators tell each other about a height, as decoded and not yet verified. */
export type ConsensusMessage =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'blockPart'; readonly height: Height; readonly round: Round; readonly part: Part }
  | { readonly kind: 'vote'; readonly vote: Vote }

/** Field numbers of the oneof in tendermint.consensus.Message. */
const MESSAGE_FIELD = { proposal: 3, blockPart: 5, vote: 6 } as const
const FRAME_BYTES = 640

/** tendermint.consensus.Message. */
export function encodeConsensusMessage(message: ConsensusMessage): Uint8Array {
  const writer = new ProtoWriter(
    message.kind === 'blockPart' ? FRAME_BYTES + message.part.bytes.length : FRAME_BYTES
  )
  const mark = writer.begin(MESSAGE_FIELD[message.kind])
  writeMessageFields(writer, message)
  writer.end(mark)
  return writer.finish()
}

function writeMessageFields(writer: ProtoWriter, message: ConsensusMessage): void {
  if (message.kind === 'blockPart') {
    writer.int64(1, message.height)
    writer.int32(2, message.round)
  }
  const inner = writer.begin(message.kind === 'blockPart' ? 3 : 1)
  switch (message.kind) {
    case 'proposal':
      writeProposalFields(writer, message.proposal)
      break
    case 'blockPart':
      writePartFields(writer, message.part)
      break
    case 'vote':
      writeVoteFields(writer, message.vote)
      break
    default:
      unreachable(message)
  }
  writer.end(inner)
}

/** Throws DecodeError, also for the kinds of message that only CometBFT's own gossip uses. */
export function decodeConsensusMessage(bytes: Uint8Array): ConsensusMessage {
  const reader = new ProtoReader(bytes, 'consensus.Message')
  if (!reader.next()) reader.fail('no message in it')
  const message = readMessage(reader)
  if (reader.next()) reader.fail('more than one message in it')
  return message
}

function readMessage(reader: ProtoReader): ConsensusMessage {
  switch (reader.field) {
    case MESSAGE_FIELD.proposal:
      return readProposalMessage(reader.message('consensus.Proposal'))
    case MESSAGE_FIELD.blockPart:
      return readBlockPartMessage(reader.message('consensus.BlockPart'))
    case MESSAGE_FIELD.vote:
      return readVoteMessage(reader.message('consensus.Vote'))
    default:
      reader.unknown()
  }
}

function readProposalMessage(reader: ProtoReader): ConsensusMessage {
  let proposal: Proposal | null = null
  while (reader.next()) {
    if (reader.field !== 1) reader.unknown()
    proposal = readProposal(reader.message('Proposal'))
  }
  reader.require(proposal, 'proposal')
  return { kind: 'proposal', proposal }
}

function readVoteMessage(reader: ProtoReader): ConsensusMessage {
  let vote: Vote | null = null
  while (reader.next()) {
    if (reader.field !== 1) reader.unknown()
    vote = readVote(reader.message('Vote'))
  }
  reader.require(vote, 'vote')
  return { kind: 'vote', vote }
}

function readBlockPartMessage(reader: ProtoReader): ConsensusMessage {
  let height = 0
  let round = 0
  let part: Part | null = null
  while (reader.next()) {
    if (reader.field === 1) height = reader.int64()
    else if (reader.field === 2) round = reader.int32()
    else if (reader.field === 3) part = readPart(reader.message('Part'))
    else reader.unknown()
  }
  reader.require(part, 'part')
  return { kind: 'blockPart', height, round, part }
}

/** What is wrong with a message by itself, null when nothing is; see validateVote, validateProposal, validatePart. */
export function validateConsensusMessage(message: ConsensusMessage): string | null {
  switch (message.kind) {
    case 'proposal':
      return validateProposal(message.proposal)
    case 'vote':
      return validateVote(message.vote)
    case 'blockPart':
      if (message.height <= 0) return 'negative or zero Height'
      if (message.round < 0) return 'negative Round'
      return validatePart(message.part)
    default:
      return unreachable(message)
  }
}
