import { errorMessage, PnyxError } from '../util/index.ts'

/**
 * What can go wrong with the disk. LOCKED: another process holds the database; CORRUPT: stored bytes are damaged or
 * missing; NO_SPACE: the disk or quota is full; DENIED: no permission, or a read-only file system; IO: the device
 * failed; CLOSED: used after close; GENESIS_MISMATCH: the directory belongs to another chain; SCHEMA_TOO_NEW: written
 * by a newer release; WAL_DAMAGED: records of the height in progress were synced and cannot be read any more;
 * NOT_FOUND: what must exist for the operation does not.
 */
export type BlockStoreErrorCode =
  | 'LOCKED'
  | 'CORRUPT'
  | 'NO_SPACE'
  | 'DENIED'
  | 'IO'
  | 'CLOSED'
  | 'GENESIS_MISMATCH'
  | 'SCHEMA_TOO_NEW'
  | 'WAL_DAMAGED'
  | 'NOT_FOUND'

export class BlockStoreError extends PnyxError<BlockStoreErrorCode> {}

/** Wraps what a system call threw; the message names the path and, where the operator can act, what to do. */
export function fileError(thrown: unknown, operation: string, path: string): BlockStoreError {
  if (thrown instanceof BlockStoreError) return thrown
  const errno = (thrown as { code?: unknown }).code
  const subject = `cannot ${operation} ${path}`
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new BlockStoreError('NO_SPACE', `${subject}: no space left; free some and start again`, {
        cause: thrown
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BlockStoreError('DENIED', `${subject}: ${errno}; check owner, mode and mount options`, {
        cause: thrown
      })
    default:
      return new BlockStoreError('IO', `${subject}: ${errorMessage(thrown)}`, { cause: thrown })
  }
}
