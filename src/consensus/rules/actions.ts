import type { Effect } from '../effect.ts'
import type { ValueId, VoteKind } from '../message-view.ts'
import { NOTHING_YET, type RoundState } from '../round-state.ts'
import type { StepEnv } from '../step-env.ts'
import type { Transition } from './rule.ts'

/**
 * Function StartRound, lines 11 to 21. The proposer schedules the propose timeout too, which the paper leaves out:
 * its own build may fail, and then it must prevote nil like everyone else.
 */
export function startRound(state: RoundState, round: number, env: StepEnv): Transition {
  const { height, valid } = state
  const effects: Effect[] = [{ kind: 'scheduleTimeout', timeout: { kind: 'propose', height, round } }]
  const proposes = env.votes && env.isProposer(round)
  // After a restart the own proposal of this round may already have come back from the peers.
  const mustPropose = proposes && env.view.proposals(round).length === 0
  if (mustPropose && valid !== null) {
    effects.push({ kind: 'signProposal', height, round, value: valid.value, polRound: valid.round })
  } else if (mustPropose) {
    effects.push({ kind: 'buildValue', height, round })
  }
  const building = mustPropose && valid === null
  return { state: { ...state, round, step: 'propose', once: NOTHING_YET, building, waiting: false }, effects }
}

/** Prevotes and enters the prevote step (lines 24 to 27, 30 to 33, 59 and 60). */
export function prevote(state: RoundState, value: ValueId | null, env: StepEnv): Transition {
  return {
    state: { ...state, step: 'prevote', building: false, waiting: false },
    effects: signVote('prevote', state, value, env)
  }
}

/** Precommits and enters the precommit step (lines 40 and 41, 45 and 46, 63 and 64). */
export function precommit(state: RoundState, value: ValueId | null, env: StepEnv): Transition {
  return {
    state: { ...state, step: 'precommit', building: false, waiting: false },
    effects: signVote('precommit', state, value, env)
  }
}

function signVote(vote: VoteKind, state: RoundState, value: ValueId | null, env: StepEnv): readonly Effect[] {
  if (!env.votes) return []
  return [{ kind: 'signVote', vote, height: state.height, round: state.round, value }]
}
