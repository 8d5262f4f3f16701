import { compareTimestamps, type Height, type Power, type Timestamp } from '../../types/index.ts'
import { type Fraction, ONE, shareOf } from './fraction.ts'
import type {
  BlockPlace,
  OperatorId,
  Redelegation,
  RedelegationEntry,
  SlashingState,
  StakedValidator
} from './slashing-state.ts'

export interface SlashRequest {
  readonly operator: OperatorId
  /** Stake that left before this height is not touched. */
  readonly infractionHeight: Height
  /** At the infraction, not now. */
  readonly power: Power
  readonly fraction: Fraction
}

/** `burned` is exactly what left the supply; `weakened` are validators whose own operator lost redelegated stake. */
export interface SlashOutcome {
  readonly burned: bigint
  readonly weakened: readonly OperatorId[]
}

const NOTHING: SlashOutcome = { burned: 0n, weakened: [] }

/**
 * Burns `fraction` of the stake an operator had at the infraction, wherever it is now: unbonding, redelegated, or still
 * with it (Cosmos SDK x/staking/keeper/slash.go). Every amount is rounded down; what the stake of a delegator owes is
 * counted off the target even where it is not there any more, so nobody pays for those who left. An unknown or unbonded
 * operator, a negative amount or an infraction in the future burns nothing.
 */
export function slash(state: SlashingState, request: SlashRequest, block: BlockPlace): SlashOutcome {
  const { operator, infractionHeight, power, fraction } = request
  const accused = state.validator(operator)
  if (accused === null || accused.status === 'unbonded') return NOTHING
  if (fraction <= 0n || fraction > ONE || power <= 0n || infractionHeight > block.height) return NOTHING
  let target = shareOf(power * state.tokensPerPower, fraction)
  let burned = 0n
  const weakened = new Set<OperatorId>()
  if (infractionHeight < block.height) {
    const unbonding = slashUnbonding(state, request, block.time)
    const redelegated = slashRedelegated(state, request, block.time, weakened)
    target -= unbonding.owed + redelegated.owed
    burned = unbonding.burned + redelegated.burned
  }
  burned += slashTokens(state, operator, target)
  return { burned, weakened: [...weakened] }
}

interface Part {
  /** What the entries owed, whether it was there or not. */
  readonly owed: bigint
  readonly burned: bigint
}

function slashTokens(state: SlashingState, operator: OperatorId, target: bigint): bigint {
  const validator = state.validator(operator)
  if (validator === null || target <= 0n) return 0n
  const amount = target < validator.tokens ? target : validator.tokens
  burnTokens(state, validator, amount)
  return amount
}

function burnTokens(state: SlashingState, validator: StakedValidator, amount: bigint): void {
  if (amount === 0n) return
  state.setValidator({ ...validator, tokens: validator.tokens - amount })
  state.burn(validator.status === 'bonded' ? 'bonded' : 'notBonded', amount)
}

function slashUnbonding(state: SlashingState, request: SlashRequest, now: Timestamp): Part {
  let owed = 0n
  let burned = 0n
  for (const unbonding of state.unbondingsFrom(request.operator)) {
    let taken = 0n
    const entries = unbonding.entries.map(entry => {
      if (!isWithin(entry, request.infractionHeight, now)) return entry
      const share = shareOf(entry.initialBalance, request.fraction)
      const amount = min(share, entry.balance)
      owed += share
      taken += amount
      return amount === 0n ? entry : { ...entry, balance: entry.balance - amount }
    })
    if (taken === 0n) continue
    state.setUnbonding({ ...unbonding, entries })
    burned += taken
  }
  if (burned > 0n) state.burn('notBonded', burned)
  return { owed, burned }
}

/**
 * Redelegated stake pays from what its owner has begun to unbond at the destination, then from the delegation there.
 * Shares are worth what they were worth before this slash, so the order of delegators makes no difference.
 */
function slashRedelegated(
  state: SlashingState,
  request: SlashRequest,
  now: Timestamp,
  weakened: Set<OperatorId>
): Part {
  const worth = new Map<OperatorId, Pick<StakedValidator, 'tokens' | 'shares'>>()
  let owed = 0n
  let burned = 0n
  for (const redelegation of state.redelegationsFrom(request.operator)) {
    const { destination } = redelegation
    const validator = state.validator(destination)
    if (validator !== null && !worth.has(destination)) worth.set(destination, validator)
    for (const entry of redelegation.entries) {
      if (!isWithin(entry, request.infractionHeight, now)) continue
      const share = shareOf(entry.initialBalance, request.fraction)
      const unbonding = slashUnbondingAt(state, redelegation, request.infractionHeight, share, now)
      owed += share
      burned += unbonding
      const rest = share - unbonding
      if (rest === 0n) continue
      const sharesOwed = (shareOf(entry.sharesDst, request.fraction) * rest) / share
      const taken = slashDelegation(state, redelegation, { sharesOwed, rest, worth: worth.get(destination) })
      burned += taken
      if (taken > 0n && redelegation.delegator === validator?.selfDelegator) weakened.add(destination)
    }
  }
  return { owed, burned }
}

/** Takes up to `owed` from the delegator's stake that unbonds at the destination of its redelegation. */
function slashUnbondingAt(
  state: SlashingState,
  { delegator, destination }: Redelegation,
  infractionHeight: Height,
  owed: bigint,
  now: Timestamp
): bigint {
  const unbonding = state.unbonding(delegator, destination)
  if (unbonding === null) return 0n
  let rest = owed
  const entries = unbonding.entries.map(entry => {
    if (rest === 0n || !isWithin(entry, infractionHeight, now)) return entry
    const amount = min(rest, entry.balance)
    rest -= amount
    return amount === 0n ? entry : { ...entry, balance: entry.balance - amount }
  })
  const taken = owed - rest
  if (taken === 0n) return 0n
  state.setUnbonding({ ...unbonding, entries })
  state.burn('notBonded', taken)
  return taken
}

/** Takes shares of a delegation, and burns what they are worth, at most what is owed; a fraction left over stays in it. */
function slashDelegation(
  state: SlashingState,
  { delegator, destination }: Redelegation,
  debt: {
    readonly sharesOwed: bigint
    readonly rest: bigint
    readonly worth: Pick<StakedValidator, 'tokens' | 'shares'> | undefined
  }
): bigint {
  const validator = state.validator(destination)
  if (validator === null || debt.worth === undefined || debt.worth.shares <= 0n) return 0n
  const held = state.delegationShares(delegator, destination)
  const shares = min(debt.sharesOwed, held)
  if (shares <= 0n) return 0n
  const value = (shares * debt.worth.tokens) / debt.worth.shares
  const amount = min(min(value, debt.rest), validator.tokens)
  state.setDelegationShares(delegator, destination, held - shares)
  const left = { ...validator, shares: validator.shares - shares }
  state.setValidator(left)
  burnTokens(state, left, amount)
  return amount
}

/** True for stake that left at or after the infraction and has not been paid out. */
function isWithin(
  entry: Pick<RedelegationEntry, 'creationHeight' | 'completionTime'>,
  infractionHeight: Height,
  now: Timestamp
): boolean {
  return entry.creationHeight >= infractionHeight && compareTimestamps(entry.completionTime, now) > 0
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
