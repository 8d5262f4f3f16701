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

/** One of both is '': the id of an unbonding or of a redelegation. */
const due = message('Due', { unbonding: text(1, 256), redelegation: text(2, 512) })
export type DueItem = MessageValue<typeof due>

/** All that is due some time. */
export const ALL_DUE = 'due'

/**
 * What becomes free, by {@link dueId}. A record for each: any number of people may leave one validator, and who leaves
 * one that is on its way out itself is free with it, at the same moment.
 */
export const DUE = tableOf('due', due, { groups: () => [ALL_DUE] })

/** In the order of time; of one moment all unbondings come before its redelegations, as the specification wants. */
export function dueId(time: Timestamp, { unbonding, redelegation }: DueItem): string {
  return `${timeId(time)}/${unbonding === '' ? `2/${redelegation}` : `1/${unbonding}`}`
}

/** Not below any {@link dueId} of a moment that is not after `time`, and below all others. */
export function lastDueId(time: Timestamp): string {
  return `${timeId(time)}/~`
}

const SECONDS_FROM_YEAR_1 = 62135596800

/** A moment as text whose order is that of time. */
function timeId({ seconds, nanos }: Timestamp): string {
  const whole = (seconds + SECONDS_FROM_YEAR_1).toString(16).padStart(10, '0')
  return whole + nanos.toString(16).padStart(8, '0')
}
