import { assert } from '../../util/index.ts'

const SECTOR_BYTES = 512

/** The content of one file: what is on the platter, and behind it what only the cache holds. */
export class SimFile {
  #bytes: Buffer
  #size: number
  #syncedSize: number
  /** Zeros a real disk may show behind the end after a crash, because they were written ahead. */
  preallocateBytes = 0
  /** With what the process has appended and not yet written. */
  appendedSize: number
  /** What stands on the platter in sectors that were overwritten since the last sync, by their offset. */
  #overwritten = new Map<number, Uint8Array>()
  /** The same of sectors whose sync is under way. */
  #syncing = new Map<number, Uint8Array>()

  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.#bytes = Buffer.from(content)
    this.#size = content.length
    this.#syncedSize = content.length
    this.appendedSize = content.length
  }

  get size(): number {
    return this.#size
  }

  /** True when everything that was appended is on the platter. */
  get isSynced(): boolean {
    return this.appendedSize <= this.#syncedSize
  }

  content(offset = 0, length = this.#size): Uint8Array {
    const end = Math.min(this.#size, offset + length)
    return Uint8Array.from(this.#bytes.subarray(Math.min(offset, end), end))
  }

  /** Into the cache, at the end. */
  write(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      this.#reserve(chunk.length)
      this.#bytes.set(chunk, this.#size)
      this.#size += chunk.length
    }
  }

  /** Into the cache, over what is there; the file does not grow. */
  overwrite(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    assert(end <= this.#size, 'overwriting does not make files larger')
    for (let at = offset - (offset % SECTOR_BYTES); at < end; at += SECTOR_BYTES) {
      if (!this.#overwritten.has(at)) this.#overwritten.set(at, this.content(at, SECTOR_BYTES))
    }
    this.#bytes.set(bytes, offset)
  }

  /** Sends what was overwritten to the platter; what is overwritten from now on waits for the next sync. */
  beginSync(): void {
    this.#syncing = new Map([...this.#overwritten, ...this.#syncing])
    this.#overwritten = new Map()
  }

  endSync(): void {
    this.#syncing = new Map()
  }

  /** What a crash is sure to leave of a file that is overwritten in place. */
  durableContent(): Uint8Array {
    const bytes = this.content()
    for (const [at, sector] of [...this.#overwritten, ...this.#syncing]) bytes.set(sector, at)
    return bytes
  }

  /** Makes the first `size` bytes durable. */
  synced(size: number): void {
    this.#syncedSize = Math.max(this.#syncedSize, size)
  }

  truncate(size: number): void {
    assert(size <= this.#size, 'truncate only makes files smaller')
    this.#size = size
    this.appendedSize = size
    this.#syncedSize = Math.min(this.#syncedSize, size)
  }

  flipBit(bit: number): void {
    this.#bytes[bit >>> 3]! ^= 1 << (bit & 7)
  }

  /**
   * Loses what was not synced. Either the new length is lost, and the file ends anywhere behind what was synced; or it is
   * kept, with zeros where sectors or what was written ahead did not make it.
   */
  crash(random: () => number): void {
    for (const [at, sector] of [...this.#overwritten, ...this.#syncing]) {
      if (random() < 0.5) this.#bytes.set(sector, at)
    }
    this.#overwritten = new Map()
    this.endSync()
    const unsynced = this.#size - this.#syncedSize
    const keepsLength = random() < 0.5
    if (unsynced > 0 && !keepsLength) this.#size = this.#syncedSize + Math.floor(random() * (unsynced + 1))
    if (unsynced > 0 && random() < 0.5) this.#loseSectors(random)
    if (this.preallocateBytes > 0 && keepsLength) {
      const zeros = 1 + Math.floor(random() * this.preallocateBytes)
      this.#reserve(zeros)
      this.#bytes.fill(0, this.#size, this.#size + zeros)
      this.#size += zeros
    }
    this.preallocateBytes = 0
    this.#syncedSize = this.#size
    this.appendedSize = this.#size
  }

  clone(): SimFile {
    const copy = new SimFile(this.content())
    copy.#syncedSize = this.#syncedSize
    copy.preallocateBytes = this.preallocateBytes
    copy.#overwritten = new Map(this.#overwritten)
    copy.#syncing = new Map(this.#syncing)
    return copy
  }

  #loseSectors(random: () => number): void {
    for (let at = this.#syncedSize; at < this.#size; ) {
      const end = Math.min(this.#size, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES)
      if (random() < 0.5) this.#bytes.fill(0, at, end)
      at = end
    }
  }

  #reserve(count: number): void {
    if (this.#size + count <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#size + count, 1024))
    this.#bytes.copy(grown, 0, 0, this.#size)
    this.#bytes = grown
  }
}
