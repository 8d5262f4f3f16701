import type { RoundState } from '../round-state.ts'
import type { StepEnv } from '../step-env.ts'
import { precommit } from './actions.ts'
import type { Transition } from './rule.ts'

/** Lines 36 to 43 in the prevote step: a polka for a valid value proposed in this round locks it and precommits it. */
export function line36Lock(state: RoundState, env: StepEnv): Transition | null {
  if (state.step !== 'prevote') return null
  const { round } = state
  const proposal = env.view
    .proposals(round)
    .find(
      p => env.view.power('prevote', round, p.value) >= env.quorum && env.view.validity(p.value) === 'valid'
    )
  if (proposal === undefined) return null
  const { value } = proposal
  const locked = {
    ...state,
    locked: { round, value },
    valid: { round, value },
    once: { ...state.once, polkaValue: true }
  }
  return precommit(locked, value, env)
}

/**
 * Lines 42 and 43 in any other case: the polka's value becomes the valid value without a lock. Neither the proposal
 * message nor a step is asked for: knowing a value that +2/3 prevoted can only help the next proposal.
 */
export function line42SetValid(state: RoundState, env: StepEnv): Transition | null {
  if (state.once.polkaValue) return null
  const value = env.view.polka(state.round)
  if (value === undefined || value === null || env.view.validity(value) !== 'valid') return null
  const once = { ...state.once, polkaValue: true }
  return { state: { ...state, valid: { round: state.round, value }, once }, effects: [] }
}

/** Lines 44 to 46: a polka for nil. */
export function line44PrecommitNil(state: RoundState, env: StepEnv): Transition | null {
  if (state.step !== 'prevote') return null
  return env.view.power('prevote', state.round, null) >= env.quorum ? precommit(state, null, env) : null
}
