export type SqlValue =
  | string
  | number
  | readonly (string | null)[]
  | readonly number[]
  | readonly Uint8Array[]
  | null

export type SqlRow = Readonly<Record<string, unknown>>

/** One session with the database. BIGINT comes and goes as decimal text. */
export interface SqlConnection {
  /** Throws PsqlSinkError: UNREACHABLE when the session is lost, REFUSED when the statement is. */
  query(statement: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>
  /** Ends the session at once, whatever it does; an open transaction is undone by the server. */
  close(): void
}

/** Opens a session. Throws PsqlSinkError. */
export type Connect = () => Promise<SqlConnection>
