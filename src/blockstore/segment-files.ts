import { crc32 } from 'node:zlib'
import { BlockStoreError } from './block-store-error.ts'
import type { AppendFile, FileSystem } from './file-system.ts'

/** Where a record lies. */
export interface SegmentLocation {
  readonly segment: number
  readonly offset: number
  /** Of the payload, without its header. */
  readonly length: number
}

/** How far the segments were written when the database last said so; `size` counts in segment `segment`. */
export interface SegmentEnd {
  readonly segment: number
  readonly size: number
}

export interface SegmentOptions {
  readonly fileSystem: FileSystem
  /** Absolute; made when missing. */
  readonly directory: string
  /** A segment that has this size is followed by a new one. */
  readonly maxSegmentBytes: number
}

/** crc32(payload) BE || length BE. */
const HEADER_BYTES = 8
const SEGMENT_NAME = /^(\d{8})\.seg$/

/**
 * Append-only files for large records; the database holds where each lies. The database is the truth: what lies behind
 * the end it knows was never acknowledged and is cut off when opening, and what is missing before it is damage.
 */
export class SegmentFiles {
  readonly #options: SegmentOptions
  #file: AppendFile | null
  #segment: number

  private constructor(options: SegmentOptions, file: AppendFile | null, segment: number) {
    this.#options = options
    this.#file = file
    this.#segment = segment
  }

  /** `end` is null when the database knows of no segment. Errors: CORRUPT. */
  static async open(options: SegmentOptions, end: SegmentEnd | null): Promise<SegmentFiles> {
    const { fileSystem, directory } = options
    await fileSystem.makeDirectory(directory)
    const lastKnown = end?.segment ?? 0
    for (const segment of await segmentsIn(options)) {
      if (segment <= lastKnown) continue
      if (segment > lastKnown + 1) {
        const path = segmentPath(options, segment)
        throw new BlockStoreError(
          'CORRUPT',
          `${path} is unknown to the database; restore both or remove both`
        )
      }
      await fileSystem.remove(segmentPath(options, segment))
    }
    if (end === null) return new SegmentFiles(options, null, 0)
    const path = segmentPath(options, end.segment)
    const file = await fileSystem.openAppend(path)
    if (file.size === end.size) return new SegmentFiles(options, file, end.segment)
    await file.close()
    if (file.size < end.size) {
      throw new BlockStoreError(
        'CORRUPT',
        `${path} has ${file.size} bytes, the database knows of ${end.size}; synchronise the node again`
      )
    }
    await fileSystem.truncate(path, end.size)
    return new SegmentFiles(options, await fileSystem.openAppend(path), end.segment)
  }

  /** Null before the first record. */
  get end(): SegmentEnd | null {
    return this.#file === null ? null : { segment: this.#segment, size: this.#file.size }
  }

  /** Appends one record, given in pieces. Durable when it resolves; the database may then refer to it. */
  async append(pieces: readonly Uint8Array[]): Promise<SegmentLocation> {
    const file = await this.#fileWithRoom()
    const offset = file.size
    let crc = 0
    let length = 0
    for (const piece of pieces) {
      crc = crc32(piece, crc)
      length += piece.length
    }
    const header = Buffer.allocUnsafe(HEADER_BYTES)
    header.writeUInt32BE(crc, 0)
    header.writeUInt32BE(length, 4)
    file.append(header)
    for (const piece of pieces) file.append(piece)
    const location = { segment: this.#segment, offset, length }
    await file.sync()
    return location
  }

  /** Errors: CORRUPT when the record is not there as it was written. */
  async read(location: SegmentLocation): Promise<Uint8Array> {
    const path = segmentPath(this.#options, location.segment)
    const record = await this.#options.fileSystem.readRange(
      path,
      location.offset,
      HEADER_BYTES + location.length
    )
    if (record !== null && record.length === HEADER_BYTES + location.length) {
      const header = new DataView(record.buffer, record.byteOffset, HEADER_BYTES)
      const payload = record.subarray(HEADER_BYTES)
      if (header.getUint32(4) === location.length && header.getUint32(0) === crc32(payload)) return payload
    }
    throw new BlockStoreError(
      'CORRUPT',
      `the record at ${location.offset} of ${path} is damaged; synchronise the node again`
    )
  }

  /** Removes the segments before `segment`. */
  async removeBefore(segment: number): Promise<void> {
    for (const old of await segmentsIn(this.#options)) {
      if (old < segment && old !== this.#segment) {
        await this.#options.fileSystem.remove(segmentPath(this.#options, old))
      }
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  async #fileWithRoom(): Promise<AppendFile> {
    const full = this.#file
    if (full !== null && full.size < this.#options.maxSegmentBytes) return full
    const path = segmentPath(this.#options, this.#segment + 1)
    const file = await this.#options.fileSystem.openAppend(path)
    await full?.close()
    this.#segment += 1
    this.#file = file
    return file
  }
}

async function segmentsIn(options: SegmentOptions): Promise<number[]> {
  const segments: number[] = []
  for (const name of await options.fileSystem.list(options.directory)) {
    const match = SEGMENT_NAME.exec(name)
    if (match !== null) segments.push(Number(match[1]))
  }
  return segments
}

function segmentPath(options: SegmentOptions, segment: number): string {
  return `${options.directory}/${String(segment).padStart(8, '0')}.seg`
}
