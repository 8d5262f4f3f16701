import type { Counter, Gauge, Histogram, Metrics } from '../util/index.ts'

/** The tx pool's instruments, with CometBFT's names and texts. */
export interface TxPoolMetrics {
  readonly size: Gauge
  readonly sizeBytes: Gauge
  readonly txSizeBytes: Histogram
  readonly failedTxs: Counter
  readonly rejectedTxs: Counter
  readonly evictedTxs: Counter
  readonly recheckTimes: Counter
}

export function makeTxPoolMetrics(metrics: Metrics): TxPoolMetrics {
  const of = 'mempool'
  return {
    size: metrics.gauge(of, 'size', 'Number of uncommitted transactions in the mempool.'),
    sizeBytes: metrics.gauge(of, 'size_bytes', 'Total size of the mempool in bytes.'),
    txSizeBytes: metrics.histogram(of, 'tx_size_bytes', 'Histogram of transaction sizes in bytes.', {
      buckets: [1, 3, 9, 27, 81, 243, 729]
    }),
    failedTxs: metrics.counter(of, 'failed_txs', 'Number of failed transactions.'),
    rejectedTxs: metrics.counter(of, 'rejected_txs', 'Number of rejected transactions.'),
    evictedTxs: metrics.counter(of, 'evicted_txs', 'Number of evicted transactions.'),
    recheckTimes: metrics.counter(
      of,
      'recheck_times',
      'Number of times transactions are rechecked in the mempool.'
    )
  }
}
