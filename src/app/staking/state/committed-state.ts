import { tryDecode } from '../../../codec/index.ts'
import { type Height, type Timestamp, ZERO_TIME } from '../../../types/index.ts'
import { GenerationCache } from '../../../util/index.ts'
import { AppError } from '../../app-error.ts'
import type { AppStore, AppStoreOp } from '../../app-store.ts'
import { EMPTY_ROOT, type NodePath, type NodeSource, rootOf } from '../tree/state-tree.ts'
import { type Children, decodeChildren, encodeChildren, type Hash } from '../tree/tree-node.ts'
import { message, timestamp, uint } from '../wire/schema.ts'
import { SortedIds } from './sorted-ids.ts'
import { type Change, keyOf, type StateKey, type StateReader, type Table } from './table.ts'

/** Records and nodes kept in memory, decoded. A record is some hundred bytes there, a node up to 2 KiB. */
const CACHED_RECORDS = 32_768
const CACHED_NODES = 8192
const STATE_PREFIX = 's/'
const TREE_PREFIX = 't/'
const INDEX_PREFIX = 'x/'
const META_KEY = keyBytes('meta')
const FORMAT = 2
const NO_BYTES = new Uint8Array(0)

/** The block a state is after. */
export interface Moment {
  /** 0 before the first commit. */
  readonly height: Height
  readonly time: Timestamp
}

/** A block's effect on what is stored. */
export interface StateCommit extends Moment {
  readonly changes: ReadonlyMap<StateKey, Change>
  /** The encoded records of {@link changes}. */
  readonly values: ReadonlyMap<StateKey, Uint8Array | null>
  readonly nodes: ReadonlyMap<NodePath, Children | null>
}

/**
 * The state as of the last committed block, in the app's store: records under `s/`, the nodes of the tree over them under
 * `t/`, further ids for queries under `x/`, and the height. A commit is one batch.
 */
export class CommittedState implements StateReader, NodeSource {
  readonly #store: AppStore
  readonly #records = new GenerationCache<{ readonly record: unknown }>(CACHED_RECORDS)
  readonly #nodes = new GenerationCache<{ readonly children: Children | null }>(CACHED_NODES)
  readonly #groups = new Map<string, SortedIds>()
  /** What is being written: the store may not have it yet. */
  #inFlight: StateCommit | null = null
  #moment: Moment
  #root: Hash = EMPTY_ROOT

  private constructor(store: AppStore, moment: Moment) {
    this.#store = store
    this.#moment = moment
  }

  /** `tables` are all that have groups. Throws AppError STATE_DAMAGED when the store holds what this app did not write. */
  static async open(store: AppStore, tables: readonly Table<unknown>[]): Promise<CommittedState> {
    const state = new CommittedState(store, readMeta(store.get(META_KEY)))
    for (const table of tables) await state.#loadGroups(table)
    state.#root = rootOf(state)
    return state
  }

  get moment(): Moment {
    return this.#moment
  }

  get root(): Hash {
    return this.#root
  }

  get<T>(table: Table<T>, id: string): T | null {
    const key = keyOf(table, id)
    const cached = this.#records.get(key)
    if (cached !== undefined) return cached.record as T | null
    const change = this.#inFlight?.changes.get(key)
    if (change !== undefined) return change.record as T | null
    const stored = this.#store.get(keyBytes(STATE_PREFIX + key))
    const record = stored === undefined ? null : decodeRecord(table, key, stored)
    this.#records.set(key, { record })
    return record
  }

  members(group: string, upTo?: string): readonly string[] {
    return this.#groups.get(group)?.upTo(upTo) ?? []
  }

  node(path: NodePath): Children | null {
    const cached = this.#nodes.get(path)
    if (cached !== undefined) return cached.children
    const waiting = this.#inFlight?.nodes.get(path)
    if (waiting !== undefined) return waiting
    const stored = this.#store.get(keyBytes(TREE_PREFIX + path))
    const children = stored === undefined ? null : decodeChildren(stored)
    if (stored !== undefined && children === null) throw damaged(`node ${path} of the state tree`)
    this.#nodes.set(path, { children })
    return children
  }

  /** Ids of a table that begin with `prefix`, from `from` on when given, in order; as the store has them. */
  async *idsFrom(table: Table<unknown>, prefix: string, from?: string): AsyncIterable<string> {
    yield* this.#scan(`${STATE_PREFIX}${table.name}/`, prefix, from)
  }

  /** As {@link idsFrom}, of a table's other ids. */
  async *otherIdsFrom(table: Table<unknown>, prefix: string, from?: string): AsyncIterable<string> {
    yield* this.#scan(`${INDEX_PREFIX}${table.name}/`, prefix, from)
  }

  /** Reads see the new state at once; it is stored when the promise resolves. */
  async commit(commit: StateCommit): Promise<void> {
    const ops = [...this.#recordOps(commit), ...nodeOps(commit.nodes)]
    ops.push({ type: 'put', key: META_KEY, value: encodeMeta(commit) })
    this.#regroup(commit.changes)
    for (const [key, { record }] of commit.changes) this.#records.set(key, { record })
    for (const [path, children] of commit.nodes) this.#nodes.set(path, { children })
    this.#inFlight = commit
    this.#moment = { height: commit.height, time: commit.time }
    this.#root = rootOf(this)
    await this.#store.batch(ops, { sync: false })
    this.#inFlight = null
  }

  async *#scan(head: string, prefix: string, from = prefix): AsyncIterable<string> {
    // The ids are ASCII: the first key behind those of a prefix is the prefix and a byte above them.
    const gte = keyBytes(head + (from < prefix ? prefix : from))
    const lt = keyBytes(`${head}${prefix}\x7f`)
    if (Buffer.compare(gte, lt) >= 0) return
    for await (const [key] of this.#store.entries({ gte, lt })) {
      yield Buffer.from(key).toString('latin1').slice(head.length)
    }
  }

  async #loadGroups(table: Table<unknown>): Promise<void> {
    const head = `${STATE_PREFIX}${table.name}/`
    const range = { gte: keyBytes(head), lt: keyBytes(`${head}\x7f`) }
    for await (const [key, value] of this.#store.entries(range)) {
      const id = Buffer.from(key).toString('latin1').slice(head.length)
      const record = decodeRecord(table, head + id, value)
      for (const group of table.groups?.(id, record) ?? []) this.#group(group).add(id)
    }
  }

  #group(name: string): SortedIds {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const group = new SortedIds()
    this.#groups.set(name, group)
    return group
  }

  /** To be called while reads still see the state before. */
  #regroup(changes: StateCommit['changes']): void {
    for (const { table, id, record } of changes.values()) {
      if (table.groups === undefined) continue
      const before = this.get(table, id)
      for (const name of before === null ? [] : table.groups(id, before)) this.#leave(name, id)
      for (const name of record === null ? [] : table.groups(id, record)) this.#group(name).add(id)
    }
  }

  #leave(name: string, id: string): void {
    const group = this.#group(name)
    group.delete(id)
    if (group.size === 0) this.#groups.delete(name)
  }

  *#recordOps({ changes, values }: StateCommit): Iterable<AppStoreOp> {
    for (const [stateKey, value] of values) {
      yield opOf(keyBytes(STATE_PREFIX + stateKey), value)
      const { table, id } = changes.get(stateKey)!
      for (const other of table.otherIds?.(id) ?? []) {
        const key = keyBytes(`${INDEX_PREFIX}${table.name}/${other}`)
        yield opOf(key, value === null ? null : NO_BYTES)
      }
    }
  }
}

function* nodeOps(nodes: StateCommit['nodes']): Iterable<AppStoreOp> {
  for (const [path, children] of nodes) {
    yield opOf(keyBytes(TREE_PREFIX + path), children === null ? null : encodeChildren(children))
  }
}

function opOf(key: Uint8Array, value: Uint8Array | null): AppStoreOp {
  return value === null ? { type: 'del', key } : { type: 'put', key, value }
}

function keyBytes(key: string): Uint8Array {
  return Buffer.from(key, 'latin1')
}

function decodeRecord<T>(table: Table<T>, key: StateKey, stored: Uint8Array): T {
  const decoded = tryDecode(table.decode, stored)
  if (decoded.ok) return decoded.value
  throw damaged(`record ${key}`, decoded.error)
}

const meta = message('Meta', { format: uint(1), height: uint(2), time: timestamp(3) })

function encodeMeta({ height, time }: Moment): Uint8Array {
  return meta.encode({ format: FORMAT, height, time })
}

function readMeta(stored: Uint8Array | undefined): Moment {
  if (stored === undefined) return { height: 0, time: ZERO_TIME }
  const decoded = tryDecode(meta.decode, stored)
  if (decoded.ok && decoded.value.format === FORMAT && decoded.value.height > 0) return decoded.value
  if (decoded.ok && decoded.value.format !== FORMAT) {
    const formats = `the state in the store has format ${decoded.value.format}, this program writes ${FORMAT}`
    throw new AppError('STATE_DAMAGED', `staking: ${formats}; a chain of before has to begin anew`)
  }
  throw damaged('the record of the height', decoded.ok ? undefined : decoded.error)
}

function damaged(what: string, cause?: unknown): AppError {
  const message = `staking: ${what} in the store is damaged; resync the app from the blocks`
  return new AppError('STATE_DAMAGED', message, { cause })
}
