/**
 * The base of every error Pnyx throws on purpose. `code` is stable and machine-readable, `message` is the one line
 * an operator reads, and it says what to do where that is known.
 */
export class PnyxError<Code extends string = string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A broken invariant: a bug in Pnyx or damaged memory. The node stops signing and exits with 70. */
export class InvariantError extends PnyxError<'INVARIANT_BROKEN'> {
  constructor(message: string, options?: ErrorOptions) {
    super('INVARIANT_BROKEN', message, options)
  }
}

/** Text of anything that was thrown, for a log line. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
