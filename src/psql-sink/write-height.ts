import { type Height, txHash } from '../types/index.ts'
import type { SqlConnection } from './connection.ts'
import { PsqlSinkError } from './psql-sink-error.ts'
import { blockEventRows, type EventRow, encodeTxResultRow, txEventRows } from './rows.ts'
import type { AppliedBlock } from './stored-blocks.ts'

/** Transactions written by one statement, at most; fewer when they are large. */
const SLICE_TXS = 256
const SLICE_BYTES = 1_048_576

interface TxRow {
  readonly index: number
  readonly hash: string
  readonly record: Uint8Array
  readonly events: readonly EventRow[]
}

/**
 * Writes one height in one transaction: all of it is there afterwards, or nothing. Returns false when it was there
 * already, written by this node before a crash or by another node of the chain. Throws PsqlSinkError; the session is
 * then to be closed.
 */
export async function writeHeight(
  connection: SqlConnection,
  chainId: string,
  { block, results }: AppliedBlock
): Promise<boolean> {
  const { height } = block.header
  await connection.query('BEGIN')
  const [row] = await connection.query(
    `INSERT INTO blocks (height, chain_id, created_at) VALUES ($1, $2, now())
     ON CONFLICT (height, chain_id) DO NOTHING RETURNING rowid`,
    [String(height), chainId]
  )
  if (row === undefined) {
    await connection.query('ROLLBACK')
    return false
  }
  const blockId = String(row.rowid)
  await insertEvents(connection, blockId, [{ txId: null, events: blockEventRows(height, results.events) }])
  for (const slice of slicesOf(height, { block, results })) await insertTxs(connection, blockId, slice)
  await connection.query('COMMIT')
  return true
}

/** The highest height of the chain in the database, 0 for none. */
export async function highestHeight(connection: SqlConnection, chainId: string): Promise<Height> {
  const [row] = await connection.query('SELECT max(height) AS height FROM blocks WHERE chain_id = $1', [
    chainId
  ])
  return Number(row?.height ?? 0)
}

/** Rows are made slice by slice, so that a large block neither fills the memory nor holds up consensus. */
function* slicesOf(height: Height, { block, results }: AppliedBlock): Iterable<readonly TxRow[]> {
  let slice: TxRow[] = []
  let bytes = 0
  for (const [index, tx] of block.txs.entries()) {
    const result = results.txResults[index]!
    const hash = txHash(tx).toUpperCase()
    const record = encodeTxResultRow(height, index, tx, result)
    slice.push({ index, hash, record, events: txEventRows(hash, height, result.events) })
    bytes += record.length
    if (slice.length < SLICE_TXS && bytes < SLICE_BYTES) continue
    yield slice
    slice = []
    bytes = 0
  }
  if (slice.length > 0) yield slice
}

async function insertTxs(connection: SqlConnection, blockId: string, txs: readonly TxRow[]): Promise<void> {
  const rows = await connection.query(
    `INSERT INTO tx_results (block_id, index, created_at, tx_hash, tx_result)
     SELECT $1, t.index, now(), t.hash, t.record
     FROM unnest($2::int[], $3::varchar[], $4::bytea[]) AS t(index, hash, record)
     RETURNING index, rowid`,
    [blockId, txs.map(({ index }) => index), txs.map(({ hash }) => hash), txs.map(({ record }) => record)]
  )
  const idOf = new Map(rows.map(({ index, rowid }) => [Number(index), String(rowid)]))
  await insertEvents(
    connection,
    blockId,
    txs.map(({ index, events }) => ({ txId: idOf.get(index)!, events }))
  )
}

/** `txId` is null for events of the block itself. */
async function insertEvents(
  connection: SqlConnection,
  blockId: string,
  groups: readonly { readonly txId: string | null; readonly events: readonly EventRow[] }[]
): Promise<void> {
  const events = groups.flatMap(({ txId, events: rows }) => rows.map(row => ({ txId, ...row })))
  const ids = await reserveEventIds(connection, events.length)
  await connection.query(
    `INSERT INTO events (rowid, block_id, tx_id, type)
     SELECT e.id, $1, e.tx, e.type FROM unnest($2::bigint[], $3::bigint[], $4::varchar[]) AS e(id, tx, type)`,
    [blockId, ids, events.map(({ txId }) => txId), events.map(({ type }) => type)]
  )
  const attributes = events.flatMap(({ attributes: rows }, at) => rows.map(row => ({ id: ids[at]!, ...row })))
  // The schema has room for one value a key and event: the first stays.
  await connection.query(
    `INSERT INTO attributes (event_id, key, composite_key, value)
     SELECT * FROM unnest($1::bigint[], $2::varchar[], $3::varchar[], $4::varchar[]) ON CONFLICT DO NOTHING`,
    [
      attributes.map(({ id }) => id),
      attributes.map(({ key }) => key),
      attributes.map(({ compositeKey }) => compositeKey),
      attributes.map(({ value }) => value)
    ]
  )
}

/** Ids are drawn before the rows are made, since the order in which RETURNING gives rows back is not promised. */
async function reserveEventIds(connection: SqlConnection, count: number): Promise<readonly string[]> {
  const rows = await connection.query(
    `SELECT nextval(pg_get_serial_sequence('events', 'rowid')) AS id FROM generate_series(1, $1::int)`,
    [count]
  )
  if (rows.some(({ id }) => id === null)) {
    throw new PsqlSinkError('BAD_DATABASE', 'the column events.rowid has no sequence: it must be BIGSERIAL')
  }
  return rows.map(({ id }) => String(id))
}
