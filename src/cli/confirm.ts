import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'

export interface Confirmation {
  /** What will happen, a line each. */
  readonly consequences: readonly string[]
  /** What must be typed to go on. */
  readonly word: string
  /** `--yes` was given. */
  readonly yes: boolean
}

/**
 * Lets a dangerous command go on only if a person typed the word, or `--yes` was given. Throws CliError
 * (NOT_CONFIRMED), also where there is no terminal to ask at.
 */
export async function confirm(io: CliIo, { consequences, word, yes }: Confirmation): Promise<void> {
  for (const line of consequences) io.note(line)
  if (yes) return
  if (io.ask === null) {
    throw new CliError(
      'NOT_CONFIRMED',
      'refused: nobody to ask, since this is no terminal; --yes does it anyway'
    )
  }
  const answer = await io.ask(`Type ${word} to go on: `)
  if (answer.trim() !== word) throw new CliError('NOT_CONFIRMED', 'nothing was changed')
}
