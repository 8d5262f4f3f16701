import type { SqlConnection } from './connection.ts'
import { PsqlSinkError } from './psql-sink-error.ts'

/**
 * The tables and views of CometBFT v0.38's PostgreSQL sink (state/indexer/sink/psql/schema.sql), by name in the order
 * they are made, so that queries written for a CometBFT node run unchanged.
 */
const RELATIONS: readonly (readonly [name: string, statement: string])[] = [
  [
    'blocks',
    `CREATE TABLE blocks (
       rowid BIGSERIAL PRIMARY KEY,
       height BIGINT NOT NULL,
       chain_id VARCHAR NOT NULL,
       created_at TIMESTAMPTZ NOT NULL,
       UNIQUE (height, chain_id)
     )`
  ],
  ['idx_blocks_height_chain', 'CREATE INDEX idx_blocks_height_chain ON blocks (height, chain_id)'],
  [
    'tx_results',
    `CREATE TABLE tx_results (
       rowid BIGSERIAL PRIMARY KEY,
       block_id BIGINT NOT NULL REFERENCES blocks (rowid),
       index INTEGER NOT NULL,
       created_at TIMESTAMPTZ NOT NULL,
       tx_hash VARCHAR NOT NULL,
       tx_result BYTEA NOT NULL,
       UNIQUE (block_id, index)
     )`
  ],
  [
    'events',
    `CREATE TABLE events (
       rowid BIGSERIAL PRIMARY KEY,
       block_id BIGINT NOT NULL REFERENCES blocks (rowid),
       tx_id BIGINT NULL REFERENCES tx_results (rowid),
       type VARCHAR NOT NULL
     )`
  ],
  [
    'attributes',
    `CREATE TABLE attributes (
       event_id BIGINT NOT NULL REFERENCES events (rowid),
       key VARCHAR NOT NULL,
       composite_key VARCHAR NOT NULL,
       value VARCHAR NULL,
       UNIQUE (event_id, key)
     )`
  ],
  [
    'event_attributes',
    `CREATE VIEW event_attributes AS
       SELECT e.block_id, e.tx_id, e.type, a.key, a.composite_key, a.value
       FROM events e LEFT JOIN attributes a ON a.event_id = e.rowid`
  ],
  [
    'block_events',
    `CREATE VIEW block_events AS
       SELECT b.rowid AS block_id, b.height, b.chain_id, ea.type, ea.key, ea.composite_key, ea.value
       FROM blocks b JOIN event_attributes ea ON ea.block_id = b.rowid
       WHERE ea.tx_id IS NULL`
  ],
  [
    'tx_events',
    `CREATE VIEW tx_events AS
       SELECT b.height, t.index, b.chain_id, ea.type, ea.key, ea.composite_key, ea.value, t.created_at
       FROM blocks b JOIN tx_results t ON t.block_id = b.rowid JOIN event_attributes ea ON ea.tx_id = t.rowid`
  ]
]

/** Any number that two nodes making the schema at the same time agree on. */
const SCHEMA_LOCK = 0x706e7978

/**
 * Makes what is missing of the schema. Where all is there nothing is asked of the server that takes more rights than
 * reading. Throws PsqlSinkError: BAD_DATABASE for one that cannot hold every text.
 */
export async function ensureSchema(connection: SqlConnection): Promise<void> {
  const [encoding] = await connection.query('SHOW server_encoding')
  if (encoding?.server_encoding !== 'UTF8') {
    const found = String(encoding?.server_encoding)
    throw new PsqlSinkError('BAD_DATABASE', `the database has the encoding ${found}: it must be UTF8`)
  }
  if ((await missingRelations(connection)).length === 0) return
  await connection.query('BEGIN')
  await connection.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
  const missing = await missingRelations(connection)
  for (const [name, statement] of RELATIONS) if (missing.includes(name)) await connection.query(statement)
  await connection.query('COMMIT')
}

/** Asks the catalog itself: to_regclass may remember what was missing before another node made it. */
async function missingRelations(connection: SqlConnection): Promise<readonly string[]> {
  const names = RELATIONS.map(([name]) => name)
  const rows = await connection.query(
    `SELECT name FROM unnest($1::name[]) AS wanted(name)
     WHERE NOT EXISTS (SELECT FROM pg_class WHERE relname = name AND pg_table_is_visible(oid))`,
    [names]
  )
  return rows.map(({ name }) => String(name))
}
