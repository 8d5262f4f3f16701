import type { BondStatus } from '../../../evidence/index.ts'
import type { KeyType } from '../../../types/index.ts'
import {
  amount,
  bool,
  bytes,
  choice,
  embedded,
  int64,
  type MessageValue,
  message,
  optionalUint,
  text,
  timestamp,
  uint
} from '../wire/schema.ts'
import { tableOf } from './table-of.ts'

const KEY_TYPES: Readonly<Record<KeyType, number>> = { ed25519: 1, secp256k1: 2 }
/** As cosmos.staking.v1beta1.BondStatus numbers them. */
export const BOND_STATUS: Readonly<Record<BondStatus, number>> = { unbonded: 1, unbonding: 2, bonded: 3 }

const publicKey = message('PublicKey', { type: choice(1, KEY_TYPES), bytes: bytes(2, 33) })

/** cosmos.staking.v1beta1.Description. */
export const DESCRIPTION = message('Description', {
  moniker: text(1),
  identity: text(2),
  website: text(3),
  securityContact: text(4),
  details: text(5)
})
export type Description = MessageValue<typeof DESCRIPTION>

/** cosmos.staking.v1beta1.CommissionRates: shares of 1 in units of 10^-18. */
export const COMMISSION_RATES = message('CommissionRates', {
  rate: amount(1),
  maxRate: amount(2),
  maxChangeRate: amount(3)
})
export type CommissionRates = MessageValue<typeof COMMISSION_RATES>

const validator = message('Validator', {
  /** The key it signs with from two blocks after it was set. */
  consensusKey: embedded(1, publicKey),
  description: embedded(2, DESCRIPTION),
  tokens: amount(3),
  /** What delegators hold of the tokens, in units of 10^-18. */
  shares: amount(4),
  status: choice(5, BOND_STATUS),
  jailed: bool(6),
  commission: embedded(7, COMMISSION_RATES),
  commissionChangedAt: timestamp(8),
  minSelfBond: amount(9),
  /** Height of the block that began its unbonding; of no meaning while bonded. */
  unbondingHeight: uint(10),
  unbondingTime: timestamp(11)
})
export type ValidatorRecord = MessageValue<typeof validator>

/** Every validator. */
export const ALL_VALIDATORS = 'val'
/** Those on their way out, which end-block looks at. */
export const UNBONDING_VALIDATORS = validatorsWith('unbonding')

/** Those with this status. */
export function validatorsWith(status: BondStatus): string {
  return `${ALL_VALIDATORS}-${status}`
}

/** Those not in jail whose tokens have so many digits in base 16. */
export function freeValidatorsOf(digits: number): string {
  return `${ALL_VALIDATORS}-free-${digits}`
}

/** Digits of an amount as {@link freeValidatorsOf} counts them. */
export function digitsOf(tokens: bigint): number {
  return tokens.toString(16).length
}

/** By operator. */
export const VALIDATORS = tableOf('val', validator, {
  groups: (_operator, { status, jailed, tokens }) => [
    ALL_VALIDATORS,
    validatorsWith(status),
    ...(jailed ? [] : [freeValidatorsOf(digitsOf(tokens))])
  ]
})

const seat = message('Seat', { consensusKey: embedded(1, publicKey), power: int64(2) })
export type Seat = MessageValue<typeof seat>

/** Everybody in the validator set as this app last left it. */
export const SEATED = 'pow'

/** What consensus was last told of an operator; by operator. */
export const SEATS = tableOf('pow', seat, { groups: () => [SEATED] })

const keyOwner = message('KeyOwner', {
  operator: text(1, 128),
  fromHeight: uint(2),
  /** Absent while the key is in use. */
  toHeight: optionalUint(3)
})

/** Whose a consensus key is, by its address; kept for ever. */
export const KEY_OWNERS = tableOf('key', keyOwner)
