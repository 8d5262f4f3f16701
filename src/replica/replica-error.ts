import { PnyxError } from '../util/index.ts'

export type ReplicaErrorCode = 'BAD_OPTIONS' | 'ALREADY_STARTED'

/** Misuse of the library by its caller. */
export class ReplicaError extends PnyxError<ReplicaErrorCode> {}
