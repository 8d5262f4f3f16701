import type { Timeout } from './input.ts'
import type { ValueId, VoteKind } from './message-view.ts'

/** What the host must do, in order. A host without a key drops the sign and build effects. */
export type Effect =
  | { readonly kind: 'buildValue'; readonly height: number; readonly round: number }
  | {
      readonly kind: 'signProposal'
      readonly height: number
      readonly round: number
      readonly value: ValueId
      readonly polRound: number
    }
  | {
      readonly kind: 'signVote'
      readonly vote: VoteKind
      readonly height: number
      readonly round: number
      /** null votes nil. */
      readonly value: ValueId | null
    }
  | { readonly kind: 'scheduleTimeout'; readonly timeout: Timeout }
  | { readonly kind: 'commit'; readonly height: number; readonly round: number; readonly value: ValueId }
