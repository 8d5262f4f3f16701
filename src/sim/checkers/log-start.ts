import { Wal } from '../../blockstore/index.ts'
import type { Height } from '../../types/index.ts'
import { type Clock, errorMessage } from '../../util/index.ts'
import { mountSimDisk, SimDisk } from '../disk/index.ts'
import { SIM_PATHS } from '../sim-node.ts'

/** Why the log on this disk does not hold `height` from its beginning, or null. Reads a copy. */
export async function whyLogIsShort(disk: SimDisk, height: Height, clock: Clock): Promise<string | null> {
  const copy = new SimDisk({ random: () => 0 })
  for (const [path, file] of disk.files) {
    if (path.startsWith(`${SIM_PATHS.wal}/`)) copy.files.set(path, file.clone())
  }
  const { fileSystem } = mountSimDisk(copy)
  try {
    const wal = await Wal.open({ fileSystem, directory: SIM_PATHS.wal, clock })
    const records = await wal.replay(height - 1)
    return records === null ? 'its log does not hold the beginning of that height' : null
  } catch (error) {
    return `its log cannot be read: ${errorMessage(error)}`
  }
}
