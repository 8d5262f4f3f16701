import type { Timeout } from '../input.ts'
import type { RoundState } from '../round-state.ts'
import type { StepEnv } from '../step-env.ts'
import { precommit, prevote, startRound } from './actions.ts'
import type { Transition } from './rule.ts'

/** Lines 34 and 35: +2/3 prevotes of any kind, once a round. */
export function line34ScheduleTimeoutPrevote(state: RoundState, env: StepEnv): Transition | null {
  if (state.step !== 'prevote' || state.once.polkaAny) return null
  if (env.view.powerOfAny('prevote', state.round) < env.quorum) return null
  const timeout: Timeout = { kind: 'prevote', height: state.height, round: state.round }
  return {
    state: { ...state, once: { ...state.once, polkaAny: true } },
    effects: [{ kind: 'scheduleTimeout', timeout }]
  }
}

/** Lines 47 and 48: +2/3 precommits of any kind, once a round, in whatever step. */
export function line47ScheduleTimeoutPrecommit(state: RoundState, env: StepEnv): Transition | null {
  if (state.once.precommitAny) return null
  if (env.view.powerOfAny('precommit', state.round) < env.quorum) return null
  const timeout: Timeout = { kind: 'precommit', height: state.height, round: state.round }
  return {
    state: { ...state, once: { ...state.once, precommitAny: true } },
    effects: [{ kind: 'scheduleTimeout', timeout }]
  }
}

/** Lines 57 to 60. */
export function line57TimeoutPropose(state: RoundState, env: StepEnv): Transition | null {
  return state.step === 'propose' ? prevote(state, null, env) : null
}

/** Lines 61 to 64. */
export function line61TimeoutPrevote(state: RoundState, env: StepEnv): Transition | null {
  return state.step === 'prevote' ? precommit(state, null, env) : null
}

/**
 * Lines 65 to 67. A node that has not precommitted yet does so for nil first, as CometBFT does and the paper does not:
 * the vote binds nobody, and it tells the others that this validator took part in the round.
 */
export function line65TimeoutPrecommit(state: RoundState, env: StepEnv): Transition | null {
  const voted: Transition = state.step === 'precommit' ? { state, effects: [] } : precommit(state, null, env)
  const next = startRound(voted.state, state.round + 1, env)
  return { state: next.state, effects: [...voted.effects, ...next.effects] }
}
