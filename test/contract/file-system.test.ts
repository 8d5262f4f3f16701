import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeFileSystem } from '../../src/blockstore/index.ts'
import { mountSimDisk, SimDisk } from '../../src/sim/disk/index.ts'
import { fileSystemContract } from './file-system-contract.ts'

fileSystemContract('real disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pnyx-fs-'))
  return { fileSystem: new NodeFileSystem(), directory, cleanUp: () => rm(directory, { recursive: true }) }
})

fileSystemContract('simulated disk', async () => ({
  fileSystem: mountSimDisk(new SimDisk({ random: () => 0.5 })).fileSystem,
  directory: '/home/data',
  cleanUp: async () => {}
}))
