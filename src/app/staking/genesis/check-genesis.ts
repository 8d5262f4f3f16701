import type { Genesis } from '../../../types/index.ts'
import { AppError } from '../../app-error.ts'
import type { StateReader } from '../state/table.ts'
import { applyGenesis } from './apply-genesis.ts'

const NOTHING: StateReader = { get: () => null, members: () => [] }

/** True when an app_state is one of a staking chain, right or wrong. */
export function isStakingState(appState: string): boolean {
  try {
    const json: unknown = JSON.parse(appState)
    return typeof json === 'object' && json !== null && 'bech32_prefix' in json
  } catch {
    return false
  }
}

/** Why no staking chain can begin with this genesis, as one line; null when one can. */
export function stakingGenesisProblem(genesis: Genesis): string | null {
  const { genesisTime: time, chainId, consensusParams, validators, appState, initialHeight } = genesis
  const updates = validators.map(({ publicKey, power }) => ({ publicKey, power }))
  try {
    applyGenesis(NOTHING, { time, chainId, consensusParams, validators: updates, appState, initialHeight })
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
