import type { ValueId } from './message-view.ts'

export type Step = 'newHeight' | 'propose' | 'prevote' | 'precommit' | 'commit'

export interface RoundValue {
  readonly round: number
  readonly value: ValueId
}

/** The machine's whole state: the variables of Algorithm 1, nothing else. */
export interface RoundState {
  readonly height: number
  readonly round: number
  readonly step: Step
  readonly locked: RoundValue | null
  readonly valid: RoundValue | null
  readonly decision: RoundValue | null
  /** Which "for the first time" clauses have fired in this round. */
  readonly once: { readonly polkaAny: boolean; readonly polkaValue: boolean; readonly precommitAny: boolean }
  /** True from entering a round as its proposer until the own proposal is signed or the round ends. */
  readonly building: boolean
}

/** State before a height starts; `startHeight` moves it to round 0. */
export function initialRoundState(height: number): RoundState {
  return {
    height,
    round: 0,
    step: 'newHeight',
    locked: null,
    valid: null,
    decision: null,
    once: { polkaAny: false, polkaValue: false, precommitAny: false },
    building: false
  }
}
