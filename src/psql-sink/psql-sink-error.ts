import { PnyxError } from '../util/index.ts'

/** BAD_DATABASE: it answers, and is not made for this. UNREACHABLE: it does not answer. REFUSED: it would not take a row. */
export type PsqlSinkErrorCode = 'BAD_DATABASE' | 'UNREACHABLE' | 'REFUSED'

export class PsqlSinkError extends PnyxError<PsqlSinkErrorCode> {}
