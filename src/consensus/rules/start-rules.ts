import type { ValueId } from '../message-view.ts'
import { initialRoundState, type RoundState } from '../round-state.ts'
import type { StepEnv } from '../step-env.ts'
import { startRound } from './actions.ts'
import type { Transition } from './rule.ts'

/** Line 10 (and 52 to 54): enters round 0 of a height, at once or when there is something to decide on. */
export function line10StartHeight(
  state: RoundState,
  input: { readonly height: number; readonly waitForTxs: boolean },
  env: StepEnv
): Transition | null {
  if (input.height < state.height) return null
  if (input.height === state.height && state.step !== 'newHeight') return null
  const fresh = initialRoundState(input.height)
  if (!input.waitForTxs) return startRound(fresh, 0, env)
  return { state: { ...fresh, step: 'propose', waiting: true }, effects: [] }
}

/** Line 10, put off until there are transactions. */
export function line10TxsAvailable(state: RoundState, env: StepEnv): Transition | null {
  return state.waiting ? startRound(state, 0, env) : null
}

/** Line 19 for a value that getValue (line 18) has made; too late once the propose step or the round is over. */
export function line19ProposeBuilt(
  state: RoundState,
  built: { readonly round: number; readonly value: ValueId }
): Transition | null {
  if (!state.building || state.round !== built.round) return null
  const { height, round } = state
  return {
    state: { ...state, building: false },
    effects: [{ kind: 'signProposal', height, round, value: built.value, polRound: -1 }]
  }
}
