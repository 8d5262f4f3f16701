import {
  amount,
  bool,
  duration,
  int,
  type MessageValue,
  message,
  repeatedText,
  text,
  uint
} from '../wire/schema.ts'
import { tableOf } from './table-of.ts'

const chain = message('Chain', {
  chainId: text(1),
  bech32Prefix: text(2),
  bondDenom: text(3),
  /** May be played with: a node may misbehave on purpose. */
  testNetwork: bool(4),
  /** Tokens that make one unit of voting power. */
  tokensPerPower: amount(5),
  /** No two blocks are closer in time: by this the age of evidence in blocks is held against its age in time. */
  minBlockTime: duration(6),
  /** Gas of a block; -1 for any. */
  maxGas: int(7),
  /** Key types validators may have. */
  keyTypes: repeatedText(8, 16, 64)
})
/** What a chain is by its genesis. */
export type Chain = MessageValue<typeof chain>

const txParams = message('TxParams', {
  maxMemoCharacters: uint(1),
  maxSignatures: uint(2),
  maxMessages: uint(3),
  /** Of the bond denomination for one unit of gas, in units of 10^-18. */
  minGasPrice: amount(4)
})
export type TxParams = MessageValue<typeof txParams>

const stakingParams = message('StakingParams', {
  unbondingTime: duration(1),
  maxValidators: uint(2),
  /** Unbondings from one validator, or redelegations between two, that a delegator may have under way. */
  maxEntries: uint(3),
  minCommissionRate: amount(4),
  /** Validators there must be left in the set, whoever is jailed. */
  minActiveValidators: uint(5)
})
export type StakingParams = MessageValue<typeof stakingParams>

const slashingParams = message('SlashingParams', {
  signedBlocksWindow: uint(1),
  minSigned: uint(2),
  downtimeJailDuration: duration(3),
  slashFractionDowntime: amount(4),
  slashFractionDoubleSign: amount(5),
  correlation: bool(6),
  correlationWindowBlocks: uint(7)
})

/** Each of these tables has one record, under {@link THE}. */
export const THE = 'the'
export const CHAIN = tableOf('chain', chain)
export const TX_PARAMS = tableOf('txparams', txParams)
export const STAKING_PARAMS = tableOf('stakingparams', stakingParams)
export const SLASHING_PARAMS = tableOf('slashingparams', slashingParams)
