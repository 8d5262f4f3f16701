import type { Clock, Counter, Gauge, LogContext, Logger, Metrics, Timer } from '../../../src/util/index.ts'

/** A clock whose time passes only by `advance`; timers run in the order of their times. */
export class FakeClock implements Clock {
  #nowMs = 1_000
  #timers: { atMs: number; action: () => void }[] = []

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  setTimer(delayMs: number, action: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, action }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter(other => other !== timer)
      }
    }
  }

  get timers(): number {
    return this.#timers.length
  }

  /** How long until the next timer; null when there is none. */
  get nextTimerInMs(): number | null {
    return this.#timers.length === 0 ? null : Math.min(...this.#timers.map(timer => timer.atMs)) - this.#nowMs
  }

  advance(ms: number): void {
    const until = this.#nowMs + ms
    for (;;) {
      const [next] = this.#timers.filter(timer => timer.atMs <= until).sort((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#timers = this.#timers.filter(timer => timer !== next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.action()
    }
    this.#nowMs = until
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly context: LogContext
}

/** Keeps every line. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = []

  debug(message: string, context: LogContext = {}): void {
    this.lines.push({ level: 'debug', message, context })
  }
  info(message: string, context: LogContext = {}): void {
    this.lines.push({ level: 'info', message, context })
  }
  warn(message: string, context: LogContext = {}): void {
    this.lines.push({ level: 'warn', message, context })
  }
  error(message: string, context: LogContext = {}): void {
    this.lines.push({ level: 'error', message, context })
  }
  child(): Logger {
    return this
  }

  count(message: string): number {
    return this.lines.filter(line => line.message === message).length
  }
}

/** Counts by name and label values, e.g. total('gossip_verdicts_total', { verdict: 'reject' }). */
export class RecordingMetrics implements Metrics {
  readonly #values: { name: string; labels: Readonly<Record<string, string>>; value: number }[] = []

  counter(_subsystem: string, name: string): Counter {
    return { inc: (value = 1, labels = {}) => void this.#values.push({ name, labels, value }) }
  }
  gauge(): Gauge {
    return { set() {} }
  }
  histogram() {
    return { observe() {} }
  }

  total(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#values
      .filter(entry => entry.name === name && Object.entries(labels).every(([k, v]) => entry.labels[k] === v))
      .reduce((sum, entry) => sum + entry.value, 0)
  }
}
