export type { Hex } from '../crypto/index.ts'

/** Block height, 1 and up; 0 means "before the first block". A safe integer; the decoder refuses anything beyond 2^53 - 1. */
export type Height = number

/** Round within a height, 0 and up (int32); -1 means "none". */
export type Round = number

/** Voting power, an int64 kept exact. */
export type Power = bigint

/** A moment to the nanosecond, as protobuf's Timestamp. Go's zero time is year 1: seconds -62135596800. */
export interface Timestamp {
  readonly seconds: number
  readonly nanos: number
}

/** Go's zero `time.Time`, 0001-01-01T00:00:00Z. */
export const ZERO_TIME: Timestamp = { seconds: -62135596800, nanos: 0 }
