import { type Proposal, SIGNED_MSG_TYPE, timestampToRfc3339, type Vote } from '../../types/index.ts'
import { blockIdToJson } from './header.ts'
import { base64OrNull, bytesToHexJson, hexJson, int64Json, type JsonObject } from './json.ts'

export function voteToJson(vote: Vote): JsonObject {
  return {
    type: SIGNED_MSG_TYPE[vote.type],
    height: int64Json(vote.height),
    round: vote.round,
    block_id: blockIdToJson(vote.blockId),
    timestamp: timestampToRfc3339(vote.timestamp),
    validator_address: hexJson(vote.validatorAddress),
    validator_index: vote.validatorIndex,
    signature: base64OrNull(vote.signature),
    extension: base64OrNull(vote.extension),
    extension_signature: base64OrNull(vote.extensionSignature)
  }
}

/** CometBFT's Proposal; `Type` has its Go name because the struct gives it no other. */
export function proposalToJson(proposal: Proposal): JsonObject {
  return {
    Type: SIGNED_MSG_TYPE.proposal,
    height: int64Json(proposal.height),
    round: proposal.round,
    pol_round: proposal.polRound,
    block_id: blockIdToJson(proposal.blockId),
    timestamp: timestampToRfc3339(proposal.timestamp),
    signature: base64OrNull(proposal.signature)
  }
}

const TYPE_NAME = {
  prevote: 'SIGNED_MSG_TYPE_PREVOTE(Prevote)',
  precommit: 'SIGNED_MSG_TYPE_PRECOMMIT(Precommit)'
} as const

/** One line for a vote, by which outside monitors read the rounds (CometBFT Vote.String). */
export function voteToText(vote: Vote | null): string {
  if (vote === null) return 'nil-Vote'
  const round = String(vote.round).padStart(2, '0')
  return (
    `Vote{${vote.validatorIndex}:${fingerprint(hexJson(vote.validatorAddress))} ` +
    `${vote.height}/${round}/${TYPE_NAME[vote.type]} ${fingerprint(hexJson(vote.blockId.hash))} ` +
    `${fingerprint(bytesToHexJson(vote.signature))} ${fingerprint(bytesToHexJson(vote.extension))} ` +
    `@ ${timestampToRfc3339(vote.timestamp)}}`
  )
}

/** The first six bytes, zeros where there are fewer. */
function fingerprint(hex: string): string {
  return hex.slice(0, 12).padEnd(12, '0')
}
