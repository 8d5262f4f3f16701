import { fractionToText } from '../../../evidence/index.ts'
import { compareTimestamps, timestampToRfc3339 } from '../../../types/index.ts'
import { COIN, type Coin, coinToText, MAX_AMOUNT } from '../coins.ts'
import { type Context, emit } from '../context.ts'
import { moveCoin, movePool } from '../modules/bank.ts'
import {
  addRedelegation,
  addUnbonding,
  delegate,
  hasTooManyRedelegations,
  hasTooManyUnbondings,
  isReceiving,
  leavingOf,
  poolOf,
  undelegate
} from '../modules/delegations.ts'
import { UNBONDINGS, unbondingId } from '../records/delegations.ts'
import { VALIDATORS } from '../records/validators.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { AccountId } from '../state/table.ts'
import { embedded, int, message, text, timestamp } from '../wire/schema.ts'
import { handlerOf, invalidAddress, type MessageRules, NO_ANSWER } from './handler.ts'

export const MSG_DELEGATE = message('MsgDelegate', {
  delegatorAddress: text(1, 128),
  validatorAddress: text(2, 128),
  amount: embedded(3, COIN)
})
export const MSG_UNDELEGATE = message('MsgUndelegate', {
  delegatorAddress: text(1, 128),
  validatorAddress: text(2, 128),
  amount: embedded(3, COIN)
})
const undelegateAnswer = message('MsgUndelegateResponse', {
  completionTime: timestamp(1),
  amount: embedded(2, COIN)
})
export const MSG_BEGIN_REDELEGATE = message('MsgBeginRedelegate', {
  delegatorAddress: text(1, 128),
  validatorSrcAddress: text(2, 128),
  validatorDstAddress: text(3, 128),
  amount: embedded(4, COIN)
})
const redelegateAnswer = message('MsgBeginRedelegateResponse', { completionTime: timestamp(1) })
export const MSG_CANCEL_UNBONDING = message('MsgCancelUnbondingDelegation', {
  delegatorAddress: text(1, 128),
  validatorAddress: text(2, 128),
  amount: embedded(3, COIN),
  creationHeight: int(4)
})

interface Pair {
  readonly delegator: AccountId
  readonly operator: AccountId
  readonly coin: Coin
}

const delegateHandler = handlerOf({
  typeUrl: '/cosmos.staking.v1beta1.MsgDelegate',
  wire: MSG_DELEGATE,
  gas: 80_000,
  prepare(value, rules) {
    const pair = understandPair(value, rules)
    if (pair instanceof Refusal) return pair
    const { delegator, operator, coin } = pair
    return {
      signers: [delegator],
      run(ctx) {
        const shares = delegate(ctx, { delegator, operator, amount: coin.amount, from: delegator })
        if (shares instanceof Refusal) return shares
        emitDelegate(ctx, pair, shares)
        return NO_ANSWER
      }
    }
  }
})

/** Says that a delegator paid a validator's pool and got shares for it. */
export function emitDelegate(ctx: Context, { delegator, operator, coin }: Pair, shares: bigint): void {
  const { addresses } = ctx
  const pool = poolOf(ctx.state.get(VALIDATORS, operator)!)
  const amountText = coinToText(coin)
  emit(ctx, 'coin_spent', { spender: addresses.ofAccount(delegator), amount: amountText })
  emit(ctx, 'coin_received', { receiver: addresses.ofAccount(pool), amount: amountText })
  emit(ctx, 'delegate', {
    validator: addresses.ofOperator(operator),
    delegator: addresses.ofAccount(delegator),
    amount: amountText,
    new_shares: fractionToText(shares)
  })
}

const undelegateHandler = handlerOf({
  typeUrl: '/cosmos.staking.v1beta1.MsgUndelegate',
  wire: MSG_UNDELEGATE,
  gas: 120_000,
  prepare(value, rules) {
    const pair = understandPair(value, rules)
    if (pair instanceof Refusal) return pair
    return { signers: [pair.delegator], run: ctx => runUndelegate(ctx, pair) }
  }
})

function runUndelegate(ctx: Context, { delegator, operator, coin }: Pair): Uint8Array | Refusal {
  const taken = undelegate(ctx, delegator, operator, coin.amount)
  if (taken instanceof Refusal) return taken
  const leaving = leavingOf(ctx, taken.validator)
  const paid = { denom: coin.denom, amount: taken.amount }
  if (leaving === null) {
    const refusal = moveCoin(ctx.state, poolOf(taken.validator), delegator, paid)
    if (refusal !== null) return refusal
  } else {
    if (hasTooManyUnbondings(ctx, delegator, operator)) return new Refusal(REFUSED.tooManyUnbondings)
    if (taken.validator.status === 'bonded') movePool(ctx, 'notBonded', taken.amount)
    addUnbonding(ctx, delegator, operator, taken.amount, leaving)
  }
  const completionTime = leaving?.completionTime ?? ctx.time
  emit(ctx, 'unbond', {
    validator: ctx.addresses.ofOperator(operator),
    delegator: ctx.addresses.ofAccount(delegator),
    amount: coinToText(paid),
    completion_time: timestampToRfc3339(completionTime)
  })
  return undelegateAnswer.encode({ completionTime, amount: paid })
}

const redelegateHandler = handlerOf({
  typeUrl: '/cosmos.staking.v1beta1.MsgBeginRedelegate',
  wire: MSG_BEGIN_REDELEGATE,
  gas: 160_000,
  prepare({ delegatorAddress, validatorSrcAddress, validatorDstAddress, amount: coin }, rules) {
    const pair = understandPair(
      { delegatorAddress, validatorAddress: validatorSrcAddress, amount: coin },
      rules
    )
    if (pair instanceof Refusal) return pair
    const destination = rules.addresses.operator(validatorDstAddress)
    if (destination === null) return invalidAddress('destination validator', validatorDstAddress)
    if (destination === pair.operator) return new Refusal(REFUSED.selfRedelegation)
    return { signers: [pair.delegator], run: ctx => runRedelegate(ctx, pair, destination) }
  }
})

function runRedelegate(
  ctx: Context,
  { delegator, operator: source, coin }: Pair,
  destination: AccountId
): Uint8Array | Refusal {
  if (ctx.state.get(VALIDATORS, destination) === null) return new Refusal(REFUSED.badDestination)
  if (isReceiving(ctx, delegator, source)) return new Refusal(REFUSED.transitiveRedelegation)
  const taken = undelegate(ctx, delegator, source, coin.amount)
  if (taken instanceof Refusal) return taken
  const { amount: moved, validator } = taken
  if (moved === 0n) return new Refusal(REFUSED.tinyRedelegation)
  const leaving = leavingOf(ctx, validator)
  if (leaving !== null && hasTooManyRedelegations(ctx, delegator, source, destination)) {
    return new Refusal(REFUSED.tooManyRedelegations)
  }
  const from = poolOf(validator)
  const shares = delegate(ctx, { delegator, operator: destination, amount: moved, from })
  if (shares instanceof Refusal) return shares
  if (leaving !== null)
    addRedelegation(ctx, { delegator, source, destination, amount: moved, shares }, leaving)
  const completionTime = leaving?.completionTime ?? ctx.time
  emit(ctx, 'redelegate', {
    source_validator: ctx.addresses.ofOperator(source),
    destination_validator: ctx.addresses.ofOperator(destination),
    amount: coinToText({ denom: coin.denom, amount: moved }),
    completion_time: timestampToRfc3339(completionTime)
  })
  return redelegateAnswer.encode({ completionTime })
}

const cancelHandler = handlerOf({
  typeUrl: '/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation',
  wire: MSG_CANCEL_UNBONDING,
  gas: 120_000,
  prepare(value, rules) {
    const pair = understandPair(value, rules)
    if (pair instanceof Refusal) return pair
    const { creationHeight } = value
    if (creationHeight <= 0) return new Refusal(REFUSED.invalidRequest, 'invalid height')
    return { signers: [pair.delegator], run: ctx => runCancel(ctx, pair, creationHeight) }
  }
})

/** Puts stake that was leaving back where it was. */
function runCancel(ctx: Context, pair: Pair, creationHeight: number): Uint8Array | Refusal {
  const { delegator, operator, coin } = pair
  const validator = ctx.state.get(VALIDATORS, operator)
  if (validator === null) return new Refusal(REFUSED.noValidator)
  if (validator.jailed) return new Refusal(REFUSED.validatorJailed)
  const id = unbondingId(operator, delegator)
  const entries = ctx.state.get(UNBONDINGS, id)?.entries ?? []
  const index = entries.findIndex(
    entry => entry.creationHeight === creationHeight && compareTimestamps(entry.completionTime, ctx.time) > 0
  )
  const entry = entries[index]
  if (entry === undefined) {
    return new Refusal(REFUSED.noUnbonding, `none of height ${creationHeight}`)
  }
  if (entry.balance < coin.amount) {
    return new Refusal(
      REFUSED.invalidRequest,
      'amount is greater than the unbonding delegation entry balance'
    )
  }
  takeBack(ctx, id, index, coin.amount)
  const shares = delegate(ctx, {
    delegator,
    operator,
    amount: coin.amount,
    from: poolOf({ status: 'unbonding' })
  })
  if (shares instanceof Refusal) return shares
  emit(ctx, 'cancel_unbonding_delegation', {
    amount: coinToText(coin),
    validator: ctx.addresses.ofOperator(operator),
    delegator: ctx.addresses.ofAccount(delegator),
    creation_height: `${creationHeight}`
  })
  return NO_ANSWER
}

/** Takes `amount` out of an unbonding; an entry nothing is left of is none any more. */
function takeBack(ctx: Context, id: string, index: number, amount: bigint): void {
  const { entries } = ctx.state.get(UNBONDINGS, id)!
  const entry = entries[index]!
  const balance = entry.balance - amount
  // What came back is slashed with the validator's stake, so it is not counted here any more.
  const left = { ...entry, initialBalance: entry.initialBalance - amount, balance }
  const rest = balance === 0n ? entries.toSpliced(index, 1) : entries.with(index, left)
  if (rest.length === 0) ctx.state.delete(UNBONDINGS, id)
  else ctx.state.set(UNBONDINGS, id, { entries: rest })
}

function understandPair(
  value: { readonly delegatorAddress: string; readonly validatorAddress: string; readonly amount: Coin },
  { addresses, bondDenom }: MessageRules
): Pair | Refusal {
  const delegator = addresses.account(value.delegatorAddress)
  if (delegator === null) return invalidAddress('delegator', value.delegatorAddress)
  const operator = addresses.operator(value.validatorAddress)
  if (operator === null) return invalidAddress('validator', value.validatorAddress)
  const coin = value.amount
  if (coin.denom !== bondDenom) {
    return new Refusal(
      REFUSED.invalidRequest,
      `invalid coin denomination: got ${coin.denom.slice(0, 128)}, expected ${bondDenom}`
    )
  }
  if (coin.amount <= 0n || coin.amount > MAX_AMOUNT) {
    return new Refusal(REFUSED.invalidRequest, 'invalid delegation amount')
  }
  return { delegator, operator, coin }
}

export const DELEGATION_HANDLERS = [delegateHandler, undelegateHandler, redelegateHandler, cancelHandler]
