export interface Timer {
  cancel(): void
}

/** The clock port. Nothing in the node reads time or sets a timer in another way, so that time can be simulated. */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970-01-01T00:00:00Z (may have a fraction). */
  now(): number
  /** Milliseconds from an arbitrary origin, never going back; for durations. */
  monotonic(): number
  /** Calls `action` once, `delayMs` from now. */
  setTimer(delayMs: number, action: () => void): Timer
}
