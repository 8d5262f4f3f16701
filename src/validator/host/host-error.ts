import { PnyxError } from '../../util/index.ts'

/** Consensus cannot go on in this node; it stops signing and the process ends. */
export class HostError extends PnyxError<'INVALID_DECISION'> {}
