import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BlockStore, LevelKeyValueStore, NodeFileSystem, StateStore } from '../../blockstore/index.ts'
import { type LoadedConfig, lockHome } from '../../config/index.ts'
import { CliError } from '../cli-error.ts'
import { type GenesisFile, loadGenesis } from '../genesis-file.ts'

/** What a node that does not run has on its disk. */
export interface StoppedHome {
  readonly loaded: LoadedConfig
  readonly genesisFile: GenesisFile
  readonly files: NodeFileSystem
  readonly store: LevelKeyValueStore
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
}

export function databasePath({ paths }: LoadedConfig): string {
  return join(paths.dataDirectory, 'chain.db')
}

/** Lets `work` have a home alone. Throws ConfigError (HOME_LOCKED) while a process uses it, CliError without a database. */
export async function withLockedHome<T>(loaded: LoadedConfig, work: () => Promise<T>): Promise<T> {
  const lock = lockHome(loaded.paths.lockFile)
  try {
    const path = databasePath(loaded)
    if (!existsSync(path)) throw new CliError('REFUSED', `${path} does not exist: this node has never run`)
    return await work()
  } finally {
    lock.release()
  }
}

/** Opens the stores of a home that no process uses, and closes them again whatever `work` does. */
export function withStoppedHome<T>(
  loaded: LoadedConfig,
  work: (home: StoppedHome) => Promise<T>
): Promise<T> {
  return withLockedHome(loaded, async () => {
    const genesisFile = loadGenesis(loaded.paths.genesisFile)
    const store = await LevelKeyValueStore.open({ path: databasePath(loaded) })
    try {
      const files = new NodeFileSystem({})
      const stateStore = await StateStore.open(store, {
        genesis: genesisFile.genesis,
        genesisBytes: genesisFile.bytes,
        keepResults: !loaded.config.storage.discardAbciResponses
      })
      const directory = join(loaded.paths.dataDirectory, 'blocks')
      const blockStore = await BlockStore.open({ store, fileSystem: files, directory })
      try {
        return await work({ loaded, genesisFile, files, store, blockStore, stateStore })
      } finally {
        await blockStore.close()
      }
    } finally {
      await store.close()
    }
  })
}
