import {
  Addresses,
  DEFAULT_BECH32_PREFIX,
  DEFAULT_BOND_DENOM,
  DEFAULT_COMMISSION,
  DEFAULT_TOKENS_PER_POWER,
  newStakingGenesis,
  stakingGenesisToJson
} from '../app/index.ts'
import type { Hex } from '../crypto/index.ts'
import type { GenesisValidator } from '../types/index.ts'

/** The application a new home has unless it is told another. */
export const STAKING_APP = 'staking'
/** Of the flag `--test-network`. */
export const TEST_NETWORK_HELP =
  'say in the genesis that nothing of value is at stake, which `start --byzantine` asks for'
/** What an operator has besides its stake. */
const OPERATOR_COINS = 1_000_000n * DEFAULT_TOKENS_PER_POWER

/**
 * The app_state of a new chain whose validators have the stake their power is made of, and whose operators have coins to
 * pay with. `operators` are accounts, one for each validator.
 */
export function newStakingAppState(
  validators: readonly GenesisValidator[],
  operators: readonly Hex[],
  testNetwork: boolean
): string {
  const addresses = new Addresses(DEFAULT_BECH32_PREFIX)
  const { staking } = newStakingGenesis({ testNetwork })
  return stakingGenesisToJson(
    newStakingGenesis({
      testNetwork,
      staking: { ...staking, maxValidators: Math.max(staking.maxValidators, validators.length) },
      accounts: operators.map(account => ({
        address: addresses.ofAccount(account),
        coins: [{ denom: DEFAULT_BOND_DENOM, amount: OPERATOR_COINS }]
      })),
      validators: validators.map(({ publicKey, power, name }, index) => ({
        operator: addresses.ofOperator(operators[index]!),
        publicKey,
        moniker: name,
        stake: power * DEFAULT_TOKENS_PER_POWER,
        minSelfBond: 1n,
        commission: DEFAULT_COMMISSION
      }))
    })
  )
}

/** The app_state for an application that reads none. */
export function plainAppState(testNetwork: boolean): string {
  return testNetwork ? '{"test_network":true}' : ''
}
