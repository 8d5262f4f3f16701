import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from '../../util/index.ts'

const SAMPLE_MS = 5000
/**
 * How often the loop is looked at; less than this is not told apart from an idle loop. It takes 4 ms of CPU a second, and
 * yet a validator on a virtual machine that commits as fast as it can spends a tenth less on a block than with 50 ms.
 */
const RESOLUTION_MS = 10
const NANOS_PER_SECOND = 1e9
const PERCENTILES = [50, 99] as const

/**
 * Measures this process: how late the event loop is, what it takes of the machine. Returns the way to end it. A loop
 * that is late delays every timeout and every vote, so it is the first thing to look at when rounds grow.
 */
export function measureProcess(metrics: Metrics): () => void {
  const lag = metrics.gauge('process', 'event_loop_lag_seconds', 'How late timers fired in the last 5 s.', [
    'percentile'
  ])
  const memory = metrics.gauge('process', 'resident_memory_bytes', 'Memory of the process.')
  const heap = metrics.gauge('process', 'heap_used_bytes', 'JavaScript heap in use.')
  const cpu = metrics.counter('process', 'cpu_seconds_total', 'Processor time used, user and system.')
  // There is no state sync: the gauge is for dashboards that look for it.
  metrics.gauge('statesync', 'syncing', 'Whether or not a node is state syncing. 1 if yes, 0 if no.').set(0)
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  let used = process.cpuUsage()
  const sample = () => {
    for (const percentile of PERCENTILES) {
      lag.set(lagSeconds(delays.percentile(percentile)), { percentile: String(percentile) })
    }
    lag.set(lagSeconds(delays.max), { percentile: '100' })
    delays.reset()
    const { rss, heapUsed } = process.memoryUsage()
    memory.set(rss)
    heap.set(heapUsed)
    const { user, system } = process.cpuUsage(used)
    used = process.cpuUsage()
    cpu.inc((user + system) / 1e6)
  }
  sample()
  const timer = setInterval(sample, SAMPLE_MS).unref()
  return () => {
    clearInterval(timer)
    delays.disable()
  }
}

/** The histogram counts from one firing to the next, with the interval itself in it. */
function lagSeconds(nanos: number): number {
  return Math.max(0, nanos / NANOS_PER_SECOND - RESOLUTION_MS / 1000) || 0
}
