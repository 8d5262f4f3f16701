import type { ValueId } from './message-view.ts'

export type Step = 'newHeight' | 'propose' | 'prevote' | 'precommit' | 'commit'

export interface RoundValue {
  readonly round: number
  readonly value: ValueId
}

/** The machine's whole state: the variables of Algorithm 1, and two marks of what this node is doing in `propose`. */
export interface RoundState {
  readonly height: number
  readonly round: number
  readonly step: Step
  readonly locked: RoundValue | null
  readonly valid: RoundValue | null
  readonly decision: RoundValue | null
  /** Which "for the first time" clauses have fired in this round. */
  readonly once: OnceFlags
  /** True from entering a round as its proposer until the own proposal is signed or the step ends. */
  readonly building: boolean
  /** True in round 0 while an empty block is not wanted: nobody builds, and the propose timeout does not run. */
  readonly waiting: boolean
}

export interface OnceFlags {
  /** Line 34: the prevote timeout is scheduled. */
  readonly polkaAny: boolean
  /** Lines 42 and 43: the valid value of this round is set. */
  readonly polkaValue: boolean
  /** Line 47: the precommit timeout is scheduled. */
  readonly precommitAny: boolean
}

export const NOTHING_YET: OnceFlags = { polkaAny: false, polkaValue: false, precommitAny: false }

/** State before a height starts; `startHeight` moves it to round 0. */
export function initialRoundState(height: number): RoundState {
  return {
    height,
    round: 0,
    step: 'newHeight',
    locked: null,
    valid: null,
    decision: null,
    once: NOTHING_YET,
    building: false,
    waiting: false
  }
}
