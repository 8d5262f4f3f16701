import fs from 'node:fs'
import { BlockStoreError, fileError } from './block-store-error.ts'
import type { InPlaceFile } from './file-system.ts'
import type { StorageMeter } from './storage-meter.ts'

export interface NodeInPlaceFileOptions {
  readonly path: string
  readonly descriptor: number
  readonly label: string
  readonly meter: StorageMeter
}

/**
 * An in-place file on a real disk. Writes go to the page cache from the calling thread, which touches no disk and is
 * cheaper than a turn of the thread pool; only syncs wait for the device.
 */
export class NodeInPlaceFile implements InPlaceFile {
  readonly #options: NodeInPlaceFileOptions
  #isClosed = false

  constructor(options: NodeInPlaceFileOptions) {
    this.#options = options
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#requireOpen()
    const { path, descriptor } = this.#options
    try {
      for (let done = 0; done < bytes.length; ) {
        done += fs.writeSync(descriptor, bytes, done, bytes.length - done, offset + done)
      }
    } catch (thrown) {
      throw fileError(thrown, 'write', path)
    }
  }

  async sync(): Promise<void> {
    this.#requireOpen()
    const { path, descriptor, label, meter } = this.#options
    const startedAt = performance.now()
    try {
      await new Promise<void>((resolve, reject) => {
        fs.fdatasync(descriptor, error => (error === null ? resolve() : reject(error)))
      })
    } catch (thrown) {
      throw fileError(thrown, 'write', path)
    }
    meter.synced(label, (performance.now() - startedAt) / 1000)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await new Promise<void>(resolve => fs.close(this.#options.descriptor, () => resolve()))
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new BlockStoreError('CLOSED', `${this.#options.path} is closed`)
  }
}
