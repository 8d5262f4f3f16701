import { choice, flag, type Section, text } from '../field.ts'

const NO_STATE_SYNC = 'state sync is not supported; a new node syncs block by block'

export const stateSyncSection = {
  table: 'statesync',
  comment: '',
  fields: {},
  withoutEffect: [
    { key: 'enable', reason: NO_STATE_SYNC, usual: false, refuse: true },
    { key: 'rpc_servers', reason: NO_STATE_SYNC, usual: '' },
    { key: 'trust_height', reason: NO_STATE_SYNC, usual: 0 },
    { key: 'trust_hash', reason: NO_STATE_SYNC, usual: '' },
    { key: 'trust_period', reason: NO_STATE_SYNC, usual: '168h0m0s' },
    { key: 'discovery_time', reason: NO_STATE_SYNC, usual: '15s' },
    { key: 'temp_dir', reason: NO_STATE_SYNC, usual: '' },
    { key: 'chunk_request_timeout', reason: NO_STATE_SYNC, usual: '10s' },
    { key: 'chunk_fetchers', reason: NO_STATE_SYNC, usual: '4' },
    { key: 'max_snapshot_chunks', reason: NO_STATE_SYNC, usual: 100_000 }
  ]
} as const satisfies Section

export const blockSyncSection = {
  table: 'blocksync',
  comment: '',
  fields: {},
  withoutEffect: [{ key: 'version', reason: 'there is one way of syncing blocks', usual: 'v0' }]
} as const satisfies Section

export const storageSection = {
  table: 'storage',
  comment: 'What is kept on disk.',
  fields: {
    discardAbciResponses: flag(false, {
      key: 'discard_abci_responses',
      comment: "Keep only the last block's results: saves space, and `block_results` answers no older height."
    })
  },
  withoutEffect: []
} as const satisfies Section

export const txIndexSection = {
  table: 'tx_index',
  comment: 'Finding transactions and blocks by hash and by event.',
  fields: {
    indexer: choice(['kv', 'null', 'psql'], 'kv', {
      key: 'indexer',
      comment:
        'kv: index them beside the blocks. psql: write them to PostgreSQL, where they are found by SQL. null: neither. Without kv, `tx`, `tx_search` and `block_search` are refused.'
    }),
    psqlConn: text('', {
      key: 'psql-conn',
      allowed: 'a URL as in postgresql://USER:PASSWORD@HOST:PORT/DATABASE',
      pattern: /^$|^postgres(?:ql)?:\/\/\S+$/,
      comment:
        'The database for indexer = "psql": postgresql://USER:PASSWORD@HOST:PORT/DATABASE. A password may also stand in $PGPASSWORD or ~/.pgpass.',
      secret: true
    })
  },
  withoutEffect: []
} as const satisfies Section
