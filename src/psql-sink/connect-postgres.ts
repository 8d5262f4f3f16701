import { Socket } from 'node:net'
import pg from 'pg'
import type { Connect, SqlConnection, SqlRow, SqlValue } from './connection.ts'
import { PsqlSinkError } from './psql-sink-error.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** A statement writes one slice of a block: longer than this means the server hangs. */
const QUERY_TIMEOUT_MS = 60_000
/** Classes of SQLSTATE that speak of the session or the server, not of the statement. */
const SESSION_TROUBLE = /^(?:08|57P)/

/** Sessions with the server that `url` (postgresql://USER:PASSWORD@HOST:PORT/DATABASE) names. */
export function connectPostgres(url: string): Connect {
  return async () => {
    // Our own socket, so that a session can be ended while the server does not answer.
    const socket = new Socket()
    const client = new pg.Client({
      connectionString: url,
      application_name: 'pnyx',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      stream: () => socket
    })
    // What breaks the session between two statements is told by the next one.
    client.on('error', () => {})
    try {
      await client.connect()
    } catch (error) {
      socket.destroy()
      throw sinkError(error)
    }
    return sessionOf(client, socket)
  }
}

function sessionOf(client: pg.Client, socket: Socket): SqlConnection {
  return {
    async query(statement, values = []) {
      try {
        const { rows } = await client.query<SqlRow>(statement, values.map(toDriver))
        return rows
      } catch (error) {
        throw sinkError(error)
      }
    },
    close() {
      // Says goodbye where the server listens, and waits for nothing.
      client.end().catch(() => {})
      socket.destroy()
    }
  }
}

/** The driver knows Buffers as bytes, and other views as something else. */
function toDriver(value: SqlValue): unknown {
  if (!Array.isArray(value)) return value
  return value.map(one =>
    one instanceof Uint8Array ? Buffer.from(one.buffer, one.byteOffset, one.length) : one
  )
}

/** Nothing of the URL is in the message: it may carry a password. */
function sinkError(error: unknown): PsqlSinkError {
  const code = codeOf(error)
  const isRefused =
    /^[0-9A-Z]{5}$/.test(code) && !SESSION_TROUBLE.test(code) && error instanceof pg.DatabaseError
  return new PsqlSinkError(isRefused ? 'REFUSED' : 'UNREACHABLE', textOf(error, code), { cause: error })
}

/** A host with several addresses fails with an error without a message, and one inside for each. */
function textOf(error: unknown, code: string): string {
  if (error instanceof AggregateError) return error.errors.map(one => textOf(one, codeOf(one))).join('; ')
  const message = error instanceof Error ? error.message : String(error)
  return code === '' || message.includes(code) ? message : `${message} (${code})`
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
