import { hashHeader, timestampToRfc3339, type ValidatorSet, ZERO_TIME } from '../../types/index.ts'
import type {
  PartProgress,
  PeerStateView,
  RoundBlock,
  RoundStateView,
  RoundStepName,
  RoundVotes,
  VoteList
} from '../node-view.ts'
import { bitsToJson, bitsToText } from './bits.ts'
import { blockToJson } from './block.ts'
import { partSetHeaderToJson } from './header.ts'
import { hexJson, int64Json, type JsonObject } from './json.ts'
import { validatorSetToJson } from './validators.ts'
import { proposalToJson, voteToText } from './vote.ts'

const STEP_NUMBER: Readonly<Record<RoundStepName, number>> = {
  newHeight: 1,
  newRound: 2,
  propose: 3,
  prevote: 4,
  prevoteWait: 5,
  precommit: 6,
  precommitWait: 7,
  commit: 8
}

/** A step under the name Go prints, as events carry it: `RoundStepPropose`. */
export function stepText(step: RoundStepName): string {
  return `RoundStep${step[0]!.toUpperCase()}${step.slice(1)}`
}

/** `BA{4:x_x_} 40/80 = 0.50`: who voted, their power, all power, the fraction (CometBFT VoteSet.BitArrayString). */
export function voteBitsToText(votes: VoteList, validators: ValidatorSet): string {
  let voted = 0n
  votes.forEach((vote, index) => {
    if (vote !== null) voted += validators.validators[index]?.power ?? 0n
  })
  const total = validators.totalPower
  const fraction = (Number(voted) / Number(total)).toFixed(2)
  return `${bitsToText(votes.map(vote => vote !== null))} ${voted}/${total} = ${fraction}`
}

function roundVotesToJson(votes: RoundVotes, validators: ValidatorSet): JsonObject {
  return {
    round: votes.round,
    prevotes: votes.prevotes.map(voteToText),
    prevotes_bit_array: voteBitsToText(votes.prevotes, validators),
    precommits: votes.precommits.map(voteToText),
    precommits_bit_array: voteBitsToText(votes.precommits, validators)
  }
}

/** The short form, `consensus_state`. */
export function roundStateSummaryToJson(state: RoundStateView): JsonObject {
  const { proposer, indexByAddress } = state.validators
  return {
    'height/round/step': `${state.height}/${state.round}/${STEP_NUMBER[state.step]}`,
    start_time: timestampToRfc3339(state.startTime),
    proposal_block_hash: state.proposalBlock === null ? '' : hexJson(hashHeader(state.proposalBlock.header)),
    locked_block_hash: hexJson(state.locked?.blockId.hash ?? ''),
    valid_block_hash: hexJson(state.valid?.blockId.hash ?? ''),
    height_vote_set: state.votes.map(votes => roundVotesToJson(votes, state.validators)),
    proposer: { address: hexJson(proposer.address), index: indexByAddress.get(proposer.address) ?? 0 }
  }
}

function partsToJson(parts: PartProgress | null): JsonObject | null {
  if (parts === null) return null
  const count = parts.received.reduce((sum, received) => sum + (received ? 1 : 0), 0)
  return { 'count/total': `${count}/${parts.header.total}`, parts_bit_array: bitsToJson(parts.received) }
}

/** The parts of a block that is here whole. */
function completePartsToJson(held: RoundBlock | null): JsonObject | null {
  if (held === null || held.block === null) return null
  const { total } = held.blockId.partSetHeader
  return { 'count/total': `${total}/${total}`, parts_bit_array: bitsToJson(Array(total).fill(true)) }
}

function heldBlockToJson(held: RoundBlock | null): JsonObject | null {
  return held === null || held.block === null ? null : blockToJson(held.block)
}

function lastCommitToJson(lastCommit: RoundStateView['lastCommit']): JsonObject | null {
  if (lastCommit === null) return null
  return {
    votes: lastCommit.votes.map(voteToText),
    votes_bit_array: voteBitsToText(lastCommit.votes, lastCommit.validators),
    peer_maj_23s: {}
  }
}

/** The long form, `dump_consensus_state`. */
export function roundStateToJson(state: RoundStateView): JsonObject {
  return {
    height: int64Json(state.height),
    round: state.round,
    step: STEP_NUMBER[state.step],
    start_time: timestampToRfc3339(state.startTime),
    commit_time: timestampToRfc3339(state.commitTime ?? ZERO_TIME),
    validators: validatorSetToJson(state.validators),
    proposal: state.proposal === null ? null : proposalToJson(state.proposal),
    proposal_block: state.proposalBlock === null ? null : blockToJson(state.proposalBlock),
    proposal_block_parts: partsToJson(state.proposalParts),
    locked_round: state.locked?.round ?? -1,
    locked_block: heldBlockToJson(state.locked),
    locked_block_parts: completePartsToJson(state.locked),
    valid_round: state.valid?.round ?? -1,
    valid_block: heldBlockToJson(state.valid),
    valid_block_parts: completePartsToJson(state.valid),
    votes: state.votes.map(votes => roundVotesToJson(votes, state.validators)),
    commit_round: state.commitRound,
    last_commit: lastCommitToJson(state.lastCommit),
    last_validators:
      state.lastCommit === null
        ? { validators: [], proposer: null }
        : validatorSetToJson(state.lastCommit.validators),
    triggered_timeout_precommit: state.waitingForPrecommits
  }
}

const NO_PARTS = { total: 0, hash: '' } as const

/** One peer of `dump_consensus_state`. What peers do not tell each other here stands at its "none". */
export function peerStateToJson(peer: PeerStateView): JsonObject {
  return {
    node_address: peer.address,
    peer_state: {
      round_state: {
        height: int64Json(peer.height),
        round: peer.round,
        step: STEP_NUMBER[peer.step],
        start_time: timestampToRfc3339(peer.startTime),
        proposal: peer.hasProposal,
        proposal_block_part_set_header: partSetHeaderToJson(peer.proposalParts?.header ?? NO_PARTS),
        proposal_block_parts: bitsToJson(peer.proposalParts?.received ?? null),
        proposal_pol_round: -1,
        proposal_pol: null,
        prevotes: bitsToJson(peer.prevotes),
        precommits: bitsToJson(peer.precommits),
        last_commit_round: -1,
        last_commit: null,
        catchup_commit_round: -1,
        catchup_commit: null
      },
      stats: { votes: int64Json(peer.usefulVotes), block_parts: int64Json(peer.usefulBlockParts) }
    }
  }
}
