import type { Clock, Timer } from '../../src/util/index.ts'

interface Planned {
  readonly at: number
  readonly order: number
  readonly action: () => void
}

/** A clock that stands still until a test moves it. Timers of one moment run in the order they were set. */
export class ManualClock implements Clock {
  #nowMs = 0
  #order = 0
  #planned: Planned[] = []

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  setTimer(delayMs: number, action: () => void): Timer {
    const planned = { at: this.#nowMs + delayMs, order: this.#order++, action }
    this.#planned.push(planned)
    return {
      cancel: () => {
        this.#planned = this.#planned.filter(other => other !== planned)
      }
    }
  }

  get pending(): number {
    return this.#planned.length
  }

  /** Moves to the next timer and runs it; false when none is set. */
  runNext(): boolean {
    const next = this.#planned.reduce<Planned | null>(
      (best, each) =>
        best === null || each.at < best.at || (each.at === best.at && each.order < best.order) ? each : best,
      null
    )
    if (next === null) return false
    this.#planned = this.#planned.filter(other => other !== next)
    this.#nowMs = Math.max(this.#nowMs, next.at)
    next.action()
    return true
  }
}
