import { assert } from '../../../util/index.ts'
import { MODULE_ACCOUNTS, MODULE_NAMES } from '../addresses.ts'
import { type Coin, coinsToText } from '../coins.ts'
import { type Context, emit } from '../context.ts'
import {
  ACCOUNT_NUMBERS,
  ACCOUNTS,
  type Account,
  BALANCES,
  balanceId,
  COUNTERS,
  SUPPLIES
} from '../records/accounts.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { StateLayer } from '../state/state-layer.ts'
import type { AccountId, StateReader } from '../state/table.ts'

const NO_BYTES = new Uint8Array(0)

export function balanceOf(state: StateReader, account: AccountId, denom: string): bigint {
  return state.get(BALANCES, balanceId(account, denom))?.amount ?? 0n
}

export function supplyOf(state: StateReader, denom: string): bigint {
  return state.get(SUPPLIES, denom)?.amount ?? 0n
}

/** The account, made with the next number when there is none. */
export function ensureAccount(state: StateLayer, id: AccountId): Account {
  const known = state.get(ACCOUNTS, id)
  if (known !== null) return known
  const number = state.get(COUNTERS, ACCOUNT_NUMBERS)?.next ?? 0
  const account = { number, sequence: 0, publicKey: NO_BYTES, module: MODULE_NAMES.get(id) ?? '' }
  state.set(ACCOUNTS, id, account)
  state.set(COUNTERS, ACCOUNT_NUMBERS, { next: number + 1 })
  return account
}

/** Moves coins, or nothing when `from` has too few of one of them; says so in the events. */
export function send(ctx: Context, from: AccountId, to: AccountId, coins: readonly Coin[]): Refusal | null {
  for (const coin of coins) {
    const refusal = take(ctx.state, from, coin)
    if (refusal !== null) return refusal
  }
  ensureAccount(ctx.state, to)
  for (const coin of coins) give(ctx.state, to, coin)
  const amount = coinsToText(coins)
  const [sender, recipient] = [ctx.addresses.ofAccount(from), ctx.addresses.ofAccount(to)]
  emit(ctx, 'coin_spent', { spender: sender, amount })
  emit(ctx, 'coin_received', { receiver: recipient, amount })
  emit(ctx, 'transfer', { recipient, sender, amount })
  return null
}

/** Moves coins within the app, without events. */
export function moveCoin(state: StateLayer, from: AccountId, to: AccountId, coin: Coin): Refusal | null {
  if (coin.amount === 0n) return null
  const refusal = take(state, from, coin)
  if (refusal === null) give(state, to, coin)
  return refusal
}

/** Coins out of nothing: only the genesis makes any. */
export function mint(state: StateLayer, to: AccountId, coin: Coin): void {
  if (coin.amount === 0n) return
  give(state, to, coin)
  state.set(SUPPLIES, coin.denom, { amount: supplyOf(state, coin.denom) + coin.amount })
}

/** Takes coins out of the world. A module that has too few is a bug. */
export function burn(state: StateLayer, from: AccountId, coin: Coin): void {
  if (coin.amount === 0n) return
  const refusal = take(state, from, coin)
  assert(refusal === null, 'a module burns no more than it has')
  state.set(SUPPLIES, coin.denom, { amount: supplyOf(state, coin.denom) - coin.amount })
}

/** Moves stake between the pools as its validator is bonded or not. */
export function movePool(ctx: Context, to: 'bonded' | 'notBonded', amount: bigint): void {
  const { bondedPool, notBondedPool } = MODULE_ACCOUNTS
  const [from, into] = to === 'bonded' ? [notBondedPool, bondedPool] : [bondedPool, notBondedPool]
  const refusal = moveCoin(ctx.state, from, into, { denom: ctx.chain.bondDenom, amount })
  assert(refusal === null, 'the pools hold what is staked')
}

function take(state: StateLayer, from: AccountId, { denom, amount }: Coin): Refusal | null {
  const has = balanceOf(state, from, denom)
  if (has < amount) {
    return new Refusal(
      REFUSED.insufficientFunds,
      `spendable balance ${has}${denom} is smaller than ${amount}${denom}`
    )
  }
  setBalance(state, from, denom, has - amount)
  return null
}

function give(state: StateLayer, to: AccountId, { denom, amount }: Coin): void {
  setBalance(state, to, denom, balanceOf(state, to, denom) + amount)
}

function setBalance(state: StateLayer, account: AccountId, denom: string, amount: bigint): void {
  const id = balanceId(account, denom)
  if (amount === 0n) state.delete(BALANCES, id)
  else state.set(BALANCES, id, { amount })
}
