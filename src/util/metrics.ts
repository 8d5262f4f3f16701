export type Labels = Readonly<Record<string, string>>

export interface Counter {
  inc(value?: number, labels?: Labels): void
}
export interface Gauge {
  set(value: number, labels?: Labels): void
}
export interface Histogram {
  observe(value: number, labels?: Labels): void
}

/**
 * The metrics port. A room declares what it measures by subsystem and name; the composition root gives an
 * implementation. Asking twice for the same name gives the same instrument.
 */
export interface Metrics {
  counter(subsystem: string, name: string, help: string, labels?: readonly string[]): Counter
  gauge(subsystem: string, name: string, help: string, labels?: readonly string[]): Gauge
  histogram(
    subsystem: string,
    name: string,
    help: string,
    options?: { labels?: readonly string[]; buckets?: readonly number[] }
  ): Histogram
}

/** Values of one label, of which only so many are told apart: whoever can choose them must not fill the memory. */
export class BoundedLabel {
  readonly #limit: number
  readonly #known = new Set<string>()

  constructor(limit = 1000) {
    this.#limit = limit
  }

  /** The value itself, or `other` when there are too many already. */
  of(value: string): string {
    if (this.#known.has(value)) return value
    if (this.#known.size >= this.#limit) return 'other'
    this.#known.add(value)
    return value
  }
}

const nothing = { inc() {}, set() {}, observe() {} }
export const noMetrics: Metrics = { counter: () => nothing, gauge: () => nothing, histogram: () => nothing }
