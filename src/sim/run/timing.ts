import type { ConsensusTiming } from '../../validator/index.ts'
import { SIM_TIMING } from '../cluster.ts'
import type { SimOptions } from '../options/sim-options.ts'

export function timingOf(options: SimOptions): ConsensusTiming {
  const { timeoutCommitMs, skipTimeoutCommit, createEmptyBlocks } = options
  return { ...SIM_TIMING, timeoutCommitMs, skipTimeoutCommit, createEmptyBlocks }
}

/** How long the rounds from `first` on, `count` of them, may take with all their timeouts. */
export function roundsMs(timing: ConsensusTiming, first: number, count: number): number {
  let total = 0
  for (let round = first; round < first + count; round++) {
    total += timing.timeoutProposeMs + timing.timeoutProposeDeltaMs * round
    total += timing.timeoutPrevoteMs + timing.timeoutPrevoteDeltaMs * round
    total += timing.timeoutPrecommitMs + timing.timeoutPrecommitDeltaMs * round
  }
  return total
}
