import fs, { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Metrics } from '../util/index.ts'
import { fileError } from './block-store-error.ts'
import type { AppendFile, AppendOptions, FileSystem, InPlaceFile } from './file-system.ts'
import { NodeAppendFile } from './node-append-file.ts'
import { NodeInPlaceFile } from './node-in-place-file.ts'
import { makeStorageMeter, type StorageMeter } from './storage-meter.ts'

export interface NodeFileSystemOptions {
  readonly metrics?: Metrics
  /** What a file is called in the sync metrics, by its path; keep the number of names small. */
  readonly syncLabel?: (path: string) => string
}

const PRIVATE_FILE = 0o600
const PRIVATE_DIRECTORY = 0o700

/** The file port on a real disk. */
export class NodeFileSystem implements FileSystem {
  readonly #meter: StorageMeter
  readonly #label: (path: string) => string
  #nextTemporary = 0

  constructor(options: NodeFileSystemOptions = {}) {
    this.#meter = makeStorageMeter(options.metrics)
    this.#label = options.syncLabel ?? syncLabelOf
  }

  async read(path: string): Promise<Uint8Array | null> {
    try {
      return await readFile(path)
    } catch (thrown) {
      if (isMissing(thrown)) return null
      throw fileError(thrown, 'read', path)
    }
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array | null> {
    let file: FileHandle | null = null
    try {
      file = await open(path, 'r')
      const bytes = Buffer.allocUnsafe(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return bytes.subarray(0, done)
    } catch (thrown) {
      if (isMissing(thrown)) return null
      throw fileError(thrown, 'read', path)
    } finally {
      await file?.close()
    }
  }

  /**
   * Only the two syncs go to the thread pool: what lies between them touches no disk, and as calls of their own those
   * steps cost 150 of 400 us of CPU, twice a height for every validator (measured).
   */
  async writeAtomic(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
    const temporary = `${path}.tmp${this.#nextTemporary++}`
    try {
      const descriptor = createFresh(temporary, mode)
      try {
        writeAll(descriptor, bytes)
        await this.#timed(path, () => callOn(fs.fsync, descriptor))
      } finally {
        fs.closeSync(descriptor)
      }
      fs.renameSync(temporary, path)
      await this.#syncDirectory(path)
    } catch (thrown) {
      await rm(temporary, { force: true }).catch(() => {})
      throw fileError(thrown, 'write', path)
    }
  }

  async openAppend(path: string, options: AppendOptions = {}): Promise<AppendFile> {
    try {
      const descriptor = await openForAppend(path)
      if (descriptor.isNew) await this.#syncDirectory(path)
      return new NodeAppendFile({
        path,
        descriptor: descriptor.number,
        size: descriptor.size,
        preallocateBytes: options.preallocateBytes ?? 0,
        label: this.#label(path),
        meter: this.#meter
      })
    } catch (thrown) {
      throw fileError(thrown, 'open', path)
    }
  }

  async openInPlace(path: string): Promise<InPlaceFile> {
    try {
      const descriptor = await openFile(path, constants.O_WRONLY, 0)
      return new NodeInPlaceFile({ path, descriptor, label: this.#label(path), meter: this.#meter })
    } catch (thrown) {
      throw fileError(thrown, 'open', path)
    }
  }

  async truncate(path: string, size: number): Promise<void> {
    try {
      const file = await open(path, 'r+')
      try {
        await file.truncate(size)
        await this.#timed(path, () => file.sync())
      } finally {
        await file.close()
      }
    } catch (thrown) {
      throw fileError(thrown, 'cut', path)
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await rm(path, { force: true })
    } catch (thrown) {
      throw fileError(thrown, 'remove', path)
    }
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      await rename(from, to)
      await this.#syncDirectory(to)
      if (dirname(from) !== dirname(to)) await this.#syncDirectory(from)
    } catch (thrown) {
      throw fileError(thrown, 'rename', from)
    }
  }

  async list(directory: string): Promise<readonly string[]> {
    try {
      const entries = await readdir(directory, { withFileTypes: true })
      return entries
        .filter(entry => entry.isFile())
        .map(entry => entry.name)
        .sort()
    } catch (thrown) {
      if (isMissing(thrown)) return []
      throw fileError(thrown, 'list', directory)
    }
  }

  async makeDirectory(path: string): Promise<void> {
    try {
      const firstMade = await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY })
      if (firstMade === undefined) return
      for (let made = path; made.length >= firstMade.length; made = dirname(made)) {
        await this.#syncDirectory(made)
      }
    } catch (thrown) {
      throw fileError(thrown, 'make directory', path)
    }
  }

  /** Syncs the directory that holds `path`. */
  async #syncDirectory(path: string): Promise<void> {
    const descriptor = fs.openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await this.#timed(path, () => callOn(fs.fsync, descriptor))
    } finally {
      fs.closeSync(descriptor)
    }
  }

  async #timed(path: string, sync: () => Promise<void>): Promise<void> {
    const startedAt = performance.now()
    await sync()
    this.#meter.synced(this.#label(path), (performance.now() - startedAt) / 1000)
  }
}

/** Names the files this project writes, for the metrics. */
export function syncLabelOf(path: string): string {
  const name = basename(path)
  if (name.includes('validator_state')) return 'sign_state'
  if (name.startsWith('wal')) return 'wal'
  if (name.endsWith('.seg')) return 'block_segment'
  return 'file'
}

async function openForAppend(path: string): Promise<{ number: number; size: number; isNew: boolean }> {
  try {
    const number = await openFile(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
      PRIVATE_FILE
    )
    return { number, size: 0, isNew: true }
  } catch (thrown) {
    if (!isExisting(thrown)) throw thrown
  }
  const number = await openFile(path, constants.O_WRONLY, 0)
  const size = await new Promise<number>((resolve, reject) => {
    fs.fstat(number, (error, stats) => (error === null ? resolve(stats.size) : reject(error)))
  })
  return { number, size, isNew: false }
}

/** A new file with exactly this mode, in place of one that an earlier process may have left. */
function createFresh(path: string, mode: number): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  let descriptor: number
  try {
    descriptor = fs.openSync(path, flags, mode)
  } catch (thrown) {
    if (!isExisting(thrown)) throw thrown
    fs.rmSync(path, { force: true })
    descriptor = fs.openSync(path, flags, mode)
  }
  // The umask may have taken away what group and others were to have, never what the owner has.
  if ((mode & 0o077) !== 0) fs.fchmodSync(descriptor, mode)
  return descriptor
}

function openFile(path: string, flags: number, mode: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, mode, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)))
  })
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(descriptor, bytes, done)
}

type Callback = (error: NodeJS.ErrnoException | null) => void

function callOn(call: (descriptor: number, done: Callback) => void, descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => call(descriptor, settle(resolve, reject)))
}

function settle(resolve: () => void, reject: (error: Error) => void): Callback {
  return error => {
    // Some calls give undefined for success.
    if (error instanceof Error) reject(error)
    else resolve()
  }
}

function isExisting(thrown: unknown): boolean {
  return (thrown as { code?: unknown }).code === 'EEXIST'
}

function isMissing(thrown: unknown): boolean {
  return (thrown as { code?: unknown }).code === 'ENOENT'
}
