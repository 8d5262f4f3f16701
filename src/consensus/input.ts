import type { ValueId } from './message-view.ts'

export type TimeoutKind = 'propose' | 'prevote' | 'precommit'

export interface Timeout {
  readonly kind: TimeoutKind
  readonly height: number
  readonly round: number
}

/** Everything that can make the machine move. Messages do not enter here: they change the pool, then `poolChanged`. */
export type Input =
  | { readonly kind: 'startHeight'; readonly height: number; readonly waitForTxs?: boolean }
  | { readonly kind: 'txsAvailable'; readonly height: number }
  | { readonly kind: 'poolChanged' }
  | { readonly kind: 'valueBuilt'; readonly height: number; readonly round: number; readonly value: ValueId }
  | { readonly kind: 'timeoutElapsed'; readonly timeout: Timeout }
