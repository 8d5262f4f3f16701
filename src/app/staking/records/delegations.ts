import type { Timestamp } from '../../../types/index.ts'
import { amount, type MessageValue, message, repeated, text, timestamp, uint } from '../wire/schema.ts'
import { tableOf } from './table-of.ts'

const delegation = message('Delegation', { shares: amount(1) })

/** By {@link delegationId}; found by operator too. */
export const DELEGATIONS = tableOf('del', delegation, {
  otherIds: id => [id.split('/').reverse().join('/')]
})

export function delegationId(delegator: string, operator: string): string {
  return `${delegator}/${operator}`
}

const unbondingEntry = message('UnbondingEntry', {
  creationHeight: uint(1),
  completionTime: timestamp(2),
  initialBalance: amount(3),
  balance: amount(4)
})
const unbonding = message('Unbonding', { entries: repeated(1, unbondingEntry) })

/** Stake on its way out, by {@link unbondingId}. */
export const UNBONDINGS = tableOf('ubd', unbonding, {
  groups: id => {
    const [operator, delegator] = id.split('/')
    return [unbondingsFrom(operator!), unbondingsOf(delegator!)]
  }
})

export function unbondingId(operator: string, delegator: string): string {
  return `${operator}/${delegator}`
}

export function unbondingsFrom(operator: string): string {
  return `ubd-from/${operator}`
}

export function unbondingsOf(delegator: string): string {
  return `ubd-of/${delegator}`
}

const redelegationEntry = message('RedelegationEntry', {
  creationHeight: uint(1),
  completionTime: timestamp(2),
  initialBalance: amount(3),
  sharesDst: amount(4)
})
const redelegation = message('Redelegation', { entries: repeated(1, redelegationEntry) })

/** Stake that moved and may still be slashed for where it was, by {@link redelegationId}. */
export const REDELEGATIONS = tableOf('red', redelegation, {
  groups: id => {
    const [source, delegator] = id.split('/')
    return [redelegationsFrom(source!), redelegationsOf(delegator!)]
  }
})

export function redelegationId(source: string, delegator: string, destination: string): string {
  return `${source}/${delegator}/${destination}`
}

export function redelegationsFrom(source: string): string {
  return `red-from/${source}`
}

export function redelegationsOf(delegator: string): string {
  return `red-of/${delegator}`
}

const dueItem = message('DueItem', { unbonding: text(1, 256), redelegation: text(2, 512) })
const due = message('Due', { items: repeated(1, dueItem) })
export type DueItem = MessageValue<typeof dueItem>

/** Moments at which something is due. */
export const DUE_TIMES = 'due'

/** What becomes free at a moment, by {@link timeId}: ids of unbondings and redelegations. */
export const DUE = tableOf('due', due, { groups: () => [DUE_TIMES] })

const SECONDS_FROM_YEAR_1 = 62135596800

/** A moment as text whose order is that of time. */
export function timeId({ seconds, nanos }: Timestamp): string {
  const whole = (seconds + SECONDS_FROM_YEAR_1).toString(16).padStart(10, '0')
  return whole + nanos.toString(16).padStart(8, '0')
}
