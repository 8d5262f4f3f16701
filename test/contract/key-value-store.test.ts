import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevelKeyValueStore, MemoryKeyValueStore } from '../../src/blockstore/index.ts'
import { mountSimDisk, SimDisk } from '../../src/sim/disk/index.ts'
import { keyValueStoreContract } from './key-value-store-contract.ts'

keyValueStoreContract('LevelDB', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pnyx-level-'))
  return {
    isPersistent: true,
    open: () => LevelKeyValueStore.open({ path: join(directory, 'db') }),
    cleanUp: () => rm(directory, { recursive: true })
  }
})

keyValueStoreContract('memory', async () => ({
  isPersistent: false,
  open: async () => new MemoryKeyValueStore(),
  cleanUp: async () => {}
}))

keyValueStoreContract('simulated disk', async () => {
  const mount = mountSimDisk(new SimDisk({ random: () => 0.5 }))
  return {
    isPersistent: true,
    open: async () => mount.openKeyValueStore('/home/data/chain.db'),
    cleanUp: async () => {}
  }
})
