import type { Labels, Metrics } from '../../src/util/index.ts'

export interface Declared {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly buckets: readonly number[] | undefined
}

export interface RecordingMetrics extends Metrics {
  /** By `subsystem_name`. */
  readonly declared: ReadonlyMap<string, Declared>
  /** Every set of labels a metric was told a value with, as text. */
  readonly told: ReadonlyMap<string, ReadonlySet<string>>
}

/** Metrics that remember what was declared and what was ever told, and pass everything on. */
export function recordingMetrics(inner: Metrics): RecordingMetrics {
  const declared = new Map<string, Declared>()
  const told = new Map<string, Set<string>>()
  const note = (name: string, labels: Labels = {}): void => {
    const known = told.get(name) ?? new Set()
    told.set(name, known.add(JSON.stringify(labels)))
  }
  const declare = (one: Declared): void => {
    declared.set(one.name, one)
  }
  return {
    declared,
    told,
    counter(subsystem, metric, help, labels = []) {
      const name = `${subsystem}_${metric}`
      declare({ name, type: 'counter', help, labels, buckets: undefined })
      const counter = inner.counter(subsystem, metric, help, labels)
      return {
        inc(value, given) {
          note(name, given)
          counter.inc(value, given)
        }
      }
    },
    gauge(subsystem, metric, help, labels = []) {
      const name = `${subsystem}_${metric}`
      declare({ name, type: 'gauge', help, labels, buckets: undefined })
      const gauge = inner.gauge(subsystem, metric, help, labels)
      return {
        set(value, given) {
          note(name, given)
          gauge.set(value, given)
        }
      }
    },
    histogram(subsystem, metric, help, options = {}) {
      const name = `${subsystem}_${metric}`
      declare({ name, type: 'histogram', help, labels: options.labels ?? [], buckets: options.buckets })
      const histogram = inner.histogram(subsystem, metric, help, options)
      return {
        observe(value, given) {
          note(name, given)
          histogram.observe(value, given)
        }
      }
    }
  }
}
