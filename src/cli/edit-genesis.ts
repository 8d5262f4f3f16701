import { existsSync, readdirSync } from 'node:fs'
import {
  isStakingState,
  parseStakingGenesis,
  type StakingGenesis,
  stakingGenesisProblem,
  stakingGenesisToJson
} from '../app/index.ts'
import { type HomePaths, PUBLIC_FILE_MODE, replaceFile } from '../config/index.ts'
import { type Genesis, genesisToJson, type Hex, parseGenesis } from '../types/index.ts'
import { CliError } from './cli-error.ts'
import { loadGenesis } from './genesis-file.ts'

/** Changes the genesis file of a home and returns its new hash. A chain that has blocks cannot get another genesis. */
export function editGenesis(paths: HomePaths, change: (genesis: Genesis) => Genesis): Hex {
  const { genesis } = loadGenesis(paths.genesisFile)
  if (hasChainData(paths)) {
    throw new CliError(
      'REFUSED',
      `${paths.dataDirectory} has blocks of this chain: its genesis cannot change any more (validators join by the application)`
    )
  }
  const changed = change(genesis)
  const text = genesisToJson(changed)
  parseGenesis(text)
  const problem = isStakingState(changed.appState) ? stakingGenesisProblem(changed) : null
  if (problem !== null) throw new CliError('REFUSED', `genesis file ${paths.genesisFile}: ${problem}`)
  replaceFile(paths.genesisFile, text, PUBLIC_FILE_MODE)
  return loadGenesis(paths.genesisFile).hash
}

/** The state a staking chain begins with; null of other applications. */
export function stakingStateOf({ appState }: Genesis): StakingGenesis | null {
  return isStakingState(appState) ? parseStakingGenesis(appState) : null
}

/** {@link stakingStateOf} where there must be one. Throws CliError (REFUSED). */
export function requireStakingState(genesis: Genesis, paths: HomePaths): StakingGenesis {
  const state = stakingStateOf(genesis)
  if (state !== null) return state
  throw new CliError(
    'REFUSED',
    `the chain of ${paths.genesisFile} has no accounts: its app_state is none of the staking app`
  )
}

export function withStakingState(genesis: Genesis, state: StakingGenesis): Genesis {
  return { ...genesis, appState: stakingGenesisToJson(state) }
}

/** A new home has nothing in its data directory but the state of the signer. */
function hasChainData(paths: HomePaths): boolean {
  if (!existsSync(paths.dataDirectory)) return false
  return readdirSync(paths.dataDirectory, { withFileTypes: true }).some(entry => entry.isDirectory())
}
