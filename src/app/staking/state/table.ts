import type { Hex } from '../../../crypto/index.ts'

/** A part of the state: records of one kind by id. Records are never changed in place. */
export interface Table<T> {
  /** Begins the keys of its records; letters only, so that no table's keys lie among another's. */
  readonly name: string
  encode(record: T): Uint8Array
  /** Throws DecodeError on bytes {@link encode} did not write. */
  decode(bytes: Uint8Array): T
  /**
   * Groups a record is a member of, by names beginning with the table's. Members of a group are held in memory, so this
   * is for what blocks must walk through, not for what there is one of an account.
   */
  groups?(id: string, record: T): readonly string[]
  /** Further ids under which queries find the record; those of one beginning lie together. */
  otherIds?(id: string): readonly string[]
}

/** The key of a record in the state and under the app hash: text, so that it can be read in a dump. */
export type StateKey = string

export function keyOf(table: Table<unknown>, id: string): StateKey {
  return `${table.name}/${id}`
}

/** A record before and after: null is none. */
export interface Change {
  readonly table: Table<unknown>
  readonly id: string
  readonly record: unknown
}

/** What reads of the state see: every layer above the committed state, and that itself. */
export interface StateReader {
  get<T>(table: Table<T>, id: string): T | null
  /** Ids in a group, in order; with `upTo` only those not above it. */
  members(group: string, upTo?: string): readonly string[]
}

/** Bytes of an account, lower-case hex: also a validator's operator. */
export type AccountId = Hex
