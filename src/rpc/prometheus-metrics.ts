import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client'
import { assert, type Counter, type Gauge, type Histogram, type Labels, type Metrics } from '../util/index.ts'

interface Instrument {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly instrument: Counter | Gauge | Histogram
}

/**
 * The metrics port over prom-client. Names are `namespace_subsystem_name` and every sample carries `chain_id`, as
 * CometBFT's do, so that its dashboards and alerts work. An instrument exists from when it is first asked for.
 */
export class PrometheusMetrics implements Metrics {
  readonly #namespace: string
  readonly #registry = new Registry()
  readonly #instruments = new Map<string, Instrument>()

  constructor(options: { readonly namespace: string; readonly chainId: string }) {
    this.#namespace = options.namespace
    this.#registry.setDefaultLabels({ chain_id: options.chainId })
  }

  counter(subsystem: string, name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#get('counter', subsystem, name, full => {
      const counter = new PromCounter({ name: full, help, labelNames: labels, registers: [this.#registry] })
      return {
        inc(value = 1, given?: Labels) {
          if (given === undefined) counter.inc(value)
          else counter.inc(given, value)
        }
      }
    })
  }

  gauge(subsystem: string, name: string, help: string, labels: readonly string[] = []): Gauge {
    return this.#get('gauge', subsystem, name, full => {
      const gauge = new PromGauge({ name: full, help, labelNames: labels, registers: [this.#registry] })
      return {
        set(value: number, given?: Labels) {
          if (given === undefined) gauge.set(value)
          else gauge.set(given, value)
        }
      }
    })
  }

  histogram(
    subsystem: string,
    name: string,
    help: string,
    options: { labels?: readonly string[]; buckets?: readonly number[] } = {}
  ): Histogram {
    return this.#get('histogram', subsystem, name, full => {
      const histogram = new PromHistogram({
        name: full,
        help,
        labelNames: options.labels ?? [],
        ...(options.buckets === undefined ? {} : { buckets: [...options.buckets] }),
        registers: [this.#registry]
      })
      return {
        observe(value: number, given?: Labels) {
          if (given === undefined) histogram.observe(value)
          else histogram.observe(given, value)
        }
      }
    })
  }

  /** Everything measured, in the text format of Prometheus. */
  render(): Promise<string> {
    return this.#registry.metrics()
  }

  #get<I extends Counter | Gauge | Histogram>(
    kind: Instrument['kind'],
    subsystem: string,
    name: string,
    make: (fullName: string) => I
  ): I {
    const fullName = [this.#namespace, subsystem, name].filter(part => part !== '').join('_')
    const known = this.#instruments.get(fullName)
    if (known !== undefined) {
      assert(known.kind === kind, `metric ${fullName} is a ${known.kind}, not a ${kind}`)
      return known.instrument as I
    }
    const instrument = make(fullName)
    this.#instruments.set(fullName, { kind, instrument })
    return instrument
  }
}
