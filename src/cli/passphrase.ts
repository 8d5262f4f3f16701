import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import {
  decodeText,
  firstLine,
  keysDirectory,
  passphraseBeside,
  readPassphraseFile
} from '../config/index.ts'
import { errorMessage } from '../util/index.ts'
import { CliError, UsageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { wholeNumber } from './numbers.ts'

const MIN_CHARACTERS = 8

export interface PassphraseOptions {
  readonly passphraseFile?: string
  readonly passphraseFd?: number
}

/** Adds the ways to give a passphrase. There is none on the command line itself: everybody on the machine can read that. */
export function withPassphrase(command: Command): Command {
  return command
    .option('--passphrase-file <file>', 'a file of mode 600 whose only line is the passphrase of the key')
    .option('--passphrase-fd <number>', 'a file descriptor to read the passphrase from', wholeNumber(0, 1023))
}

/** The passphrase of a key that is there: given, beside the key (on test networks), or asked for. */
export async function passphraseOf(
  io: CliIo,
  options: PassphraseOptions,
  home: string,
  name: string
): Promise<string> {
  const given = givenPassphrase(options) ?? passphraseBeside(keysDirectory(home), name)
  return given ?? askSecret(io, `Passphrase of key ${name}:`)
}

/** A passphrase for a new key, long enough and, when it is typed, typed twice. */
export async function newPassphrase(io: CliIo, options: PassphraseOptions): Promise<string> {
  const given = givenPassphrase(options)
  const passphrase = given ?? (await askSecret(io, `New passphrase, at least ${MIN_CHARACTERS} characters:`))
  if ([...passphrase].length < MIN_CHARACTERS) {
    throw new CliError(
      'REFUSED',
      `the passphrase has fewer than ${MIN_CHARACTERS} characters; nothing was changed`
    )
  }
  if (given === null && (await askSecret(io, 'The same once more:')) !== passphrase) {
    throw new CliError('NOT_CONFIRMED', 'the two passphrases differ; nothing was changed')
  }
  return passphrase
}

/** Asks for something secret. Throws CliError (NOT_CONFIRMED) where there is nobody to ask. */
export async function askSecret(io: CliIo, question: string): Promise<string> {
  if (!io.askSecret) {
    throw new CliError(
      'NOT_CONFIRMED',
      'nobody to ask for the passphrase, since this is no terminal: --passphrase-file or --passphrase-fd gives it'
    )
  }
  const answer = await io.askSecret(question)
  if (answer === '') throw new CliError('NOT_CONFIRMED', 'nothing was typed; nothing was changed')
  return answer
}

function givenPassphrase({ passphraseFile, passphraseFd }: PassphraseOptions): string | null {
  if (passphraseFile !== undefined && passphraseFd !== undefined) {
    throw new UsageError('--passphrase-file and --passphrase-fd: give one of them')
  }
  if (passphraseFile !== undefined) return readPassphraseFile(passphraseFile)
  return passphraseFd === undefined ? null : readDescriptor(passphraseFd)
}

function readDescriptor(descriptor: number): string {
  const name = `descriptor ${descriptor}`
  try {
    return firstLine(decodeText(readFileSync(descriptor), name, 'passphrase file'), name)
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new CliError('REFUSED', `cannot read ${name}: ${errorMessage(error)}`, { cause: error })
    }
    throw error
  }
}
