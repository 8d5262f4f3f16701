import type * as z from 'zod'
import { CliError } from './cli-error.ts'

/** Reads what a node answered into the shape a command needs. Throws CliError (NO_ANSWER) with one line. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new CliError(
    'NO_ANSWER',
    `the node's answer has not the expected form: ${path.join('.')}: ${message}`
  )
}
