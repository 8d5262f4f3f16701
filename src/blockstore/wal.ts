import { type Height, type Timestamp, timestampFromMs } from '../types/index.ts'
import { assert, type Clock, type Logger, silentLogger } from '../util/index.ts'
import { BlockStoreError } from './block-store-error.ts'
import type { AppendFile, FileSystem } from './file-system.ts'
import { encodeFrame } from './frame.ts'
import { lastEndHeightOf, WalFiles } from './wal-files.ts'
import { encodeWalRecord, MAX_WAL_PAYLOAD_BYTES, type WalRecord } from './wal-record.ts'
import { type ScannedRecord, scanWal, type WalScan } from './wal-scan.ts'

export interface WalOptions {
  readonly fileSystem: FileSystem
  /** Made when missing; absolute. */
  readonly directory: string
  readonly clock: Clock
  readonly logger?: Logger
  /** The head is rotated once it is larger; CometBFT's 10 MB by default. */
  readonly maxFileBytes?: number
  /** Rotated files kept; beyond it the oldest goes, even of the current height. */
  readonly maxFiles?: number
}

/** What opening cut off the head: records that a crash left half written, so that nothing sent depended on them. */
export interface WalRepair {
  readonly path: string
  readonly offset: number
  readonly cutBytes: number
}

const DEFAULT_MAX_FILE_BYTES = 10_000_000
const DEFAULT_MAX_FILES = 100
const PREALLOCATE_BYTES = 262144
const EMPTY = new Uint8Array(0)

/**
 * The write-ahead log of consensus: what was appended is there again after a crash once {@link flush} resolved. Files
 * have CometBFT's frames (consensus/wal.go) and names. A torn tail is cut when opening; damage to synced records is
 * kept as evidence in a rotated file and reported by {@link replay} if the height asked for may be concerned.
 */
export class Wal {
  /** What opening had to cut off, null when the log was whole. */
  readonly repair: WalRepair | null
  readonly #options: WalOptions
  readonly #files: WalFiles
  readonly #maxFileBytes: number
  readonly #logger: Logger
  #head: AppendFile
  #syncedBytes: number
  #headEndHeight: Height
  /** Records that came while the head was being changed, in order; null otherwise. */
  #held: { time: Timestamp; record: WalRecord }[] | null = null
  #rotating: Promise<void> | null = null
  #failure: BlockStoreError | null = null

  private constructor(options: WalOptions, files: WalFiles, opened: OpenedHead) {
    this.#options = options
    this.#files = files
    this.#maxFileBytes = options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES
    this.#logger = options.logger ?? silentLogger
    this.repair = opened.repair
    this.#head = opened.file
    this.#syncedBytes = opened.file.size
    this.#headEndHeight = opened.endHeight
  }

  /** Opens the log, cutting a torn tail; a new log begins with endHeight 0, as CometBFT's does. */
  static async open(options: WalOptions): Promise<Wal> {
    const files = await WalFiles.open(options.fileSystem, options.directory)
    const opened = await openHead(options, files)
    const wal = new Wal(options, files, opened)
    if (opened.isNew && files.rotated.length === 0) wal.append({ kind: 'endHeight', height: 0 })
    return wal
  }

  /** Adds a record; it is durable, with all before it, once a {@link flush} called after this resolved. */
  append(record: WalRecord): void {
    if (this.#failure !== null) return
    const time = timestampFromMs(this.#options.clock.now())
    if (this.#held !== null) this.#held.push({ time, record })
    else this.#write(time, record)
  }

  /** Makes everything appended so far durable. Callers that wait together share one fsync. */
  async flush(): Promise<void> {
    if (this.#rotating !== null) await this.#rotating
    if (this.#failure !== null) throw this.#failure
    const head = this.#head
    const size = head.size
    await head.sync()
    if (head !== this.#head) return
    if (size > this.#syncedBytes) this.#syncedBytes = size
    if (size > this.#maxFileBytes) this.rotate().catch(() => {})
  }

  /** Starts a new head; done by itself when the head is large. A failure is also thrown by every later flush. */
  rotate(): Promise<void> {
    this.#rotating ??= this.#rotate().finally(() => {
      this.#rotating = null
    })
    return this.#rotating
  }

  /**
   * The records after the endHeight record of `height`, oldest first, for replaying height + 1. Null when the log has
   * no such record, as after a change of the home directory. Throws WAL_DAMAGED when synced records behind it, or
   * perhaps itself, cannot be read: then this node may have forgotten a lock and must not sign before it has
   * synchronised to a later height and appended that height's endHeight.
   */
  async replay(height: Height): Promise<readonly WalRecord[] | null> {
    await this.flush()
    const head = (await this.#options.fileSystem.read(this.#files.headPath)) ?? EMPTY
    let scan = scanWal(head)
    let path = this.#files.headPath
    let damagedPath: string | null = null
    const newestFirst: WalRecord[][] = []
    for (let older = this.#files.rotated.length - 1; ; older--) {
      const found = recordsAfter(scan, height)
      const damage = scan.damages.at(-1)
      if (damage !== undefined && damage.from >= (found?.offset ?? 0)) damagedPath ??= path
      newestFirst.push((found?.records ?? scan.records).map(({ timed }) => timed.record))
      if (found !== null || older < 0 || hasEndHeightBelow(scan, height)) {
        if (damagedPath !== null) throw damagedError(damagedPath, height)
        return found === null ? null : newestFirst.reverse().flat()
      }
      const index = this.#files.rotated[older]!
      path = this.#files.path(index)
      scan = await this.#files.scanRotated(index)
    }
  }

  /** Removes the files that hold nothing needed to replay `height` or later. */
  async prune(height: Height): Promise<void> {
    if (this.#rotating !== null) await this.#rotating
    await this.#files.removeBefore(height - 1, this.#headEndHeight)
  }

  /** Flushes and closes. */
  async close(): Promise<void> {
    await this.flush()
    if (this.#rotating !== null) await this.#rotating
    await this.#head.close()
  }

  #write(time: Timestamp, record: WalRecord): void {
    const position = { offset: this.#head.size, syncedBytes: this.#syncedBytes }
    const payload = encodeWalRecord({ time, record, position })
    assert(payload.length <= MAX_WAL_PAYLOAD_BYTES, `a log record of ${payload.length} bytes is too large`)
    this.#head.append(encodeFrame(payload))
    if (record.kind === 'endHeight') this.#headEndHeight = record.height
  }

  async #rotate(): Promise<void> {
    const old = this.#head
    this.#held = []
    try {
      await old.sync()
      await old.close()
      await this.#files.rotateHead(this.#headEndHeight)
      this.#head = await createHead(this.#options, this.#files)
    } catch (thrown) {
      this.#failure = thrown as BlockStoreError
      throw thrown
    }
    this.#syncedBytes = 0
    this.#headEndHeight = -1
    const held = this.#held
    this.#held = null
    for (const { time, record } of held) this.#write(time, record)
    await this.#limitFiles()
  }

  async #limitFiles(): Promise<void> {
    const tooMany = this.#files.rotated.length - (this.#options.maxFiles ?? DEFAULT_MAX_FILES)
    if (tooMany <= 0) return
    this.#logger.warn('write-ahead log is over its limit, oldest files removed', { files: tooMany })
    await this.#files.removeOldest(tooMany)
  }
}

interface OpenedHead {
  readonly file: AppendFile
  readonly endHeight: Height
  readonly repair: WalRepair | null
  readonly isNew: boolean
}

async function openHead(options: WalOptions, files: WalFiles): Promise<OpenedHead> {
  const { fileSystem } = options
  const logger = options.logger ?? silentLogger
  const path = files.headPath
  const bytes = await fileSystem.read(path)
  if (bytes === null) return { ...(await emptyHead(options, files)), isNew: true }
  const scan = scanWal(bytes)
  const lastDamage = scan.damages.at(-1)
  if (lastDamage !== undefined && lastDamage.to >= scan.end) {
    const keptAs = await files.rotateHead(lastEndHeightOf(scan))
    logger.error('write-ahead log is damaged at its end, file set aside', { path: keptAs, ...lastDamage })
    return { ...(await emptyHead(options, files)), isNew: false }
  }
  let repair: WalRepair | null = null
  if (scan.end < bytes.length) {
    await fileSystem.truncate(path, scan.end)
    if (scan.tornBytes > 0) {
      repair = { path, offset: scan.end, cutBytes: scan.tornBytes }
      logger.warn('write-ahead log ended in a torn record, cut off', { ...repair })
    }
  }
  const file = await createHead(options, files)
  return { file, endHeight: lastEndHeightOf(scan), repair, isNew: scan.end === 0 }
}

async function emptyHead(options: WalOptions, files: WalFiles): Promise<Omit<OpenedHead, 'isNew'>> {
  return { file: await createHead(options, files), endHeight: -1, repair: null }
}

function createHead(options: WalOptions, files: WalFiles): Promise<AppendFile> {
  return options.fileSystem.openAppend(files.headPath, { preallocateBytes: PREALLOCATE_BYTES })
}

function recordsAfter(
  scan: WalScan,
  height: Height
): { readonly offset: number; readonly records: readonly ScannedRecord[] } | null {
  for (let at = scan.records.length - 1; at >= 0; at--) {
    const { record } = scan.records[at]!.timed
    if (record.kind !== 'endHeight' || record.height !== height) continue
    return { offset: scan.records[at]!.offset, records: scan.records.slice(at + 1) }
  }
  return null
}

function hasEndHeightBelow(scan: WalScan, height: Height): boolean {
  return scan.records.some(({ timed }) => timed.record.kind === 'endHeight' && timed.record.height < height)
}

function damagedError(path: string, height: Height): BlockStoreError {
  return new BlockStoreError(
    'WAL_DAMAGED',
    `${path} has damaged records of height ${height + 1}; the node signs nothing until it has synchronised past it`
  )
}
