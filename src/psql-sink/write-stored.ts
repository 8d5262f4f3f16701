import type { Height } from '../types/index.ts'
import type { Connect } from './connection.ts'
import { ensureSchema } from './schema.ts'
import type { StoredBlocks } from './stored-blocks.ts'
import { writeHeight } from './write-height.ts'

export interface WriteStoredParts {
  readonly connect: Connect
  readonly chainId: string
  readonly blocks: StoredBlocks
}

export interface WrittenHeights {
  readonly written: number
  /** Were in the database already. */
  readonly known: number
  /** Block or results are not stored here. */
  readonly missing: number
}

/** Writes what the database lacks of the heights `from` to `to`, both included. Throws PsqlSinkError at the first trouble. */
export async function writeStored(
  { connect, chainId, blocks }: WriteStoredParts,
  from: Height,
  to: Height
): Promise<WrittenHeights> {
  const connection = await connect()
  const counts = { written: 0, known: 0, missing: 0 }
  try {
    await ensureSchema(connection)
    for (let height = from; height <= to; height++) {
      const applied = await blocks.load(height)
      if (applied === null) counts.missing++
      else counts[(await writeHeight(connection, chainId, applied)) ? 'written' : 'known']++
    }
    return counts
  } finally {
    connection.close()
  }
}
