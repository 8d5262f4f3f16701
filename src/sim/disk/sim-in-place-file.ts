import { BlockStoreError, type InPlaceFile } from '../../blockstore/index.ts'
import type { Incarnation, SimDisk } from './sim-disk.ts'
import type { SimFile } from './sim-file.ts'

/** The in-place file on a simulated disk. */
export class SimInPlaceFile implements InPlaceFile {
  readonly #disk: SimDisk
  readonly #life: Incarnation
  readonly #path: string
  readonly #file: SimFile
  #isClosed = false

  constructor(disk: SimDisk, life: Incarnation, path: string, file: SimFile) {
    this.#disk = disk
    this.#life = life
    this.#path = path
    this.#file = file
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#requireOpen()
    if (this.#life.isAlive) this.#file.overwrite(offset, bytes)
  }

  async sync(): Promise<void> {
    this.#requireOpen()
    await new Promise<void>((resolve, reject) => {
      const request = {
        label: 'sync' as const,
        path: this.#path,
        bytes: 0,
        start: () => this.#file.beginSync(),
        commit: () => this.#file.endSync(),
        failed: () => {}
      }
      this.#disk.persist(this.#life, request, error => (error === null ? resolve() : reject(error)))
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new BlockStoreError('CLOSED', `${this.#path} is closed`)
  }
}
