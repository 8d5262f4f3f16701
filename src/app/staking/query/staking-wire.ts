import { COIN } from '../coins.ts'
import { ANY } from '../messages/handler.ts'
import { BOND_STATUS, COMMISSION_RATES, DESCRIPTION } from '../records/validators.ts'
import type { MessageValue } from '../wire/schema.ts'
import {
  amount,
  bool,
  choice,
  duration,
  embedded,
  int,
  message,
  repeated,
  text,
  timestamp,
  uint
} from '../wire/schema.ts'

/** Messages of cosmos.staking.v1beta1 as queries answer them. */

const commission = message('Commission', {
  commissionRates: embedded(1, COMMISSION_RATES),
  updateTime: timestamp(2)
})

export const VALIDATOR = message('Validator', {
  operatorAddress: text(1),
  consensusPubkey: embedded(2, ANY),
  jailed: bool(3),
  status: choice(4, BOND_STATUS),
  tokens: amount(5),
  delegatorShares: amount(6),
  description: embedded(7, DESCRIPTION),
  unbondingHeight: int(8),
  unbondingTime: timestamp(9),
  commission: embedded(10, commission),
  minSelfDelegation: amount(11)
})
export type ValidatorAnswer = MessageValue<typeof VALIDATOR>

const delegation = message('Delegation', {
  delegatorAddress: text(1),
  validatorAddress: text(2),
  shares: amount(3)
})
export const DELEGATION_RESPONSE = message('DelegationResponse', {
  delegation: embedded(1, delegation),
  balance: embedded(2, COIN)
})

const unbondingEntry = message('UnbondingDelegationEntry', {
  creationHeight: int(1),
  completionTime: timestamp(2),
  initialBalance: amount(3),
  balance: amount(4)
})
export const UNBONDING = message('UnbondingDelegation', {
  delegatorAddress: text(1),
  validatorAddress: text(2),
  entries: repeated(3, unbondingEntry)
})

const redelegationEntry = message('RedelegationEntry', {
  creationHeight: int(1),
  completionTime: timestamp(2),
  initialBalance: amount(3),
  sharesDst: amount(4)
})
const redelegation = message('Redelegation', {
  delegatorAddress: text(1),
  validatorSrcAddress: text(2),
  validatorDstAddress: text(3)
})
export const REDELEGATION_RESPONSE = message('RedelegationResponse', {
  redelegation: embedded(1, redelegation),
  entries: repeated(
    2,
    message('RedelegationEntryResponse', {
      redelegationEntry: embedded(1, redelegationEntry),
      balance: amount(4)
    })
  )
})

export const STAKING_PARAMS_ANSWER = message('Params', {
  unbondingTime: duration(1),
  maxValidators: uint(2),
  maxEntries: uint(3),
  historicalEntries: uint(4),
  bondDenom: text(5),
  minCommissionRate: amount(6)
})

export const POOL = message('Pool', { notBondedTokens: amount(1), bondedTokens: amount(2) })
