import {
  type BatchOp,
  BlockStoreError,
  type KeyValueStore,
  type RangeOptions
} from '../../blockstore/index.ts'
import type { SimDatabase } from './sim-database.ts'
import type { Incarnation, SimDisk } from './sim-disk.ts'

interface WaitingBatch {
  readonly ops: readonly BatchOp[]
  readonly sync: boolean
  resolve(): void
  reject(error: BlockStoreError): void
}

/** The key-value port on a {@link SimDisk}, with LevelDB's promises and no more. */
export class SimKeyValueStore implements KeyValueStore {
  readonly #disk: SimDisk
  readonly #life: Incarnation
  readonly #path: string
  readonly #database: SimDatabase
  #queue: WaitingBatch[] = []
  #isWriting = false
  #whenIdle: (() => void)[] = []
  #failure: BlockStoreError | null = null
  #isClosed = false

  constructor(disk: SimDisk, life: Incarnation, path: string, database: SimDatabase) {
    this.#disk = disk
    this.#life = life
    this.#path = path
    this.#database = database
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#requireOpen()
    const { damagedKeys, map } = this.#database
    if (damagedKeys.size > 0 && damagedKeys.has(Buffer.from(key).toString('hex'))) {
      throw new BlockStoreError('CORRUPT', `a value in ${this.#path} is damaged`)
    }
    return map.get(key)
  }

  batch(ops: readonly BatchOp[], options: { readonly sync: boolean }): Promise<void> {
    if (!this.#life.isAlive) return new Promise(() => {})
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#isClosed) return Promise.reject(new BlockStoreError('CLOSED', `${this.#path} is closed`))
    return new Promise((resolve, reject) => {
      this.#queue.push({ ops, sync: options.sync, resolve, reject })
      if (!this.#isWriting) this.#writeNext()
    })
  }

  entries(range: RangeOptions): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    this.#requireOpen()
    return eachWhileAlive(this.#database.map.range(range), this.#life)
  }

  async close(): Promise<void> {
    if (this.#isWriting) await new Promise<void>(resolve => this.#whenIdle.push(resolve))
    if (!this.#life.isAlive) return new Promise(() => {})
    this.#isClosed = true
    this.#database.isOpen = false
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new BlockStoreError('CLOSED', `${this.#path} is closed`)
  }

  #writeNext(): void {
    const batch = this.#queue.shift()
    this.#isWriting = batch !== undefined
    if (batch === undefined) {
      for (const resolve of this.#whenIdle.splice(0)) resolve()
      return
    }
    const database = this.#database
    const request = {
      label: batch.sync ? ('batchSync' as const) : ('batch' as const),
      path: this.#path,
      bytes: bytesOf(batch.ops),
      start: () => database.apply(batch.ops),
      commit: () => {
        if (batch.sync) database.sync()
      },
      failed: () => database.doubt(batch.ops)
    }
    this.#disk.persist(this.#life, request, error => {
      if (error === null) batch.resolve()
      else this.#fail(error, batch)
      this.#writeNext()
    })
  }

  #fail(error: BlockStoreError, batch: WaitingBatch): void {
    this.#failure = error
    batch.reject(error)
    for (const { reject } of this.#queue) reject(error)
    this.#queue = []
  }
}

function bytesOf(ops: readonly BatchOp[]): number {
  let bytes = 0
  for (const op of ops) bytes += op.key.length + (op.type === 'put' ? op.value.length : 0)
  return bytes
}

async function* eachWhileAlive<T>(items: readonly T[], life: Incarnation): AsyncIterable<T> {
  for (const item of items) {
    if (!life.isAlive) await new Promise(() => {})
    yield item
  }
}
