import { assert } from '../util/index.ts'
import { BLOCK_ID_FLAG, type Commit } from './commit.ts'
import type { Power, Timestamp } from './primitives.ts'
import { ZERO_TIME } from './primitives.ts'
import { compareTimestamps } from './time.ts'
import type { ValidatorSet } from './validator-set.ts'

export interface WeightedTime {
  readonly time: Timestamp
  readonly power: Power
}

/**
 * The time at which, counting power in order of time, half of all is reached (CometBFT types/time WeightedMedian).
 * Zero time when there are none.
 */
export function weightedMedian(times: readonly WeightedTime[]): Timestamp {
  let left = times.reduce((total, { power }) => total + power, 0n) / 2n
  for (const { time, power } of [...times].sort((a, b) => compareTimestamps(a.time, b.time))) {
    if (left <= power) return time
    left -= power
  }
  return ZERO_TIME
}

/**
 * BFT time: the median of the precommits in `commit`, those for nil too, each weighing its validator's power. `set`
 * made the commit, and `verifyCommit` has passed: entry i is of validator i, so the unsigned address is not consulted
 * (A-01).
 */
export function medianTime(commit: Commit, set: ValidatorSet): Timestamp {
  assert(commit.signatures.length === set.validators.length, 'the commit is not of this validator set')
  const times: WeightedTime[] = []
  commit.signatures.forEach((entry, index) => {
    if (entry.blockIdFlag === BLOCK_ID_FLAG.absent) return
    times.push({ time: entry.timestamp, power: set.validators[index]!.power })
  })
  return weightedMedian(times)
}
