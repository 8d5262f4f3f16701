import { QueryAllBalancesRequest, QueryAllBalancesResponse } from 'cosmjs-types/cosmos/bank/v1beta1/query'
import {
  QueryDelegatorDelegationsRequest,
  QueryDelegatorDelegationsResponse,
  QueryDelegatorUnbondingDelegationsRequest,
  QueryDelegatorUnbondingDelegationsResponse,
  QueryValidatorsRequest,
  QueryValidatorsResponse
} from 'cosmjs-types/cosmos/staking/v1beta1/query'
import {
  type BondStatus,
  bondStatusToJSON,
  type Validator
} from 'cosmjs-types/cosmos/staking/v1beta1/staking'
import type { AppQuestion } from '../app/index.ts'
import { timestampToRfc3339 } from '../types/index.ts'
import { askApp } from './app-query.ts'
import { printable, table } from './output.ts'
import type { RpcClient } from './rpc-client.ts'

/** The most that are asked for; a chain has at most 200 validators in its set, and few delegate to more. */
const LIMIT = 500n
const PAGE = { key: new Uint8Array(0), offset: 0n, limit: LIMIT, countTotal: false, reverse: false }
const DECIMALS = 10n ** 18n

/** What somebody has on a staking chain; amounts as text. */
export interface AccountAnswer {
  readonly address: string
  readonly coins: readonly string[]
  readonly staked: readonly { readonly validator: string; readonly amount: string }[]
  readonly unbonding: readonly {
    readonly validator: string
    readonly amount: string
    readonly free_at: string
  }[]
}

export interface OperatorAnswer {
  readonly operator_address: string
  readonly moniker: string
  readonly stake: string
  readonly status: string
  readonly jailed: boolean
  /** From 0 to 1. */
  readonly commission: string
}

/** Coins, stake and what is on its way back of an account. Throws CliError. */
export async function askAccountOverview(
  client: RpcClient,
  address: string,
  denom: string
): Promise<AccountAnswer> {
  const { balances } = await askApp(client, balancesOf(address))
  const { delegationResponses } = await askApp(client, delegationsOf(address))
  const { unbondingResponses } = await askApp(client, unbondingsOf(address))
  return {
    address,
    coins: balances.map(coin => `${coin.amount}${coin.denom}`),
    staked: delegationResponses.map(({ delegation, balance }) => ({
      validator: delegation.validatorAddress,
      amount: `${balance.amount}${balance.denom}`
    })),
    unbonding: unbondingResponses.flatMap(({ validatorAddress: validator, entries }) =>
      entries.map(({ balance, completionTime: { seconds, nanos } }) => ({
        validator,
        amount: `${balance}${denom}`,
        free_at: timestampToRfc3339({ seconds: Number(seconds), nanos })
      }))
    )
  }
}

/** Who operates validators, those with the most stake first. Throws CliError. */
export async function askOperators(client: RpcClient): Promise<readonly OperatorAnswer[]> {
  const { validators } = await askApp(client, {
    path: '/cosmos.staking.v1beta1.Query/Validators',
    data: QueryValidatorsRequest.encode({ status: '', pagination: PAGE }).finish(),
    read: value => QueryValidatorsResponse.decode(value)
  })
  return validators
    .toSorted(byStake)
    .map(({ operatorAddress, description, tokens, status, jailed, commission }) => ({
      operator_address: operatorAddress,
      moniker: description.moniker,
      stake: tokens,
      status: statusText(status),
      jailed,
      commission: decimalText(commission.commissionRates.rate)
    }))
}

function byStake(a: Validator, b: Validator): number {
  const difference = BigInt(b.tokens) - BigInt(a.tokens)
  if (difference !== 0n) return difference < 0n ? -1 : 1
  return a.description.moniker < b.description.moniker ? -1 : 1
}

export function accountToText({ address, coins, staked, unbonding }: AccountAnswer): string {
  const rows = [
    ['address', address],
    ...(coins.length === 0 ? [['coins', 'none']] : coins.map(coin => ['coins', coin])),
    ...staked.map(({ validator, amount }) => ['staked', `${amount} with ${validator}`]),
    ...unbonding.map(each => ['unbonding', `${each.amount} from ${each.validator}, free ${each.free_at}`])
  ]
  return table(rows.map(row => row.map(printable)))
}

export function operatorsToText(operators: readonly OperatorAnswer[]): string {
  const rows = operators.map(each => [
    printable(each.moniker),
    each.operator_address,
    each.stake,
    each.commission,
    each.jailed ? `${each.status}, jailed` : each.status
  ])
  return table([['MONIKER', 'OPERATOR', 'STAKE', 'COMMISSION', 'STATUS'], ...rows])
}

function balancesOf(address: string): AppQuestion<QueryAllBalancesResponse> {
  const request = { address, pagination: PAGE, resolveDenom: false }
  return {
    path: '/cosmos.bank.v1beta1.Query/AllBalances',
    data: QueryAllBalancesRequest.encode(request).finish(),
    read: value => QueryAllBalancesResponse.decode(value)
  }
}

function delegationsOf(delegatorAddr: string): AppQuestion<QueryDelegatorDelegationsResponse> {
  return {
    path: '/cosmos.staking.v1beta1.Query/DelegatorDelegations',
    data: QueryDelegatorDelegationsRequest.encode({ delegatorAddr, pagination: PAGE }).finish(),
    read: value => QueryDelegatorDelegationsResponse.decode(value)
  }
}

function unbondingsOf(delegatorAddr: string): AppQuestion<QueryDelegatorUnbondingDelegationsResponse> {
  return {
    path: '/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations',
    data: QueryDelegatorUnbondingDelegationsRequest.encode({ delegatorAddr, pagination: PAGE }).finish(),
    read: value => QueryDelegatorUnbondingDelegationsResponse.decode(value)
  }
}

function statusText(status: BondStatus): string {
  return bondStatusToJSON(status).replace('BOND_STATUS_', '').toLowerCase()
}

/** A decimal of Cosmos SDK, which travels as its 18 digits without a point, without zeros at its end. */
function decimalText(digits: string): string {
  const value = BigInt(digits)
  const fraction = (value % DECIMALS).toString().padStart(18, '0').replace(/0+$/, '')
  return fraction === '' ? `${value / DECIMALS}` : `${value / DECIMALS}.${fraction}`
}
