import { crc32 } from 'node:zlib'
import { ClassicLevel, type Iterator } from 'classic-level'
import { errorMessage, type Metrics } from '../util/index.ts'
import { BlockStoreError } from './block-store-error.ts'
import type { BatchOp, KeyValueStore, RangeOptions } from './key-value-store.ts'
import { makeStorageMeter, type StorageMeter } from './storage-meter.ts'

export interface LevelOptions {
  /** The database directory, absolute; made when missing. */
  readonly path: string
  /** Label of this database in the sync metrics. */
  readonly label?: string
  readonly metrics?: Metrics
}

interface WaitingBatch {
  readonly ops: readonly BatchOp[]
  readonly sync: boolean
  resolve(): void
  reject(error: BlockStoreError): void
}
type LevelIterator = Iterator<ClassicLevel<Uint8Array, Uint8Array>, Uint8Array, Uint8Array>

const CHECKSUM_BYTES = 4
const ITERATOR_PAGE = 256
const FIRST_KEY = new Uint8Array(0)
/** Sorts behind every key there is: buckets are far below. */
const AFTER_LAST_KEY = new Uint8Array(8).fill(0xff)
const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const

/**
 * The key-value store on LevelDB. LevelDB does not check its own checksums on reads, so every value carries a CRC over
 * key and value, and damage is an error instead of a wrong answer.
 */
export class LevelKeyValueStore implements KeyValueStore {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>
  readonly #path: string
  readonly #label: string
  readonly #meter: StorageMeter
  #failure: BlockStoreError | null = null
  #waiting: WaitingBatch[] = []
  #writing: Promise<void> | null = null

  private constructor(level: ClassicLevel<Uint8Array, Uint8Array>, options: LevelOptions) {
    this.#level = level
    this.#path = options.path
    this.#label = options.label ?? 'level'
    this.#meter = makeStorageMeter(options.metrics)
  }

  /** Opens or makes the database. Errors: LOCKED, CORRUPT, NO_SPACE, DENIED, IO. */
  static async open(options: LevelOptions): Promise<LevelKeyValueStore> {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(options.path, BYTES)
    try {
      await level.open()
    } catch (thrown) {
      throw levelError(thrown, 'open', options.path)
    }
    return new LevelKeyValueStore(level, options)
  }

  get(key: Uint8Array): Uint8Array | undefined {
    let sealed: Uint8Array | undefined
    try {
      sealed = this.#level.getSync(key)
    } catch (thrown) {
      throw levelError(thrown, 'read', this.#path)
    }
    return sealed === undefined ? undefined : this.#unseal(key, sealed)
  }

  /** Batches of one turn, and those that wait while others are being written, go to LevelDB together and share one sync. */
  batch(ops: readonly BatchOp[], options: { readonly sync: boolean }): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ops, sync: options.sync, resolve, reject })
      this.#writing ??= this.#writeWaiting()
    })
  }

  entries(range: RangeOptions): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    try {
      return this.#pages(this.#level.iterator({ ...range, ...BYTES, highWaterMarkBytes: 1 << 18 }))
    } catch (thrown) {
      throw levelError(thrown, 'read', this.#path)
    }
  }

  /** Gives back the space of what was deleted or overwritten; may take minutes. */
  async compact(): Promise<void> {
    try {
      await this.#level.compactRange(FIRST_KEY, AFTER_LAST_KEY)
    } catch (thrown) {
      throw levelError(thrown, 'compact', this.#path)
    }
  }

  async close(): Promise<void> {
    await this.#writing
    try {
      await this.#level.close()
    } catch (thrown) {
      throw levelError(thrown, 'close', this.#path)
    }
  }

  async *#pages(iterator: LevelIterator): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    try {
      for (;;) {
        const page = await iterator.nextv(ITERATOR_PAGE)
        if (page.length === 0) return
        for (const [key, sealed] of page) yield [key, this.#unseal(key, sealed)] as const
      }
    } catch (thrown) {
      throw levelError(thrown, 'read', this.#path)
    } finally {
      await iterator.close()
    }
  }

  /** What one turn of the event loop brings goes to LevelDB together: each write costs a turn of the thread pool. */
  async #writeWaiting(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#writeGroup(group)
        for (const { resolve } of group) resolve()
      } catch (thrown) {
        // LevelDB takes no writes after a failed one, and neither may we: what reached the disk is unknown.
        this.#failure ??= levelError(thrown, 'write', this.#path)
        for (const { reject } of group) reject(this.#failure)
      }
    }
    this.#writing = null
  }

  async #writeGroup(group: readonly WaitingBatch[]): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    // A chained batch costs a quarter of an array, which LevelDB's binding copies operation by operation.
    const batch = this.#level.batch()
    for (const { ops } of group) {
      for (const op of ops) {
        if (op.type === 'del') batch.del(op.key)
        else batch.put(op.key, seal(op.key, op.value))
      }
    }
    const sync = group.some(one => one.sync)
    const startedAt = performance.now()
    await batch.write({ sync })
    if (sync) this.#meter.synced(this.#label, (performance.now() - startedAt) / 1000)
  }

  #unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
    const length = sealed.length - CHECKSUM_BYTES
    if (length >= 0) {
      const value = sealed.subarray(0, length)
      if (readUint32(sealed, length) === crc32(value, crc32(key))) return value
    }
    const keyText = Buffer.from(key).toString('hex')
    throw new BlockStoreError(
      'CORRUPT',
      `the value of key ${keyText} in ${this.#path} is damaged; remove the database and synchronise again`
    )
  }
}

function seal(key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES)
  sealed.set(value)
  sealed.writeUInt32BE(crc32(value, crc32(key)), value.length)
  return sealed
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** LevelDB reports most things as text; the code is found on the error or on its cause. */
function levelError(thrown: unknown, operation: string, path: string): BlockStoreError {
  if (thrown instanceof BlockStoreError) return thrown
  const cause = (thrown as { cause?: unknown }).cause ?? thrown
  const code = String((cause as { code?: unknown }).code)
  const text = errorMessage(cause)
  const options = { cause: thrown }
  if (code === 'LEVEL_LOCKED') {
    return new BlockStoreError(
      'LOCKED',
      `another process is using ${path}: stop it, or run this node with another home directory`,
      options
    )
  }
  if (code === 'LEVEL_DATABASE_NOT_OPEN' || code === 'LEVEL_ITERATOR_NOT_OPEN') {
    return new BlockStoreError('CLOSED', `${path} is closed`, options)
  }
  if (code === 'LEVEL_CORRUPTION' || /corruption|does not exist|CURRENT/i.test(text)) {
    return new BlockStoreError(
      'CORRUPT',
      `${path} is damaged (${text}); remove it and synchronise again`,
      options
    )
  }
  if (code === 'ENOSPC' || /no space left/i.test(text)) {
    return new BlockStoreError('NO_SPACE', `cannot ${operation} ${path}: no space left`, options)
  }
  if (code === 'EACCES' || code === 'EROFS' || /permission denied|read-only file system/i.test(text)) {
    return new BlockStoreError('DENIED', `cannot ${operation} ${path}: ${text}`, options)
  }
  return new BlockStoreError('IO', `cannot ${operation} ${path}: ${text}`, options)
}
