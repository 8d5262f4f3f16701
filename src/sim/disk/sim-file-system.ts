import {
  type AppendFile,
  type AppendOptions,
  BlockStoreError,
  type FileSystem,
  type InPlaceFile
} from '../../blockstore/index.ts'
import { SimAppendFile } from './sim-append-file.ts'
import type { Incarnation, PersistRequest, SimDisk } from './sim-disk.ts'
import { SimFile } from './sim-file.ts'
import { SimInPlaceFile } from './sim-in-place-file.ts'

/** The file port on a {@link SimDisk}. */
export class SimFileSystem implements FileSystem {
  readonly #disk: SimDisk
  readonly #life: Incarnation

  constructor(disk: SimDisk, life: Incarnation) {
    this.#disk = disk
    this.#life = life
  }

  read(path: string): Promise<Uint8Array | null> {
    return this.#answer(() => this.#disk.files.get(path)?.content() ?? null)
  }

  readRange(path: string, offset: number, length: number): Promise<Uint8Array | null> {
    return this.#answer(() => this.#disk.files.get(path)?.content(offset, length) ?? null)
  }

  /** A crash leaves the old file or the new one, and perhaps half of the temporary file. */
  writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
    const { files } = this.#disk
    const temporary = `${path}.tmp0`
    const content = Uint8Array.from(bytes)
    return this.#persist({
      label: 'writeAtomic',
      path,
      bytes: bytes.length,
      start: () => {
        const before = files.get(path)
        files.set(path, new SimFile(content))
        this.#disk.noteNameChange(() => {
          setOrDelete(files, path, before)
          const half = new SimFile()
          half.write([content])
          files.set(temporary, half)
          half.crash(this.#disk.options.random)
        })
      },
      commit: () => this.#disk.syncNames()
    })
  }

  async openAppend(path: string, options: AppendOptions = {}): Promise<AppendFile> {
    const { files } = this.#disk
    if (!files.has(path)) {
      await this.#persist({
        label: 'create',
        path,
        bytes: 0,
        start: () => {
          files.set(path, new SimFile())
          this.#disk.noteNameChange(() => files.delete(path))
        },
        commit: () => this.#disk.syncNames()
      })
    }
    return this.#answer(() => {
      const file = files.get(path)!
      file.preallocateBytes = options.preallocateBytes ?? 0
      return new SimAppendFile(this.#disk, this.#life, path, file)
    })
  }

  async openInPlace(path: string): Promise<InPlaceFile> {
    const file = this.#disk.files.get(path)
    if (file === undefined) throw missing('open', path)
    return this.#answer(() => new SimInPlaceFile(this.#disk, this.#life, path, file))
  }

  /** A crash under way leaves the long file or the short one. */
  truncate(path: string, size: number): Promise<void> {
    const { files } = this.#disk
    const file = files.get(path)
    if (file === undefined) return Promise.reject(missing('cut', path))
    return this.#persist({
      label: 'truncate',
      path,
      bytes: 0,
      start: () => {
        const long = file.clone()
        file.truncate(size)
        this.#disk.noteNameChange(() => files.set(path, long))
      },
      commit: () => this.#disk.syncNames()
    })
  }

  remove(path: string): Promise<void> {
    const { files } = this.#disk
    const file = files.get(path)
    if (file === undefined) return this.#answer(() => undefined)
    return this.#persist({
      label: 'remove',
      path,
      bytes: 0,
      start: () => {
        files.delete(path)
        this.#disk.noteNameChange(() => files.set(path, file))
      },
      commit: () => {}
    })
  }

  rename(from: string, to: string): Promise<void> {
    const { files } = this.#disk
    const file = files.get(from)
    if (file === undefined) return Promise.reject(missing('rename', from))
    return this.#persist({
      label: 'rename',
      path: from,
      bytes: 0,
      start: () => {
        const replaced = files.get(to)
        files.delete(from)
        files.set(to, file)
        this.#disk.noteNameChange(() => {
          setOrDelete(files, to, replaced)
          files.set(from, file)
        })
      },
      commit: () => this.#disk.syncNames()
    })
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#answer(() => {
      const prefix = `${directory}/`
      const names: string[] = []
      for (const path of this.#disk.files.keys()) {
        if (!path.startsWith(prefix)) continue
        const name = path.slice(prefix.length)
        if (!name.includes('/')) names.push(name)
      }
      return names.sort()
    })
  }

  makeDirectory(_path: string): Promise<void> {
    return this.#answer(() => undefined)
  }

  /** What a living process is told; a dead one waits for ever. */
  #answer<T>(make: () => T): Promise<T> {
    return this.#life.isAlive ? Promise.resolve(make()) : new Promise(() => {})
  }

  #persist(request: PersistRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#disk.persist(this.#life, request, error => (error === null ? resolve() : reject(error)))
    })
  }
}

function setOrDelete(files: Map<string, SimFile>, path: string, file: SimFile | undefined): void {
  if (file === undefined) files.delete(path)
  else files.set(path, file)
}

function missing(operation: string, path: string): BlockStoreError {
  return new BlockStoreError('IO', `cannot ${operation} ${path}: no such file`)
}
