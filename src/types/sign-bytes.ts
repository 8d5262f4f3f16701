import { ProtoWriter } from '../codec/index.ts'
import { type BlockId, isNilBlockId } from './block-id.ts'
import type { Height, Round, Timestamp } from './primitives.ts'
import { type Proposal, SIGNED_MSG_TYPE, type Vote } from './vote.ts'
import { writeBlockId, writeTimestamp } from './wire-block-id.ts'

const CANONICAL_BYTES = 192

/**
 * What a validator signs for a vote: CanonicalVote behind its length (CometBFT types/canonical.go). Address and index
 * are not in it: who signed must be checked apart.
 */
export function voteSignBytes(
  chainId: string,
  vote: Pick<Vote, 'type' | 'height' | 'round' | 'blockId' | 'timestamp'>
): Uint8Array {
  return canonicalVoteBytes(chainId, SIGNED_MSG_TYPE[vote.type], vote)
}

/** {@link voteSignBytes} with the type as its number on the wire, 0 included. */
export function canonicalVoteBytes(
  chainId: string,
  type: number,
  vote: Pick<Vote, 'height' | 'round' | 'blockId' | 'timestamp'>
): Uint8Array {
  const writer = new ProtoWriter(CANONICAL_BYTES)
  writer.int32(1, type)
  writer.sfixed64(2, vote.height)
  writer.sfixed64(3, vote.round)
  if (!isNilBlockId(vote.blockId)) writeBlockId(writer, 4, vote.blockId)
  writeTimestamp(writer, 5, vote.timestamp)
  writer.string(6, chainId)
  return writer.finishDelimited()
}

/** What a proposer signs: CanonicalProposal behind its length. */
export function proposalSignBytes(chainId: string, proposal: Omit<Proposal, 'signature'>): Uint8Array {
  const writer = new ProtoWriter(CANONICAL_BYTES)
  writer.int32(1, SIGNED_MSG_TYPE.proposal)
  writer.sfixed64(2, proposal.height)
  writer.sfixed64(3, proposal.round)
  writer.int64(4, proposal.polRound)
  if (!isNilBlockId(proposal.blockId)) writeBlockId(writer, 5, proposal.blockId)
  writeTimestamp(writer, 6, proposal.timestamp)
  writer.string(7, chainId)
  return writer.finishDelimited()
}

/** What a validator signs for the extension of its precommit, an empty one too: CanonicalVoteExtension behind its length. */
export function voteExtensionSignBytes(
  chainId: string,
  vote: Pick<Vote, 'height' | 'round' | 'extension'>
): Uint8Array {
  const writer = new ProtoWriter(CANONICAL_BYTES + vote.extension.length)
  writer.bytes(1, vote.extension)
  writer.sfixed64(2, vote.height)
  writer.sfixed64(3, vote.round)
  writer.string(4, chainId)
  return writer.finishDelimited()
}

/**
 * Sign-bytes of one vote by many validators, as in a commit: only the time differs, so the rest is encoded once.
 * The function it returns gives fresh bytes at every call.
 */
export function makeVoteSignBytes(
  chainId: string,
  vote: { type: Vote['type']; height: Height; round: Round; blockId: BlockId }
): (timestamp: Timestamp) => Uint8Array {
  const head = new ProtoWriter(CANONICAL_BYTES)
  head.int32(1, SIGNED_MSG_TYPE[vote.type])
  head.sfixed64(2, vote.height)
  head.sfixed64(3, vote.round)
  if (!isNilBlockId(vote.blockId)) writeBlockId(head, 4, vote.blockId)
  const tail = new ProtoWriter(64)
  tail.string(6, chainId)
  const headBytes = head.finish()
  const tailBytes = tail.finish()
  return timestamp => {
    const writer = new ProtoWriter(CANONICAL_BYTES)
    writer.encodedFields(headBytes)
    writeTimestamp(writer, 5, timestamp)
    writer.encodedFields(tailBytes)
    return writer.finishDelimited()
  }
}
