import { CommanderError } from 'commander'
import { ConfigError } from '../config/index.ts'
import { errorMessage, InvariantError, PnyxError } from '../util/index.ts'
import { UsageError } from './cli-error.ts'

/** What the process tells the shell. 64 and 70 are those of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** Something outside the program is wrong: a file, a port, a node that does not answer. */
  operating: 1,
  /** The command line is wrong. */
  usage: 64,
  /** The program is wrong: a broken invariant, or an error nobody foresaw. */
  broken: 70
} as const

export interface Failure {
  readonly exitCode: number
  /** One line for the operator; '' when nothing is to be said, as after --help. */
  readonly line: string
}

/** How the process ends after `thrown`. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CommanderError) {
    const line = oneLine(thrown.message.replace(/^error: /, ''))
    return thrown.exitCode === 0 ? { exitCode: EXIT.ok, line: '' } : { exitCode: EXIT.usage, line }
  }
  const line = oneLine(errorMessage(thrown))
  if (thrown instanceof UsageError) return { exitCode: EXIT.usage, line }
  if (thrown instanceof ConfigError && thrown.code === 'BAD_FLAG') return { exitCode: EXIT.usage, line }
  if (thrown instanceof InvariantError) return { exitCode: EXIT.broken, line: `broken invariant: ${line}` }
  if (thrown instanceof PnyxError) return { exitCode: EXIT.operating, line }
  return { exitCode: EXIT.broken, line: `unforeseen error: ${line}` }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim()
}
