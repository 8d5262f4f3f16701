import type { Clock, Timer } from '../util/index.ts'
import type { EventQueue } from './event-queue.ts'
import type { ProcessGate } from './process-gate.ts'

/** 2026-01-01T00:00:00Z: where virtual wall clocks begin. */
export const SIM_EPOCH_MS = 1767225600000

/** Timers fire on whole ticks: a rest of a rounding error must not become an endless row of events without time. */
const TICKS_PER_MS = 1000

/** How far a machine's wall clock is off, and by how many millionths it runs fast. */
export interface ClockError {
  readonly skewMs: number
  readonly driftPpm: number
}

/** One node's clock: virtual time seen with a skew and a drift of its own. */
export class SimClock implements Clock {
  readonly #queue: EventQueue
  readonly #gate: ProcessGate
  readonly #driftPpm: number
  #skewMs: number

  constructor(queue: EventQueue, gate: ProcessGate, { skewMs, driftPpm }: ClockError) {
    this.#queue = queue
    this.#gate = gate
    this.#skewMs = skewMs
    this.#driftPpm = driftPpm
  }

  now(): number {
    return SIM_EPOCH_MS + this.#skewMs + this.monotonic()
  }

  monotonic(): number {
    return this.#queue.nowMs * (1 + this.#driftPpm / 1e6)
  }

  setTimer(delayMs: number, action: () => void): Timer {
    let cancelled = false
    const ticks = Math.ceil((delayMs / (1 + this.#driftPpm / 1e6)) * TICKS_PER_MS)
    const timer = this.#queue.plan(ticks / TICKS_PER_MS, () => {
      this.#gate.enter(() => {
        if (!cancelled) action()
      })
    })
    return {
      cancel() {
        cancelled = true
        timer.cancel()
      }
    }
  }

  /** Sets the wall clock forward or back, as an operator or a bad time server does. */
  jump(byMs: number): void {
    this.#skewMs += byMs
  }
}
