import type { Height } from '../types/index.ts'
import type { FileSystem } from './file-system.ts'
import { scanWal, type WalScan } from './wal-scan.ts'

const HEAD_NAME = 'wal'
const ROTATED_NAME = /^wal\.(\d{3,9})$/
const EMPTY = new Uint8Array(0)

/** The files of one log: the head, which is written, and rotated ones, `wal.000` and up, older first. */
export class WalFiles {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  #rotated: readonly number[]
  /** Highest endHeight in a rotated file, -1 for none; unknown until a file was read. */
  readonly #lastEndHeight = new Map<number, Height>()

  private constructor(fileSystem: FileSystem, directory: string, rotated: readonly number[]) {
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#rotated = rotated
  }

  static async open(fileSystem: FileSystem, directory: string): Promise<WalFiles> {
    await fileSystem.makeDirectory(directory)
    const rotated: number[] = []
    for (const name of await fileSystem.list(directory)) {
      const match = ROTATED_NAME.exec(name)
      if (match !== null) rotated.push(Number(match[1]))
    }
    return new WalFiles(
      fileSystem,
      directory,
      rotated.sort((a, b) => a - b)
    )
  }

  get headPath(): string {
    return `${this.#directory}/${HEAD_NAME}`
  }

  /** Oldest first. */
  get rotated(): readonly number[] {
    return this.#rotated
  }

  path(index: number): string {
    return `${this.headPath}.${String(index).padStart(3, '0')}`
  }

  async scanRotated(index: number): Promise<WalScan> {
    const scan = scanWal((await this.#fileSystem.read(this.path(index))) ?? EMPTY)
    this.#lastEndHeight.set(index, lastEndHeightOf(scan))
    return scan
  }

  /** Makes the closed head the newest rotated file. */
  async rotateHead(lastEndHeight: Height): Promise<string> {
    const index = (this.#rotated.at(-1) ?? -1) + 1
    const path = this.path(index)
    await this.#fileSystem.rename(this.headPath, path)
    this.#rotated = [...this.#rotated, index]
    this.#lastEndHeight.set(index, lastEndHeight)
    return path
  }

  /** Removes the rotated files before the newest one that has an endHeight of at least `height`. */
  async removeBefore(height: Height, headEndHeight: Height): Promise<void> {
    let keepFrom = this.#rotated.length
    if (headEndHeight < height) {
      keepFrom = 0
      for (const [position, index] of this.#rotated.entries()) {
        if (!this.#lastEndHeight.has(index)) await this.scanRotated(index)
        if (this.#lastEndHeight.get(index)! >= height) {
          keepFrom = position
          break
        }
      }
    }
    await this.removeOldest(keepFrom)
  }

  async removeOldest(count: number): Promise<void> {
    for (const index of this.#rotated.slice(0, count)) {
      await this.#fileSystem.remove(this.path(index))
      this.#rotated = this.#rotated.filter(other => other !== index)
      this.#lastEndHeight.delete(index)
    }
  }
}

export function lastEndHeightOf(scan: WalScan): Height {
  for (let at = scan.records.length - 1; at >= 0; at--) {
    const { record } = scan.records[at]!.timed
    if (record.kind === 'endHeight') return record.height
  }
  return -1
}
