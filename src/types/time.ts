import { assert } from '../util/index.ts'
import type { Timestamp } from './primitives.ts'

const NANOS_PER_SECOND = 1_000_000_000
const NANOS_PER_MS = 1_000_000
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the range of protobuf's Timestamp. */
const MIN_SECONDS = -62135596800
const MAX_SECONDS = 253402300799

/** True for a moment protobuf's Timestamp can hold: years 1 to 9999 and 0 <= nanos < 1e9. */
export function isValidTimestamp(time: Timestamp): boolean {
  return (
    Number.isInteger(time.seconds) &&
    time.seconds >= MIN_SECONDS &&
    time.seconds <= MAX_SECONDS &&
    Number.isInteger(time.nanos) &&
    time.nanos >= 0 &&
    time.nanos < NANOS_PER_SECOND
  )
}

/** The moment `ms` milliseconds after 1970-01-01T00:00:00Z; a fraction of a millisecond is kept, rounded to the nanosecond. */
export function timestampFromMs(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000)
  const nanos = Math.round((ms - seconds * 1000) * NANOS_PER_MS)
  return nanos === NANOS_PER_SECOND ? { seconds: seconds + 1, nanos: 0 } : { seconds, nanos }
}

/** Milliseconds since 1970-01-01T00:00:00Z, with the fraction a double can hold. */
export function timestampToMs(time: Timestamp): number {
  return time.seconds * 1000 + time.nanos / NANOS_PER_MS
}

/** Negative when `a` is earlier than `b`, 0 when equal, positive when later. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.seconds - b.seconds || a.nanos - b.nanos
}

/** `time` moved by `nanos` nanoseconds, which may be negative. */
export function addNanos(time: Timestamp, nanos: bigint): Timestamp {
  const perSecond = BigInt(NANOS_PER_SECOND)
  const total = BigInt(time.nanos) + nanos
  let carry = total / perSecond
  let rest = total % perSecond
  if (rest < 0n) {
    rest += perSecond
    carry -= 1n
  }
  return { seconds: time.seconds + Number(carry), nanos: Number(rest) }
}

/** Nanoseconds from `earlier` to `later`, exact; negative when they are the other way round. */
export function nanosBetween(earlier: Timestamp, later: Timestamp): bigint {
  return (
    BigInt(later.seconds - earlier.seconds) * BigInt(NANOS_PER_SECOND) + BigInt(later.nanos - earlier.nanos)
  )
}

/** RFC 3339 in UTC with as many digits of a second as are needed, none when it is whole (Go's RFC3339Nano). */
export function timestampToRfc3339(time: Timestamp): string {
  assert(isValidTimestamp(time), `no such moment: ${time.seconds} s ${time.nanos} ns`)
  const whole = new Date(time.seconds * 1000).toISOString().slice(0, 19)
  if (time.nanos === 0) return `${whole}Z`
  return `${whole}.${String(time.nanos).padStart(9, '0').replace(/0+$/, '')}Z`
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

/**
 * Reads RFC 3339: upper-case T and Z, up to nine digits of a second, `Z` or an offset. Null for anything else, for days
 * and hours that do not exist, leap seconds, and moments outside years 1 to 9999.
 */
export function timestampFromRfc3339(text: string): Timestamp | null {
  const match = RFC3339.exec(text)
  if (match === null) return null
  const [, whole, fraction = '', zone] = match
  const ms = Date.parse(`${whole}Z`)
  // Date.parse lets 30 February and 24:00 spill over; only a moment that prints back the same is one.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== whole) return null
  const offset = zoneOffsetSeconds(zone!)
  if (offset === null) return null
  const time = { seconds: ms / 1000 - offset, nanos: Number(fraction.padEnd(9, '0')) }
  return isValidTimestamp(time) ? time : null
}

function zoneOffsetSeconds(zone: string): number | null {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 23 || minutes > 59) return null
  return (zone[0] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60)
}
