import { compareTimestamps } from '../../../types/index.ts'
import { assert } from '../../../util/index.ts'
import { MODULE_ACCOUNTS } from '../addresses.ts'
import { type Context, emit } from '../context.ts'
import { ALL_DUE, DUE, lastDueId, REDELEGATIONS, UNBONDINGS } from '../records/delegations.ts'
import { UNBONDING_VALIDATORS, VALIDATORS } from '../records/validators.ts'
import { ensureAccount, moveCoin } from './bank.ts'
import { removeIfEmpty } from './delegations.ts'

/** Ends the unbonding of validators whose time is up; who has no stake left is no validator any more. */
export function releaseValidators(ctx: Context): void {
  for (const operator of ctx.state.members(UNBONDING_VALIDATORS)) {
    const validator = ctx.state.get(VALIDATORS, operator)!
    if (compareTimestamps(validator.unbondingTime, ctx.time) > 0) continue
    ctx.state.set(VALIDATORS, operator, { ...validator, status: 'unbonded' })
    removeIfEmpty(ctx, operator)
  }
}

/** Pays out unbondings and forgets redelegations whose time is up, oldest first. */
export function releaseStake(ctx: Context): void {
  for (const id of ctx.state.members(ALL_DUE, lastDueId(ctx.time))) {
    const { unbonding, redelegation } = ctx.state.get(DUE, id)!
    if (unbonding !== '') releaseUnbonding(ctx, unbonding)
    else releaseRedelegation(ctx, redelegation)
    ctx.state.delete(DUE, id)
  }
}

function releaseUnbonding(ctx: Context, id: string): void {
  const entries = ctx.state.get(UNBONDINGS, id)?.entries ?? []
  const left = entries.filter(({ completionTime }) => compareTimestamps(completionTime, ctx.time) > 0)
  if (left.length === entries.length) return
  const matured = entries.filter(entry => !left.includes(entry))
  const amount = matured.reduce((sum, { balance }) => sum + balance, 0n)
  if (left.length === 0) ctx.state.delete(UNBONDINGS, id)
  else ctx.state.set(UNBONDINGS, id, { entries: left })
  const [operator, delegator] = id.split('/') as [string, string]
  ensureAccount(ctx.state, delegator)
  const coin = { denom: ctx.chain.bondDenom, amount }
  const refusal = moveCoin(ctx.state, MODULE_ACCOUNTS.notBondedPool, delegator, coin)
  assert(refusal === null, 'the pool holds what is unbonding')
  emit(ctx, 'complete_unbonding', {
    amount: `${amount}${coin.denom}`,
    validator: ctx.addresses.ofOperator(operator),
    delegator: ctx.addresses.ofAccount(delegator)
  })
}

function releaseRedelegation(ctx: Context, id: string): void {
  const entries = ctx.state.get(REDELEGATIONS, id)?.entries ?? []
  const left = entries.filter(({ completionTime }) => compareTimestamps(completionTime, ctx.time) > 0)
  if (left.length === entries.length) return
  const amount = entries.reduce((sum, entry) => (left.includes(entry) ? sum : sum + entry.initialBalance), 0n)
  if (left.length === 0) ctx.state.delete(REDELEGATIONS, id)
  else ctx.state.set(REDELEGATIONS, id, { entries: left })
  const [source, delegator, destination] = id.split('/') as [string, string, string]
  emit(ctx, 'complete_redelegation', {
    amount: `${amount}${ctx.chain.bondDenom}`,
    delegator: ctx.addresses.ofAccount(delegator),
    source_validator: ctx.addresses.ofOperator(source),
    destination_validator: ctx.addresses.ofOperator(destination)
  })
}
