import { PnyxError } from '../util/index.ts'

/**
 * An app that cannot go on. STATE_DAMAGED: what the store holds is not what this app wrote. WRONG_HEIGHT: a block that
 * does not follow the last committed one. NO_BLOCK: commit without a finalized block.
 * GENESIS_INVALID: an app_state no chain can begin with.
 */
export type AppErrorCode = 'STATE_DAMAGED' | 'WRONG_HEIGHT' | 'NO_BLOCK' | 'GENESIS_INVALID'

export class AppError extends PnyxError<AppErrorCode> {}
