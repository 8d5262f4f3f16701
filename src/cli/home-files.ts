import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import {
  createFile,
  formatConfig,
  formatNodeKey,
  formatValidatorKey,
  generateKeyPair,
  type HomePaths,
  type KeyPair,
  loadNodeKey,
  loadValidatorKey,
  makeDirectory,
  PUBLIC_FILE_MODE,
  type RawValue,
  SECRET_FILE_MODE
} from '../config/index.ts'
import { EMPTY_SIGN_STATE, formatSignState } from '../validator/index.ts'
import { CliError } from './cli-error.ts'

/** A priv_validator_state.json of a key that has signed nothing. */
export const NEVER_SIGNED: string = Buffer.from(formatSignState(EMPTY_SIGN_STATE)).toString()

/** Files of a home directory as one of them is made or found. */
export interface FileReport {
  /** From the home directory. */
  readonly path: string
  readonly made: boolean
}

export interface NodeKeys {
  readonly validatorKey: KeyPair
  readonly nodeKey: KeyPair
}

export interface NodeFiles extends NodeKeys {
  readonly reports: readonly FileReport[]
}

/**
 * Makes what a node needs in its home besides genesis.json, and keeps every file that is there: `settings` and `keys`
 * are for those that are missing. A state of "never signed" is made only beside a key that is new too: a key that was
 * there may have signed.
 */
export function makeNodeFiles(
  paths: HomePaths,
  settings: Readonly<Record<string, RawValue>> = {},
  keys: NodeKeys = { nodeKey: generateKeyPair(), validatorKey: generateKeyPair() }
): NodeFiles {
  const reports: FileReport[] = []
  const make = (path: string, text: () => string, mode: number): boolean => {
    const made = !existsSync(path) && createFile(path, text(), mode)
    reports.push({ path: relative(paths.home, path), made })
    return made
  }
  make(paths.configFile, () => formatConfig(settings), PUBLIC_FILE_MODE)
  make(paths.nodeKeyFile, () => formatNodeKey(keys.nodeKey), SECRET_FILE_MODE)
  const newKey = make(paths.validatorKeyFile, () => formatValidatorKey(keys.validatorKey), SECRET_FILE_MODE)
  makeDirectory(paths.dataDirectory)
  if (newKey || existsSync(paths.validatorStateFile)) {
    make(paths.validatorStateFile, () => NEVER_SIGNED, SECRET_FILE_MODE)
  }
  return {
    validatorKey: loadValidatorKey(paths.validatorKeyFile),
    nodeKey: loadNodeKey(paths.nodeKeyFile),
    reports
  }
}

/** Refuses to leave a validator key without its state: starting it afresh could sign twice. Throws CliError (REFUSED). */
export function requireSignState(paths: HomePaths): void {
  if (existsSync(paths.validatorStateFile)) return
  throw new CliError(
    'REFUSED',
    `${paths.validatorKeyFile} was there already, but ${paths.validatorStateFile} is missing: copy it here too, or, ` +
      'only if this key has never signed on this chain, run `pnyx unsafe-reset-priv-validator`'
  )
}
