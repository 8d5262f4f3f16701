import { flag, integer, type Section } from '../field.ts'

const NO_FLOOD_LIMIT = 'transactions are gossiped in batches over a mesh'

const fields = {
  recheck: flag(true, {
    key: 'recheck',
    comment: 'Ask the application about the waiting transactions again after every block.'
  }),
  size: integer(5_000, {
    key: 'size',
    min: 1,
    max: 1_000_000,
    comment: 'Transactions that may wait.'
  }),
  maxTxsBytes: integer(67_108_864, {
    key: 'max_txs_bytes',
    min: 1,
    max: 4_294_967_296,
    comment: 'Bytes of all waiting transactions.'
  }),
  cacheSize: integer(10_000, {
    key: 'cache_size',
    min: 0,
    max: 10_000_000,
    comment: 'Hashes of transactions seen, so that a repeated one is not checked again.'
  }),
  keepInvalidTxsInCache: flag(false, {
    key: 'keep-invalid-txs-in-cache',
    comment: 'Remember refused transactions too: for applications where what was refused once stays wrong.'
  }),
  maxTxBytes: integer(1_048_576, {
    key: 'max_tx_bytes',
    min: 1,
    max: 104_857_600,
    comment: 'Bytes of one transaction.'
  })
}

export const mempoolSection = {
  table: 'mempool',
  comment: 'Transactions that wait for a block.',
  fields,
  withoutEffect: [
    { key: 'type', reason: 'transactions are always kept here and gossiped', usual: 'flood', refuse: true },
    { key: 'broadcast', reason: 'transactions are always gossiped', usual: true },
    { key: 'recheck_timeout', reason: 'the application runs inside the node', usual: '1s' },
    { key: 'wal_dir', reason: 'waiting transactions are not kept over a restart', usual: '' },
    { key: 'max_batch_bytes', reason: 'CometBFT does not use it either', usual: 0 },
    {
      key: 'experimental_max_gossip_connections_to_persistent_peers',
      reason: NO_FLOOD_LIMIT,
      usual: 0
    },
    {
      key: 'experimental_max_gossip_connections_to_non_persistent_peers',
      reason: NO_FLOOD_LIMIT,
      usual: 0
    }
  ]
} as const satisfies Section
