import type { Commit, Height } from '../../types/index.ts'

/** Two nodes that are honest stand on different blocks of one height. */
export interface Fork {
  readonly height: Height
  readonly sides: readonly [ForkSide, ForkSide]
}

export interface ForkSide {
  readonly by: string
  /** Block id key. */
  readonly value: string
  /** The commit that decided it. */
  readonly commit: Commit
}
