import { BlockStoreError, type Wal } from '../blockstore/index.ts'
import type { Height } from '../types/index.ts'
import type { Logger } from '../util/index.ts'
import { fromWalRecord, type JournalRecord } from './host/journal.ts'

/** What the log knows of the height in progress. */
export interface LoggedHeight {
  readonly records: readonly JournalRecord[]
  /**
   * False when part of what this node did in the height may be forgotten, a lock for instance: then it must sign
   * nothing before the next height.
   */
  readonly isWhole: boolean
  /** False when the height does not begin in the log: what is appended to it would stand in an earlier one. */
  readonly hasStart: boolean
}

/** Reads the records after block `lastHeight`; 0 on a new chain. */
export async function readJournal(wal: Wal, lastHeight: Height, logger: Logger): Promise<LoggedHeight> {
  try {
    const records = await wal.replay(lastHeight)
    if (records !== null) {
      return { records: records.flatMap(r => fromWalRecord(r) ?? []), isWhole: true, hasStart: true }
    }
    // A crash between saving a block and logging its end: nothing was signed since, or the end would be there too.
    const isOneBehind = lastHeight > 0 && (await hasEnd(wal, lastHeight))
    if (!isOneBehind)
      logger.warn('the write-ahead log does not know this height; no record of what was done in it', {
        lastHeight
      })
    return { records: [], isWhole: isOneBehind, hasStart: false }
  } catch (error) {
    if (!(error instanceof BlockStoreError) || error.code !== 'WAL_DAMAGED') throw error
    logger.error('the write-ahead log of the height in progress is damaged', {
      reason: error.message
    })
    return { records: [], isWhole: false, hasStart: false }
  }
}

/** Whether the log holds the height that ended with block `height`, from its beginning. */
async function hasEnd(wal: Wal, height: Height): Promise<boolean> {
  const records = await wal.replay(height - 1)
  return records !== null
}
