import * as z from 'zod'
import { DEFAULT_SLASHING_PARAMS, fractionFromText, type SlashingParams } from '../../../evidence/index.ts'
import { type PublicKey, publicKeyFromAminoJson } from '../../../types/index.ts'
import { type Coin, isDenom, MAX_AMOUNT } from '../coins.ts'
import type { StakingParams, TxParams } from '../records/chain-config.ts'
import type { CommissionRates } from '../records/validators.ts'

/** What the chain of a staking app begins with: app_state of genesis.json, read. */
export interface StakingGenesis {
  /** Nodes of it may be told to misbehave. */
  readonly testNetwork: boolean
  readonly bech32Prefix: string
  readonly bondDenom: string
  /** Tokens that make one unit of voting power. */
  readonly tokensPerPower: bigint
  /** Nanoseconds. */
  readonly minBlockTime: bigint
  readonly tx: TxParams
  /** Without unbonding time it is the greatest age of evidence. */
  readonly staking: Omit<StakingParams, 'unbondingTime'> & { readonly unbondingTime: bigint | null }
  readonly slashing: SlashingParams
  readonly accounts: readonly GenesisAccount[]
  readonly validators: readonly GenesisStake[]
}

export interface GenesisAccount {
  readonly address: string
  readonly coins: readonly Coin[]
}

/** A validator and its own stake, which is not taken from its account. */
export interface GenesisStake {
  /** An operator address. */
  readonly operator: string
  readonly publicKey: PublicKey
  readonly moniker: string
  readonly stake: bigint
  readonly minSelfBond: bigint
  readonly commission: CommissionRates
}

const PERCENT = 10n ** 16n
export const DEFAULT_COMMISSION: CommissionRates = {
  rate: 10n * PERCENT,
  maxRate: 20n * PERCENT,
  maxChangeRate: PERCENT
}

export const DEFAULT_TX_PARAMS: TxParams = {
  maxMemoCharacters: 256,
  maxSignatures: 7,
  maxMessages: 100,
  minGasPrice: 0n
}

export const DEFAULT_STAKING_PARAMS: StakingGenesis['staking'] = {
  unbondingTime: null,
  maxValidators: 100,
  maxEntries: 7,
  minCommissionRate: 0n,
  minActiveValidators: 1
}

export const DEFAULT_TOKENS_PER_POWER = 1_000_000n
export const DEFAULT_MIN_BLOCK_TIME = 1_000_000_000n
const DURATION = /^(0|[1-9]\d{0,9})(?:\.(\d{1,9}))?s$/

const tokens = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,38})$/, 'expected a whole number in a string, such as "1000000"')
  .transform(BigInt)
  .refine(value => value <= MAX_AMOUNT, `expected at most ${MAX_AMOUNT}`)
const positiveTokens = tokens.refine(value => value > 0n, 'expected more than 0')
const fraction = z.string().transform((text, issues) => {
  const value = fractionFromText(text)
  if (value !== null) return value
  issues.addIssue('expected a decimal from 0 to 1 in a string, such as "0.05"')
  return z.NEVER
})
const seconds = z.string().transform((text, issues) => {
  const match = DURATION.exec(text)
  if (match !== null) return BigInt(match[1]!) * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'))
  issues.addIssue('expected seconds in a string, such as "600s" or "0.5s"')
  return z.NEVER
})
const count = (min: number, max: number) => z.int().min(min).max(max)
const denom = z
  .string()
  .refine(isDenom, 'expected a denomination: a letter, then 2 to 127 of a-z A-Z 0-9 / : . _ -')
const gasPrice = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?$/, 'expected a decimal in a string, such as "0.025"')
  .transform(text => {
    const [whole, digits = ''] = text.split('.')
    return BigInt(whole!) * 10n ** 18n + BigInt(digits.padEnd(18, '0'))
  })
const publicKey = z.strictObject({ type: z.string(), value: z.string() }).transform((json, issues) => {
  const key = publicKeyFromAminoJson(json)
  if (key !== null) return key
  issues.addIssue('expected a public key as `pnyx show-validator` prints it')
  return z.NEVER
})

const slashing = z.strictObject({
  signed_blocks_window: z.int().default(DEFAULT_SLASHING_PARAMS.signedBlocksWindow),
  min_signed: z.int().default(DEFAULT_SLASHING_PARAMS.minSigned),
  downtime_jail_duration: seconds.default(DEFAULT_SLASHING_PARAMS.downtimeJailDuration),
  slash_fraction_downtime: fraction.default(DEFAULT_SLASHING_PARAMS.slashFractionDowntime),
  slash_fraction_double_sign: fraction.default(DEFAULT_SLASHING_PARAMS.slashFractionDoubleSign),
  correlation: z.boolean().default(DEFAULT_SLASHING_PARAMS.correlation),
  correlation_window_blocks: z.int().default(DEFAULT_SLASHING_PARAMS.correlationWindowBlocks)
})

const staking = z.strictObject({
  unbonding_time: seconds.nullable().default(DEFAULT_STAKING_PARAMS.unbondingTime),
  max_validators: count(1, 200).default(DEFAULT_STAKING_PARAMS.maxValidators),
  max_entries: count(1, 100).default(DEFAULT_STAKING_PARAMS.maxEntries),
  min_commission_rate: fraction.default(DEFAULT_STAKING_PARAMS.minCommissionRate),
  min_active_validators: count(1, 200).default(DEFAULT_STAKING_PARAMS.minActiveValidators),
  tokens_per_power: positiveTokens.default(DEFAULT_TOKENS_PER_POWER),
  min_block_time: seconds.default(DEFAULT_MIN_BLOCK_TIME)
})

const tx = z.strictObject({
  max_memo_characters: count(0, 65_536).default(DEFAULT_TX_PARAMS.maxMemoCharacters),
  max_signatures: count(1, 100).default(DEFAULT_TX_PARAMS.maxSignatures),
  max_messages: count(1, 1000).default(DEFAULT_TX_PARAMS.maxMessages),
  min_gas_price: gasPrice.default(DEFAULT_TX_PARAMS.minGasPrice)
})

const commission = z.strictObject({ rate: fraction, max_rate: fraction, max_change_rate: fraction })

const validator = z.strictObject({
  operator: z.string(),
  pub_key: publicKey,
  moniker: z.string().max(70).default(''),
  stake: positiveTokens,
  min_self_delegation: positiveTokens.default(1n),
  commission: commission.optional()
})

export const GENESIS_SHAPE = z.strictObject({
  test_network: z.boolean().default(false),
  bech32_prefix: z.string(),
  bond_denom: denom,
  params: z
    .strictObject({
      tx: tx.prefault({}),
      staking: staking.prefault({}),
      slashing: slashing.prefault({})
    })
    .prefault({}),
  accounts: z
    .array(
      z.strictObject({
        address: z.string(),
        coins: z.array(z.strictObject({ denom, amount: positiveTokens })).default([])
      })
    )
    .default([]),
  validators: z.array(validator).default([])
})
export type GenesisJson = z.output<typeof GENESIS_SHAPE>
