import { PnyxError } from '../util/index.ts'

/** The command line asks for something that cannot be meant. Exit code 64. */
export class UsageError extends PnyxError<'USAGE'> {
  constructor(message: string) {
    super('USAGE', message)
  }
}

export type CliErrorCode =
  | 'NO_ANSWER'
  | 'RPC_ERROR'
  | 'NOT_CONFIRMED'
  | 'REFUSED'
  | 'TX_FAILED'
  | 'START_FAILED'
  | 'SIMULATION_FAILED'

/** A command could not do what it was asked. Exit code 1. */
export class CliError extends PnyxError<CliErrorCode> {}
