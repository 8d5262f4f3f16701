import { addressOf } from '../../../crypto/index.ts'
import { checkSelfBond, ONE } from '../../../evidence/index.ts'
import { addNanos, compareTimestamps, type Height, type Timestamp } from '../../../types/index.ts'
import { assert } from '../../../util/index.ts'
import { MODULE_ACCOUNTS } from '../addresses.ts'
import type { Context } from '../context.ts'
import { STAKING_PARAMS, THE } from '../records/chain-config.ts'
import {
  DELEGATIONS,
  DUE,
  type DueItem,
  delegationId,
  dueId,
  REDELEGATIONS,
  redelegationId,
  redelegationsOf,
  UNBONDINGS,
  unbondingId
} from '../records/delegations.ts'
import { KEY_OWNERS, VALIDATORS, type ValidatorRecord } from '../records/validators.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { AccountId, StateReader } from '../state/table.ts'
import { moveCoin } from './bank.ts'
import { publishSlashing } from './slashing-events.ts'
import { setShares } from './slashing-port.ts'

export function sharesOf(state: StateReader, delegator: AccountId, operator: AccountId): bigint {
  return state.get(DELEGATIONS, delegationId(delegator, operator))?.shares ?? 0n
}

/** What shares of a validator are worth, rounded down. */
export function tokensOfShares({ tokens, shares }: ValidatorRecord, held: bigint): bigint {
  return shares === 0n ? 0n : (held * tokens) / shares
}

/** The account that holds a validator's stake. */
export function poolOf({ status }: Pick<ValidatorRecord, 'status'>): AccountId {
  return status === 'bonded' ? MODULE_ACCOUNTS.bondedPool : MODULE_ACCOUNTS.notBondedPool
}

/** Every slash makes shares cheaper; beyond this there would be more of them than a record holds. */
const MAX_SHARES = 10n ** 77n

/** Shares for so many tokens, rounded down; null when so much stake was slashed away that they have no price. */
export function sharesForTokens({ tokens, shares }: ValidatorRecord, amount: bigint): bigint | null {
  if (shares === 0n) return amount * ONE
  if (tokens === 0n) return null
  const bought = (amount * shares) / tokens
  return shares + bought > MAX_SHARES ? null : bought
}

/**
 * Delegates tokens that are in `from`, an account or a pool. Returns the shares, or why not: then nothing has changed.
 */
export function delegate(
  ctx: Context,
  delegation: {
    readonly delegator: AccountId
    readonly operator: AccountId
    readonly amount: bigint
    readonly from: AccountId
  }
): bigint | Refusal {
  const { delegator, operator, amount, from } = delegation
  const validator = ctx.state.get(VALIDATORS, operator)
  if (validator === null) return new Refusal(REFUSED.noValidator)
  const shares = sharesForTokens(validator, amount)
  if (shares === null) return new Refusal(REFUSED.worthlessShares)
  if (shares === 0n) return new Refusal(REFUSED.tooFewShares, `${amount} buys no share`)
  const pool = poolOf(validator)
  const refusal =
    pool === from ? null : moveCoin(ctx.state, from, pool, { denom: ctx.chain.bondDenom, amount })
  if (refusal !== null) return refusal
  setShares(ctx.state, delegator, operator, sharesOf(ctx.state, delegator, operator) + shares)
  const grown = { tokens: validator.tokens + amount, shares: validator.shares + shares }
  ctx.state.set(VALIDATORS, operator, { ...validator, ...grown })
  return shares
}

/** A validator whose stake was taken, as it was then: it may be gone now. */
export interface Undelegated {
  readonly amount: bigint
  readonly validator: ValidatorRecord
}

/**
 * Takes `amount` tokens out of a delegation; they stay in the validator's pool. An operator left with too little of its
 * own goes to jail.
 */
export function undelegate(
  ctx: Context,
  delegator: AccountId,
  operator: AccountId,
  amount: bigint
): Undelegated | Refusal {
  const validator = ctx.state.get(VALIDATORS, operator)
  if (validator === null) return new Refusal(REFUSED.noValidator)
  const held = sharesOf(ctx.state, delegator, operator)
  if (held === 0n) return new Refusal(REFUSED.noDelegation)
  const worth = tokensOfShares(validator, held)
  if (amount > worth)
    return new Refusal(REFUSED.tooFewShares, `delegation is worth ${worth}, less than ${amount}`)
  const shares = sharesToTake(validator, held, worth, amount)
  const tokens = tokensOfShares(validator, shares)
  setShares(ctx.state, delegator, operator, held - shares)
  const left = { ...validator, tokens: validator.tokens - tokens, shares: validator.shares - shares }
  ctx.state.set(VALIDATORS, operator, left)
  if (delegator === operator) publishSlashing(ctx, checkSelfBond(ctx.slashing, operator))
  removeIfEmpty(ctx, operator)
  return { amount: tokens, validator }
}

/** The fewest shares worth `amount`; all of them when that takes all there is. */
function sharesToTake(
  { tokens, shares }: ValidatorRecord,
  held: bigint,
  worth: bigint,
  amount: bigint
): bigint {
  if (amount === worth) return held
  const needed = (amount * shares + tokens - 1n) / tokens
  return needed > held ? held : needed
}

/** An unbonded validator without a share is no validator any more. Its key stays its own for ever. */
export function removeIfEmpty(ctx: Context, operator: AccountId): void {
  const validator = ctx.state.get(VALIDATORS, operator)
  if (validator === null || validator.status !== 'unbonded' || validator.shares !== 0n) return
  const address = addressOf(validator.consensusKey)
  const owner = ctx.state.get(KEY_OWNERS, address)
  if (owner !== null) ctx.state.set(KEY_OWNERS, address, { ...owner, toHeight: ctx.height })
  ctx.state.delete(VALIDATORS, operator)
}

/** From when stake that leaves now counts as left, and when it is free; null: now. */
export function leavingOf(
  ctx: Context,
  validator: ValidatorRecord
): { readonly creationHeight: Height; readonly completionTime: Timestamp } | null {
  if (validator.status === 'unbonded') return null
  if (validator.status === 'unbonding') {
    return { creationHeight: validator.unbondingHeight, completionTime: validator.unbondingTime }
  }
  const { unbondingTime } = stakingParams(ctx)
  return { creationHeight: ctx.height, completionTime: addNanos(ctx.time, unbondingTime) }
}

export function stakingParams({ state }: Pick<Context, 'state'>) {
  const params = state.get(STAKING_PARAMS, THE)
  assert(params !== null, 'staking has its params')
  return params
}

type Leaving = NonNullable<ReturnType<typeof leavingOf>>

/** True when one more unbonding of this pair would be too many. */
export function hasTooManyUnbondings(ctx: Context, delegator: AccountId, operator: AccountId): boolean {
  const entries = ctx.state.get(UNBONDINGS, unbondingId(operator, delegator))?.entries ?? []
  return entries.length >= stakingParams(ctx).maxEntries
}

/** Notes tokens, which are in the pool of what is not bonded, as leaving. */
export function addUnbonding(
  ctx: Context,
  delegator: AccountId,
  operator: AccountId,
  amount: bigint,
  leaving: Leaving
): void {
  const id = unbondingId(operator, delegator)
  const entries = [...(ctx.state.get(UNBONDINGS, id)?.entries ?? [])]
  const same = entries.findIndex(
    entry => entry.creationHeight === leaving.creationHeight && isSameTime(entry, leaving)
  )
  if (same === -1) entries.push({ ...leaving, initialBalance: amount, balance: amount })
  else {
    const entry = entries[same]!
    const { initialBalance, balance } = entry
    entries[same] = { ...entry, initialBalance: initialBalance + amount, balance: balance + amount }
  }
  ctx.state.set(UNBONDINGS, id, { entries })
  if (same === -1) addDue(ctx, leaving.completionTime, { unbonding: id, redelegation: '' })
}

/** True while a delegator's stake at `operator` came from elsewhere and may be slashed for that. */
export function isReceiving(ctx: Context, delegator: AccountId, operator: AccountId): boolean {
  return ctx.state.members(redelegationsOf(delegator)).some(id => id.endsWith(`/${operator}`))
}

export function hasTooManyRedelegations(
  ctx: Context,
  delegator: AccountId,
  source: AccountId,
  destination: AccountId
): boolean {
  const entries = ctx.state.get(REDELEGATIONS, redelegationId(source, delegator, destination))?.entries ?? []
  return entries.length >= stakingParams(ctx).maxEntries
}

/** Notes that stake moved, and may be slashed for its time at `source` until it would have been free. */
export function addRedelegation(
  ctx: Context,
  moved: {
    readonly delegator: AccountId
    readonly source: AccountId
    readonly destination: AccountId
    readonly amount: bigint
    readonly shares: bigint
  },
  leaving: Leaving
): void {
  const { delegator, source, destination, amount, shares } = moved
  const id = redelegationId(source, delegator, destination)
  const entries = ctx.state.get(REDELEGATIONS, id)?.entries ?? []
  const entry = { ...leaving, initialBalance: amount, sharesDst: shares }
  ctx.state.set(REDELEGATIONS, id, { entries: [...entries, entry] })
  addDue(ctx, leaving.completionTime, { unbonding: '', redelegation: id })
}

function addDue(ctx: Context, time: Timestamp, item: DueItem): void {
  ctx.state.set(DUE, dueId(time, item), item)
}

function isSameTime(a: Leaving, b: Leaving): boolean {
  return compareTimestamps(a.completionTime, b.completionTime) === 0
}
