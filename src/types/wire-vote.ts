import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { ADDRESS_BYTES } from '../crypto/index.ts'
import type { BlockId } from './block-id.ts'
import { MAX_SIGNATURE_BYTES, MAX_VOTE_EXTENSION_BYTES } from './limits.ts'
import type { Timestamp } from './primitives.ts'
import { type Proposal, SIGNED_MSG_TYPE, type Vote, type VoteType } from './vote.ts'
import { readBlockId, readTimestamp, writeBlockId, writeTimestamp } from './wire-block-id.ts'

export const NO_BYTES: Uint8Array = new Uint8Array(0)
const VOTE_BYTES = 256

export function writeVoteFields(writer: ProtoWriter, vote: Vote): void {
  writer.int32(1, SIGNED_MSG_TYPE[vote.type])
  writer.int64(2, vote.height)
  writer.int32(3, vote.round)
  writeBlockId(writer, 4, vote.blockId)
  writeTimestamp(writer, 5, vote.timestamp)
  writer.hex(6, vote.validatorAddress)
  writer.int32(7, vote.validatorIndex)
  writer.bytes(8, vote.signature)
  writer.bytes(9, vote.extension)
  writer.bytes(10, vote.extensionSignature)
}

export function readVote(reader: ProtoReader): Vote {
  let type: VoteType | null = null
  let height = 0
  let round = 0
  let blockId: BlockId | null = null
  let timestamp: Timestamp | null = null
  let validatorAddress = ''
  let validatorIndex = 0
  let signature: Uint8Array = NO_BYTES
  let extension: Uint8Array = NO_BYTES
  let extensionSignature: Uint8Array = NO_BYTES
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        type = readVoteType(reader)
        break
      case 2:
        height = reader.int64()
        break
      case 3:
        round = reader.int32()
        break
      case 4:
        blockId = readBlockId(reader.message('BlockID'))
        break
      case 5:
        timestamp = readTimestamp(reader.message('Timestamp'))
        break
      case 6:
        validatorAddress = reader.hex(ADDRESS_BYTES)
        break
      case 7:
        validatorIndex = reader.int32()
        break
      case 8:
        signature = reader.bytes(MAX_SIGNATURE_BYTES)
        break
      case 9:
        extension = reader.bytes(MAX_VOTE_EXTENSION_BYTES)
        break
      case 10:
        extensionSignature = reader.bytes(MAX_SIGNATURE_BYTES)
        break
      default:
        reader.unknown()
    }
  }
  reader.require(type, 'type')
  reader.require(blockId, 'block_id')
  reader.require(timestamp, 'timestamp')
  return {
    type,
    height,
    round,
    blockId,
    timestamp,
    validatorAddress,
    validatorIndex,
    signature,
    extension,
    extensionSignature
  }
}

function readVoteType(reader: ProtoReader): VoteType {
  const type = reader.int32()
  if (type === SIGNED_MSG_TYPE.prevote) return 'prevote'
  if (type === SIGNED_MSG_TYPE.precommit) return 'precommit'
  reader.fail(`${type} is not a type of vote`)
}

/** tendermint.types.Vote. */
export function encodeVote(vote: Vote): Uint8Array {
  const writer = new ProtoWriter(VOTE_BYTES)
  writeVoteFields(writer, vote)
  return writer.finish()
}

/** Throws DecodeError. Byte fields of the vote are views on `bytes`. */
export function decodeVote(bytes: Uint8Array): Vote {
  return readVote(new ProtoReader(bytes, 'Vote'))
}

export function writeProposalFields(writer: ProtoWriter, proposal: Proposal): void {
  writer.int32(1, SIGNED_MSG_TYPE.proposal)
  writer.int64(2, proposal.height)
  writer.int32(3, proposal.round)
  writer.int32(4, proposal.polRound)
  writeBlockId(writer, 5, proposal.blockId)
  writeTimestamp(writer, 6, proposal.timestamp)
  writer.bytes(7, proposal.signature)
}

export function readProposal(reader: ProtoReader): Proposal {
  let type = 0
  let height = 0
  let round = 0
  let polRound = 0
  let blockId: BlockId | null = null
  let timestamp: Timestamp | null = null
  let signature: Uint8Array = NO_BYTES
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        type = reader.int32()
        break
      case 2:
        height = reader.int64()
        break
      case 3:
        round = reader.int32()
        break
      case 4:
        polRound = reader.int32()
        break
      case 5:
        blockId = readBlockId(reader.message('BlockID'))
        break
      case 6:
        timestamp = readTimestamp(reader.message('Timestamp'))
        break
      case 7:
        signature = reader.bytes(MAX_SIGNATURE_BYTES)
        break
      default:
        reader.unknown()
    }
  }
  if (type !== SIGNED_MSG_TYPE.proposal) reader.fail(`${type} is not the type of a proposal`)
  reader.require(blockId, 'block_id')
  reader.require(timestamp, 'timestamp')
  return { height, round, polRound, blockId, timestamp, signature }
}

/** tendermint.types.Proposal. */
export function encodeProposal(proposal: Proposal): Uint8Array {
  const writer = new ProtoWriter(VOTE_BYTES)
  writeProposalFields(writer, proposal)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeProposal(bytes: Uint8Array): Proposal {
  return readProposal(new ProtoReader(bytes, 'Proposal'))
}
