import type { JsonObject } from '../../rpc/index.ts'
import { diagnose } from './diagnose.ts'
import type { Diagnosis } from './finding.ts'
import { focusRound } from './round-trouble.ts'
import type { BlockSnapshot, ConsensusSnapshot, RoundSnapshot, VoteSnapshot } from './snapshot.ts'
import { quorumPower, tallyVotes, totalPower } from './tally.ts'
import { percentNumber } from './wording.ts'

/** A diagnosis with the numbers behind it, as `consensus_diagnosis` answers; int64 are strings, as everywhere in RPC. */
export function diagnosisToJson(
  snapshot: ConsensusSnapshot,
  diagnosis: Diagnosis = diagnose(snapshot)
): JsonObject {
  const focus = focusRound(snapshot)
  return {
    health: diagnosis.health,
    situation: diagnosis.situation,
    sentence: diagnosis.sentence,
    advice: diagnosis.advice,
    awaits: snapshot.awaits,
    chain_id: snapshot.chainId,
    height: String(snapshot.height),
    round: snapshot.round,
    step: snapshot.step,
    catching_up: snapshot.isSyncing,
    total_power: String(totalPower(snapshot)),
    quorum_power: String(quorumPower(snapshot)),
    since_block_ms: roundOrNull(snapshot.sinceBlockMs),
    since_round_ms: roundOrNull(snapshot.sinceRoundMs),
    usual_height_ms: Math.round(snapshot.usualHeightMs),
    locked: snapshot.locked && { round: snapshot.locked.round, block: snapshot.locked.value },
    valid: snapshot.valid && { round: snapshot.valid.round, block: snapshot.valid.value },
    judged_round: focus?.round ?? snapshot.round,
    rounds: snapshot.rounds.map(round => roundToJson(snapshot, round)),
    validators: validatorsToJson(snapshot, focus),
    peers: snapshot.peers.map(({ name, height, round, step }) => ({
      name,
      height: String(height),
      round,
      step
    }))
  }
}

function roundToJson(snapshot: ConsensusSnapshot, round: RoundSnapshot): JsonObject {
  return {
    round: round.round,
    proposer: round.proposer,
    proposal: typeof round.proposal === 'string' ? round.proposal : blockToJson(round.proposal),
    prevotes: votesToJson(snapshot, round.prevotes),
    precommits: votesToJson(snapshot, round.precommits)
  }
}

function blockToJson({ value, received, total, validity, refusal }: BlockSnapshot): JsonObject {
  return { block: value, parts: received, total_parts: total, validity, refusal }
}

function votesToJson(snapshot: ConsensusSnapshot, votes: readonly (VoteSnapshot | null)[]): JsonObject {
  const { voted, values } = tallyVotes(snapshot, votes)
  return {
    power: String(voted),
    percent: percentNumber(voted, totalPower(snapshot)),
    values: values.map(({ value, power }) => ({ block: value, power: String(power) }))
  }
}

function validatorsToJson(snapshot: ConsensusSnapshot, focus: RoundSnapshot | null): JsonObject[] {
  const total = totalPower(snapshot)
  return snapshot.validators.map(({ address, name, power, lastSeenMs }, index) => ({
    index,
    address: address.toUpperCase(),
    name,
    power: String(power),
    percent: percentNumber(power, total),
    prevote: voteText(focus?.prevotes[index] ?? null),
    precommit: voteText(focus?.precommits[index] ?? null),
    last_seen_ms: roundOrNull(lastSeenMs),
    self: index === snapshot.self
  }))
}

/** The block's hash, `nil`, or null for no vote. */
function voteText(vote: VoteSnapshot | null): string | null {
  return vote === null ? null : (vote.value ?? 'nil')
}

function roundOrNull(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms)
}
