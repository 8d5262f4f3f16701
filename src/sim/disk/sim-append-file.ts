import { type AppendFile, BlockStoreError } from '../../blockstore/index.ts'
import type { Incarnation, SimDisk } from './sim-disk.ts'
import type { SimFile } from './sim-file.ts'

interface Waiting {
  resolve(): void
  reject(error: BlockStoreError): void
}

/** The append file on a simulated disk: buffered in the process until a sync, as the real one. */
export class SimAppendFile implements AppendFile {
  readonly #disk: SimDisk
  readonly #life: Incarnation
  readonly #path: string
  readonly #file: SimFile
  readonly #chunks: Uint8Array[] = []
  #size: number
  readonly #waiting: Waiting[] = []
  #isSyncing = false
  readonly #whenIdle: { resolve(): void }[] = []
  #failure: BlockStoreError | null = null
  #isClosed = false

  constructor(disk: SimDisk, life: Incarnation, path: string, file: SimFile) {
    this.#disk = disk
    this.#life = life
    this.#path = path
    this.#file = file
    this.#size = file.size
  }

  get size(): number {
    return this.#size
  }

  append(bytes: Uint8Array): void {
    if (this.#isClosed) throw new BlockStoreError('CLOSED', `${this.#path} is closed`)
    this.#size += bytes.length
    this.#file.appendedSize = this.#size
    if (this.#failure === null && bytes.length > 0) this.#chunks.push(bytes)
  }

  sync(): Promise<void> {
    if (!this.#life.isAlive) return new Promise(() => {})
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#isClosed) return Promise.reject(new BlockStoreError('CLOSED', `${this.#path} is closed`))
    if (this.#chunks.length === 0 && !this.#isSyncing) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (!this.#isSyncing) this.#syncGroup()
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#isSyncing) await new Promise<void>(resolve => this.#whenIdle.push({ resolve }))
    if (!this.#life.isAlive) return new Promise(() => {})
    this.#file.write(this.#chunks.splice(0))
    this.#file.preallocateBytes = 0
    if (this.#failure !== null) throw this.#failure
  }

  #syncGroup(): void {
    const waiting = this.#waiting.splice(0)
    const chunks = waiting.length > 0 ? this.#chunks.splice(0) : []
    const size = this.#size
    this.#isSyncing = chunks.length > 0
    if (!this.#isSyncing) {
      for (const { resolve } of [...waiting, ...this.#whenIdle.splice(0)]) resolve()
      return
    }
    const request = {
      label: 'sync' as const,
      path: this.#path,
      bytes: size - this.#file.size,
      start: () => this.#file.write(chunks),
      commit: () => this.#file.synced(size),
      failed: () => {}
    }
    this.#disk.persist(this.#life, request, error => {
      if (error !== null) this.#fail(error)
      for (const { resolve, reject } of waiting) error === null ? resolve() : reject(error)
      this.#syncGroup()
    })
  }

  #fail(error: BlockStoreError): void {
    this.#failure = error
    this.#chunks.length = 0
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
