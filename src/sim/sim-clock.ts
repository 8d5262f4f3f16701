import type { Clock, Timer } from '../util/index.ts'
import type { EventQueue } from './event-queue.ts'

/** 2026-01-01T00:00:00Z: where virtual wall clocks begin. */
export const SIM_EPOCH_MS = 1767225600000

/** One node's clock: virtual time seen with a skew and a drift of its own. Dead after {@link stop}. */
export class SimClock implements Clock {
  readonly #queue: EventQueue
  #skewMs: number
  readonly #driftPpm: number
  #alive = true

  constructor(queue: EventQueue, options: { readonly skewMs: number; readonly driftPpm: number }) {
    this.#queue = queue
    this.#skewMs = options.skewMs
    this.#driftPpm = options.driftPpm
  }

  now(): number {
    return SIM_EPOCH_MS + this.#skewMs + this.monotonic()
  }

  monotonic(): number {
    return this.#queue.nowMs * (1 + this.#driftPpm / 1e6)
  }

  setTimer(delayMs: number, action: () => void): Timer {
    return this.#queue.plan(delayMs / (1 + this.#driftPpm / 1e6), () => {
      if (this.#alive) action()
    })
  }

  /** Sets the wall clock forward or back, as an operator or a bad time server does. */
  jump(byMs: number): void {
    this.#skewMs += byMs
  }

  /** After this no timer of the node fires: its process is gone. */
  stop(): void {
    this.#alive = false
  }
}
