import { BlockStoreError, type FileSystem, type KeyValueStore, SortedBytes } from '../../blockstore/index.ts'
import { SimDatabase } from './sim-database.ts'
import type { SimDisk } from './sim-disk.ts'
import { SimFileSystem } from './sim-file-system.ts'
import { SimKeyValueStore } from './sim-key-value-store.ts'

/** The ports of one incarnation. */
export interface SimMount {
  readonly fileSystem: FileSystem
  /** Errors: LOCKED when open already, CORRUPT when damaged. */
  openKeyValueStore(path: string): KeyValueStore
}

/** Gives a starting node its ports. What an earlier mount opened is dead from now on. */
export function mountSimDisk(disk: SimDisk): SimMount {
  const life = disk.newIncarnation()
  return {
    fileSystem: new SimFileSystem(disk, life),
    openKeyValueStore(path) {
      const database = disk.databases.get(path) ?? new SimDatabase(new SortedBytes())
      disk.databases.set(path, database)
      if (database.isOpen) throw new BlockStoreError('LOCKED', `another process is using ${path}`)
      if (database.isCorrupt) throw new BlockStoreError('CORRUPT', `${path} is damaged`)
      database.isOpen = true
      return new SimKeyValueStore(disk, life, path, database)
    }
  }
}
