import type { Labels, Metrics } from '../../src/util/index.ts'

export interface CountingMetrics extends Metrics {
  /** Sum of what a counter was increased by, under exactly these labels. */
  count(name: string, labels?: Labels): number
  /** How often a histogram was told something. */
  observed(name: string): number
}

/** Metrics that tests can read; names are `subsystem_name`. */
export function countingMetrics(): CountingMetrics {
  const counts = new Map<string, number>()
  const add = (key: string, value: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + value)
  }
  return {
    counter: (subsystem, name) => ({
      inc: (value = 1, labels = {}) => add(`${subsystem}_${name} ${JSON.stringify(labels)}`, value)
    }),
    gauge: () => ({ set() {} }),
    histogram: (subsystem, name) => ({ observe: () => add(`${subsystem}_${name}`, 1) }),
    count: (name, labels = {}) => counts.get(`${name} ${JSON.stringify(labels)}`) ?? 0,
    observed: name => counts.get(name) ?? 0
  }
}
