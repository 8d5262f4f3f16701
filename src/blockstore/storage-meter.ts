import { type Metrics, noMetrics } from '../util/index.ts'

/** Counts syncs and how long they take, by what was synced: `wal`, `sign_state`, `block_store` and so on. */
export interface StorageMeter {
  synced(what: string, seconds: number): void
}

const SYNC_SECONDS_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 10]

export function makeStorageMeter(metrics: Metrics = noMetrics): StorageMeter {
  const count = metrics.counter('storage', 'fsyncs_total', 'Syncs of files and databases asked for.', [
    'what'
  ])
  const duration = metrics.histogram('storage', 'fsync_seconds', 'Time one sync took.', {
    labels: ['what'],
    buckets: SYNC_SECONDS_BUCKETS
  })
  return {
    synced(what, seconds) {
      count.inc(1, { what })
      duration.observe(seconds, { what })
    }
  }
}
