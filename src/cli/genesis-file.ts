import { decodeText, readRequiredBytes } from '../config/index.ts'
import { type Genesis, GenesisError, genesisHash, type Hex, readGenesis } from '../types/index.ts'
import { CliError } from './cli-error.ts'

const WHAT = 'genesis file'

export interface GenesisFile {
  readonly genesis: Genesis
  readonly bytes: Uint8Array
  /** sha256 of the file's bytes: what all nodes of the chain compare. */
  readonly hash: Hex
  /** What is legal and yet worth knowing, a line each. */
  readonly warnings: readonly string[]
}

/** Reads and checks a genesis file. Throws ConfigError or CliError with one line that names the file. */
export function loadGenesis(path: string): GenesisFile {
  const bytes = readRequiredBytes(path, WHAT, 'copy that of the chain here, or `pnyx init` makes one')
  const text = decodeText(bytes, path, WHAT)
  try {
    return { ...readGenesis(text), bytes, hash: genesisHash(bytes) }
  } catch (error) {
    if (!(error instanceof GenesisError)) throw error
    throw new CliError('REFUSED', `${WHAT} ${path}: ${error.message}`, { cause: error })
  }
}
