import { fractionToText } from '../../../evidence/index.ts'
import { publicKeyToAminoJson } from '../../../types/index.ts'
import type { GenesisAccount, GenesisStake, StakingGenesis } from './genesis-shape.ts'

const NANOS_PER_SECOND = 1_000_000_000n

/** The app_state of a genesis: every param is written out, so that whoever reads it sees what holds. */
export function stakingGenesisToJson(genesis: StakingGenesis): string {
  const { tx, staking, slashing } = genesis
  const json = {
    test_network: genesis.testNetwork,
    bech32_prefix: genesis.bech32Prefix,
    bond_denom: genesis.bondDenom,
    params: {
      tx: {
        max_memo_characters: tx.maxMemoCharacters,
        max_signatures: tx.maxSignatures,
        max_messages: tx.maxMessages,
        min_gas_price: decimalText(tx.minGasPrice)
      },
      staking: {
        unbonding_time: staking.unbondingTime === null ? null : durationText(staking.unbondingTime),
        max_validators: staking.maxValidators,
        max_entries: staking.maxEntries,
        min_commission_rate: decimalText(staking.minCommissionRate),
        min_active_validators: staking.minActiveValidators,
        tokens_per_power: `${genesis.tokensPerPower}`,
        min_block_time: durationText(genesis.minBlockTime)
      },
      slashing: {
        signed_blocks_window: slashing.signedBlocksWindow,
        min_signed: slashing.minSigned,
        downtime_jail_duration: durationText(slashing.downtimeJailDuration),
        slash_fraction_downtime: decimalText(slashing.slashFractionDowntime),
        slash_fraction_double_sign: decimalText(slashing.slashFractionDoubleSign),
        correlation: slashing.correlation,
        correlation_window_blocks: slashing.correlationWindowBlocks
      }
    },
    accounts: genesis.accounts.map(accountToJson),
    validators: genesis.validators.map(validatorToJson)
  }
  return indented(json)
}

function accountToJson({ address, coins }: GenesisAccount) {
  return { address, coins: coins.map(({ denom, amount }) => ({ denom, amount: `${amount}` })) }
}

function validatorToJson({ operator, publicKey, moniker, stake, minSelfBond, commission }: GenesisStake) {
  return {
    operator,
    pub_key: publicKeyToAminoJson(publicKey),
    moniker,
    stake: `${stake}`,
    min_self_delegation: `${minSelfBond}`,
    commission: {
      rate: decimalText(commission.rate),
      max_rate: decimalText(commission.maxRate),
      max_change_rate: decimalText(commission.maxChangeRate)
    }
  }
}

/** As a member of genesis.json, which is indented by two. */
function indented(json: unknown): string {
  return JSON.stringify(json, null, 2).replaceAll('\n', '\n  ')
}

/** Without zeros at the end: `0.05`. */
function decimalText(value: bigint): string {
  return fractionToText(value).replace(/\.?0+$/, '')
}

/** `600s`, `0.5s`. */
export function durationText(nanos: bigint): string {
  const rest = nanos % NANOS_PER_SECOND
  const digits = rest === 0n ? '' : `.${rest.toString().padStart(9, '0').replace(/0+$/, '')}`
  return `${nanos / NANOS_PER_SECOND}${digits}s`
}
