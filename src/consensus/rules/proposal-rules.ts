import type { ProposalView } from '../message-view.ts'
import type { RoundState } from '../round-state.ts'
import type { StepEnv } from '../step-env.ts'
import { prevote } from './actions.ts'
import type { Transition } from './rule.ts'

/**
 * Lines 28 to 33: a proposal that was prevoted by +2/3 in an earlier round. The lock gives way when that round is not
 * before it. Of two proposals the first one that can be judged is taken.
 */
export function line28PrevoteOld(state: RoundState, env: StepEnv): Transition | null {
  if (state.step !== 'propose') return null
  const proposal = env.view
    .proposals(state.round)
    .find(p => isCheckedHere(p, env) && namesAnEarlierPolka(p, state, env))
  if (proposal === undefined) return null
  const { locked } = state
  const lockAllows = locked === null || locked.round <= proposal.polRound || locked.value === proposal.value
  return prevote(state, lockAllows && isValid(proposal, env) ? proposal.value : null, env)
}

/** Lines 22 to 27: a fresh proposal. Of two proposals the first one that can be judged is taken. */
export function line22PrevoteNew(state: RoundState, env: StepEnv): Transition | null {
  if (state.step !== 'propose') return null
  const proposal = env.view.proposals(state.round).find(p => p.polRound === -1 && isCheckedHere(p, env))
  if (proposal === undefined) return null
  const { locked } = state
  const lockAllows = locked === null || locked.value === proposal.value
  return prevote(state, lockAllows && isValid(proposal, env) ? proposal.value : null, env)
}

function namesAnEarlierPolka(proposal: ProposalView, state: RoundState, env: StepEnv): boolean {
  const { polRound, value } = proposal
  if (polRound < 0 || polRound >= state.round) return false
  return env.view.power('prevote', polRound, value) >= env.quorum
}

/** The paper's PROPOSAL carries the whole value; ours has arrived once the value is complete and judged. */
function isCheckedHere(proposal: ProposalView, env: StepEnv): boolean {
  return env.view.validity(proposal.value) !== 'unknown'
}

function isValid(proposal: ProposalView, env: StepEnv): boolean {
  return env.view.validity(proposal.value) === 'valid'
}
