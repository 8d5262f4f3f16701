import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, parse, relative, resolve } from 'node:path'
import { type HomePaths, lockHome, readTextFile, replaceFile, SECRET_FILE_MODE } from '../config/index.ts'
import {
  type LastSignState,
  laterState,
  newestInJournal,
  parseSignState,
  signJournalPath
} from '../validator/index.ts'
import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { confirm } from './confirm.ts'
import { loadGenesis } from './genesis-file.ts'
import { NEVER_SIGNED } from './home-files.ts'

export interface ResetOptions {
  /** Also forget what was signed last. */
  readonly resetSigner: boolean
  readonly yes: boolean
}

/** What a reset came to. */
export interface ResetAnswer {
  /** Files and directories that are gone. */
  readonly deleted: readonly string[]
  /** Whether what was signed last is forgotten. */
  readonly signer_reset: boolean
  /** Where the old state of the signer is kept; null when there was nothing to keep. */
  readonly signer_state_kept: string | null
}

/** Deletes the databases and the write-ahead log of a home that no process uses, after asking. */
export async function removeChainData(
  paths: HomePaths,
  options: ResetOptions,
  io: CliIo
): Promise<ResetAnswer> {
  requireOwnDirectory(paths)
  const lock = lockHome(paths.lockFile)
  try {
    const doomed = doomedEntries(paths)
    const consequences = [
      ...doomed.map(path => `delete ${path}`),
      ...(options.resetSigner ? [`forget ${describeSignState(paths)}`] : [])
    ]
    if (consequences.length === 0) return { deleted: [], signer_reset: false, signer_state_kept: null }
    await confirm(io, { consequences, word: chainIdOf(paths), yes: options.yes })
    for (const path of doomed) rmSync(path, { recursive: true, force: true })
    const kept = options.resetSigner ? writeZeroState(paths) : null
    return { deleted: doomed, signer_reset: options.resetSigner, signer_state_kept: kept }
  } finally {
    lock.release()
  }
}

/** Makes the signer forget what it signed, after asking. */
export async function resetSigner(paths: HomePaths, yes: boolean, io: CliIo): Promise<ResetAnswer> {
  const lock = lockHome(paths.lockFile)
  try {
    const consequences = [`forget ${describeSignState(paths)}`]
    await confirm(io, { consequences, word: chainIdOf(paths), yes })
    return { deleted: [], signer_reset: true, signer_state_kept: writeZeroState(paths) }
  } finally {
    lock.release()
  }
}

/** {@link ResetAnswer} for a person, who has seen what goes before it went. */
export function resetToText({
  deleted,
  signer_reset: isReset,
  signer_state_kept: kept
}: ResetAnswer): string {
  const lines = [
    ...(deleted.length > 0 ? [`deleted ${deleted.length} files and directories`] : []),
    ...(isReset ? ['the signer remembers nothing'] : []),
    ...(kept === null ? [] : [`kept the old state of the signer as ${kept}`])
  ]
  return lines.length === 0 ? 'there is nothing to delete' : lines.join('\n')
}

/** db_dir may be set to anything: what holds more than the databases is not emptied. */
function requireOwnDirectory(paths: HomePaths): void {
  const data = resolve(paths.dataDirectory)
  const holdsHome = !relative(data, resolve(paths.home)).startsWith('..')
  if (data === parse(data).root || holdsHome) {
    throw new CliError(
      'REFUSED',
      `db_dir is ${data}, which holds more than databases: delete by hand what should go`
    )
  }
}

/** What stands in the data directory, and the log; never the state of the signer or what was set aside from it. */
function doomedEntries(paths: HomePaths): readonly string[] {
  const { dataDirectory, validatorStateFile, walFile } = paths
  const entries = existsSync(dataDirectory)
    ? readdirSync(dataDirectory).map(name => join(dataDirectory, name))
    : []
  const walDirectory = dirname(walFile)
  const isOutside = relative(dataDirectory, walDirectory).startsWith('..')
  const wal =
    isOutside && existsSync(walDirectory)
      ? readdirSync(walDirectory).map(name => join(walDirectory, name))
      : []
  return [...entries, ...wal.filter(path => path.startsWith(walFile))].filter(
    path => !path.startsWith(validatorStateFile)
  )
}

function chainIdOf(paths: HomePaths): string {
  try {
    return loadGenesis(paths.genesisFile).genesis.chainId
  } catch {
    return 'yes'
  }
}

function describeSignState(paths: HomePaths): string {
  const { validatorStateFile } = paths
  const text = readTextFile(validatorStateFile, 'validator state file')
  if (text === null) return `what was signed (${validatorStateFile} is missing)`
  try {
    const { height, round } = lastSigned(paths, text)
    return height === 0 ? 'that nothing was signed yet' : `that height ${height}, round ${round} was signed`
  } catch {
    return `what was signed (${validatorStateFile} is damaged)`
  }
}

/** What was signed last: after a power cut the journal knows more than the file. Throws when the file is damaged. */
function lastSigned({ validatorStateFile }: HomePaths, text: string): LastSignState {
  const state = parseSignState(Buffer.from(text), validatorStateFile)
  const journal = signJournalPath(validatorStateFile)
  const newest = existsSync(journal) ? newestInJournal(readFileSync(journal)) : null
  return newest === null ? state : laterState(state, newest)
}

/**
 * The old state and its journal stay beside the new one: they alone prove what must not be signed again. Returns where the
 * state is kept.
 */
function writeZeroState({ validatorStateFile }: HomePaths): string | null {
  const old = readTextFile(validatorStateFile, 'validator state file')
  const isKept = old !== null && old !== NEVER_SIGNED
  if (isKept) {
    replaceFile(keptAs(validatorStateFile), old, SECRET_FILE_MODE)
    const journal = signJournalPath(validatorStateFile)
    if (existsSync(journal)) renameSync(journal, keptAs(journal))
  }
  rmSync(signJournalPath(validatorStateFile), { force: true })
  replaceFile(validatorStateFile, NEVER_SIGNED, SECRET_FILE_MODE)
  return isKept ? keptAs(validatorStateFile) : null
}

function keptAs(path: string): string {
  return `${path}.before-reset`
}
