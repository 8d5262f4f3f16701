import { InvariantError } from './errors.ts'

/** Stops the node when `condition` does not hold; for programmer errors only, never for input from outside. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable case: ${JSON.stringify(value)}`)
}
