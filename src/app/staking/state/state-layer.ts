import { type Change, keyOf, type StateKey, type StateReader, type Table } from './table.ts'

/**
 * Changes on top of a state, which stays as it is. A block is one layer on the committed state, a transaction one on
 * its block: dropping a layer undoes it, {@link mergeInto} makes it part of the one below.
 */
export class StateLayer implements StateReader {
  readonly #below: StateReader
  readonly #changes = new Map<StateKey, Change>()
  /** By group: whether an id was added (true) or removed. */
  readonly #groups = new Map<string, Map<string, boolean>>()

  constructor(below: StateReader) {
    this.#below = below
  }

  get<T>(table: Table<T>, id: string): T | null {
    const change = this.#changes.get(keyOf(table, id))
    return change === undefined ? this.#below.get(table, id) : (change.record as T | null)
  }

  members(group: string, upTo?: string): readonly string[] {
    const below = this.#below.members(group, upTo)
    const own = this.#groups.get(group)
    if (own === undefined) return below
    const kept = below.filter(id => own.get(id) !== false)
    const known = new Set(kept)
    const added = [...own.keys()].filter(
      id => own.get(id) && !known.has(id) && (upTo === undefined || id <= upTo)
    )
    return added.length === 0 ? kept : [...kept, ...added].sort(compareText)
  }

  set<T>(table: Table<T>, id: string, record: T): void {
    this.#regroup(table, id, record)
    this.#changes.set(keyOf(table, id), { table: table, id, record })
  }

  delete<T>(table: Table<T>, id: string): void {
    this.#regroup(table, id, null)
    this.#changes.set(keyOf(table, id), { table: table, id, record: null })
  }

  /** The last state of every record touched, in the order of the first touch. */
  changes(): ReadonlyMap<StateKey, Change> {
    return this.#changes
  }

  /** Makes these changes in `target`, which must be the layer right below. This layer must not be used any more. */
  mergeInto(target: StateLayer): void {
    for (const [key, change] of this.#changes) target.#changes.set(key, change)
    for (const [group, ids] of this.#groups) {
      for (const [id, isMember] of ids) target.#note(group, id, isMember)
    }
  }

  #regroup<T>(table: Table<T>, id: string, record: T | null): void {
    if (table.groups === undefined) return
    const before = this.get(table, id)
    const left = before === null ? [] : table.groups(id, before)
    const joined = record === null ? [] : table.groups(id, record)
    for (const group of left) if (!joined.includes(group)) this.#note(group, id, false)
    for (const group of joined) if (!left.includes(group)) this.#note(group, id, true)
  }

  #note(group: string, id: string, isMember: boolean): void {
    const ids = this.#groups.get(group)
    if (ids === undefined) this.#groups.set(group, new Map([[id, isMember]]))
    else ids.set(id, isMember)
  }
}

/** Order of UTF-16 code units: that of the bytes for the ASCII ids here, and the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
