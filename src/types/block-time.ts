import { assert } from '../util/index.ts'
import type { ChainState } from './chain-state.ts'
import type { Commit } from './commit.ts'
import { medianTime } from './median-time.ts'
import type { Height, Timestamp } from './primitives.ts'
import { addNanos, compareTimestamps, timestampFromMs, timestampToRfc3339 } from './time.ts'

/** A vote is later than the block it is for by at least this, so that block times rise. */
const TIME_IOTA_NANOS = 1_000_000n

/**
 * The time the block after `state` must carry: genesis time at the initial height, then the median of the last commit,
 * which has been verified (CometBFT State.MakeBlock).
 */
export function nextBlockTime(state: ChainState, lastCommit: Commit | null): Timestamp {
  if (state.lastBlockHeight === 0) return state.lastBlockTime
  assert(lastCommit !== null && state.lastValidators !== null, 'a block after the first has a last commit')
  return medianTime(lastCommit, state.lastValidators)
}

/**
 * What is wrong with `time` as that of the block at `height` after `state`; null when nothing is. `lastCommit` has been
 * verified (CometBFT state/validation.go).
 */
export function validateBlockTime(
  state: ChainState,
  height: Height,
  time: Timestamp,
  lastCommit: Commit | null
): string | null {
  const wanted = nextBlockTime(state, lastCommit)
  if (height === state.initialHeight) {
    return compareTimestamps(time, wanted) === 0
      ? null
      : `block time ${timestampToRfc3339(time)} is not equal to genesis time ${timestampToRfc3339(wanted)}`
  }
  if (compareTimestamps(time, state.lastBlockTime) <= 0) {
    const last = timestampToRfc3339(state.lastBlockTime)
    return `block time ${timestampToRfc3339(time)} not greater than last block time ${last}`
  }
  return compareTimestamps(time, wanted) === 0
    ? null
    : `invalid block time. Expected ${timestampToRfc3339(wanted)}, got ${timestampToRfc3339(time)}`
}

/**
 * The time a vote carries: now, but at least a millisecond after the block it is for, or that the node is locked on
 * (CometBFT State.voteTime). `blockTime` is null when there is no such block.
 */
export function voteTime(nowMs: number, blockTime: Timestamp | null): Timestamp {
  const now = timestampFromMs(nowMs)
  if (blockTime === null) return now
  const earliest = addNanos(blockTime, TIME_IOTA_NANOS)
  return compareTimestamps(now, earliest) > 0 ? now : earliest
}
