import fs from 'node:fs'
import { BlockStoreError, fileError } from './block-store-error.ts'
import type { AppendFile } from './file-system.ts'
import type { StorageMeter } from './storage-meter.ts'

/** Beyond this the buffer is written, though not synced, without being asked. */
const BUFFER_LIMIT_BYTES = 1 << 20
/** A write of this size pays for its own change of the file's size, and for a turn of the thread pool. */
const SMALL_WRITE_BYTES = 16384
const GATHER_BYTES = 65536
/** Pieces in one system call; the limit of Linux is 1024. */
const MAX_VECTOR = 512

interface Waiting {
  resolve(): void
  reject(error: BlockStoreError): void
}

export interface NodeAppendFileOptions {
  readonly path: string
  readonly descriptor: number
  readonly size: number
  readonly preallocateBytes: number
  readonly label: string
  readonly meter: StorageMeter
}

/**
 * An append file on a real disk. Syncs and large writes run in the thread pool, so that a slow disk stops nobody; a small
 * write touches only the page cache, and a turn of the thread pool costs more than it (measured).
 */
export class NodeAppendFile implements AppendFile {
  readonly #options: NodeAppendFileOptions
  #size: number
  #written: number
  #allocated: number
  #chunks: Uint8Array[] = []
  #isDirty = false
  #waiting: Waiting[] = []
  #pumping: Promise<void> | null = null
  #failure: BlockStoreError | null = null
  #isClosed = false

  constructor(options: NodeAppendFileOptions) {
    this.#options = options
    this.#size = options.size
    this.#written = options.size
    this.#allocated = options.size
  }

  get size(): number {
    return this.#size
  }

  append(bytes: Uint8Array): void {
    if (this.#isClosed) throw new BlockStoreError('CLOSED', `${this.#options.path} is closed`)
    this.#size += bytes.length
    if (this.#failure !== null || bytes.length === 0) return
    this.#chunks.push(bytes)
    if (this.#size - this.#written > BUFFER_LIMIT_BYTES) this.#pumping ??= this.#pump()
  }

  sync(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#isClosed) {
      return Promise.reject(new BlockStoreError('CLOSED', `${this.#options.path} is closed`))
    }
    if (this.#chunks.length === 0 && !this.#isDirty && this.#pumping === null) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    while (this.#pumping !== null) await this.#pumping
    if (this.#chunks.length > 0) await this.#pump()
    const { descriptor, path } = this.#options
    try {
      if (this.#failure === null && this.#allocated > this.#written) await cut(descriptor, this.#written)
    } catch (thrown) {
      this.#failure = fileError(thrown, 'cut', path)
    }
    await new Promise<void>(resolve => fs.close(descriptor, () => resolve()))
    if (this.#failure !== null) throw this.#failure
  }

  /** Writes and syncs until nobody waits; errors go to those who wait, never to the caller. */
  async #pump(): Promise<void> {
    while (this.#failure === null && (this.#waiting.length > 0 || this.#chunks.length > 0)) {
      const waiting = this.#waiting
      this.#waiting = []
      try {
        if (this.#chunks.length > 0) await this.#writeBuffered()
        if (waiting.length > 0 && this.#isDirty) await this.#syncWritten()
        for (const { resolve } of waiting) resolve()
      } catch (thrown) {
        this.#fail(fileError(thrown, 'write', this.#options.path), waiting)
      }
    }
    this.#pumping = null
  }

  async #writeBuffered(): Promise<void> {
    const chunks = this.#chunks
    const length = this.#size - this.#written
    this.#chunks = []
    this.#isDirty = true
    const end = this.#written + length
    const ahead = this.#options.preallocateBytes
    const isSmall = length < SMALL_WRITE_BYTES
    const growsAhead = isSmall && ahead > 0 && end > this.#allocated
    if (growsAhead) {
      chunks.push(Buffer.alloc(ahead))
      this.#allocated = end + ahead
    }
    if (isSmall && !growsAhead) writeNow(this.#options.descriptor, chunks, this.#written)
    else await writeFully(this.#options.descriptor, chunks, this.#written)
    this.#written = end
    if (end > this.#allocated) this.#allocated = end
  }

  async #syncWritten(): Promise<void> {
    const startedAt = performance.now()
    this.#isDirty = false
    await new Promise<void>((resolve, reject) => {
      fs.fdatasync(this.#options.descriptor, error => (error === null ? resolve() : reject(error)))
    })
    this.#options.meter.synced(this.#options.label, (performance.now() - startedAt) / 1000)
  }

  #fail(error: BlockStoreError, waiting: readonly Waiting[]): void {
    this.#failure = error
    this.#chunks = []
    for (const { reject } of waiting) reject(error)
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting = []
  }
}

function cut(descriptor: number, size: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.ftruncate(descriptor, size, error => (error === null ? resolve() : reject(error)))
  })
}

function writeNow(descriptor: number, chunks: readonly Uint8Array[], position: number): void {
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position + done)
  }
}

/** Small pieces are copied together, which is cheaper than to hand over each; large ones are not copied. */
async function writeFully(
  descriptor: number,
  chunks: readonly Uint8Array[],
  position: number
): Promise<void> {
  let length = 0
  for (const chunk of chunks) length += chunk.length
  let rest = length < GATHER_BYTES && chunks.length > 1 ? [Buffer.concat(chunks)] : [...chunks]
  let at = position
  while (rest.length > 0) {
    const vector = rest.slice(0, MAX_VECTOR)
    const written = await new Promise<number>((resolve, reject) => {
      fs.writev(descriptor, vector, at, (error, bytes) => (error === null ? resolve(bytes) : reject(error)))
    })
    at += written
    rest = withoutFirst(rest, written)
  }
}

/** What is left of the pieces after their first `count` bytes. */
function withoutFirst(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count
  let index = 0
  while (index < chunks.length && chunks[index]!.length <= skip) skip -= chunks[index++]!.length
  const rest = chunks.slice(index)
  if (skip > 0) rest[0] = rest[0]!.subarray(skip)
  return rest
}
