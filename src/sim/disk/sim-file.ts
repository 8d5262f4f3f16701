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
