import type { RoundState } from '../round-state.ts'
import type { StepEnv } from '../step-env.ts'
import { startRound } from './actions.ts'
import type { Transition } from './rule.ts'

/**
 * Lines 49 to 51: +2/3 precommits of any round for a valid value decide it. The proposal message itself is not asked
 * for, since a certificate proves the same. Holds before the height is started too: a decision needs no vote of ours.
 * Lines 52 to 54 are the host's: it applies the value, then sends `startHeight` for the next one.
 */
export function line49Decide(state: RoundState, env: StepEnv): Transition | null {
  const quorum = env.view.precommitQuorum()
  if (quorum === null || env.view.validity(quorum.value) !== 'valid') return null
  const { round, value } = quorum
  return {
    state: { ...state, step: 'commit', decision: { round, value }, building: false, waiting: false },
    effects: [{ kind: 'commit', height: state.height, round, value }]
  }
}

/** Lines 55 and 56: +1/3 of the power speaks in a higher round, so at least one correct node is there. */
export function line55SkipRound(state: RoundState, env: StepEnv): Transition | null {
  const round = env.view.roundWithOneThirdAbove(state.round)
  return round === null ? null : startRound(state, round, env)
}

/**
 * Line 10, put off while no empty block is wanted: round 0 begins for us once its proposal is here, or once +1/3 of
 * the power takes part in it, so that a node without transactions is never what holds the others up.
 */
export function line10StopWaiting(state: RoundState, env: StepEnv): Transition | null {
  if (!state.waiting) return null
  const begun = env.view.proposals(0).length > 0 || env.view.roundWithOneThirdAbove(-1) !== null
  return begun ? startRound(state, 0, env) : null
}
