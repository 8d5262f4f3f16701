import type { Effect } from '../effect.ts'
import type { RoundState } from '../round-state.ts'
import type { StepEnv } from '../step-env.ts'

/** Where one rule takes the machine. */
export interface Transition {
  readonly state: RoundState
  readonly effects: readonly Effect[]
}

/** One `upon` clause: null when its guard does not hold. */
export type Rule = (state: RoundState, env: StepEnv) => Transition | null
