import { chooseActiveSet, noteBonded, type SetCandidate } from '../../../evidence/index.ts'
import { addNanos, type PublicKey, type ValidatorUpdate } from '../../../types/index.ts'
import { MAX_AMOUNT } from '../coins.ts'
import { type Context, emit } from '../context.ts'
import {
  digitsOf,
  freeValidatorsOf,
  SEATED,
  SEATS,
  type Seat,
  VALIDATORS,
  type ValidatorRecord
} from '../records/validators.ts'
import type { AccountId } from '../state/table.ts'
import { movePool } from './bank.ts'
import { stakingParams } from './delegations.ts'

/** Voting power of a stake. */
export function powerOf(ctx: Pick<Context, 'chain'>, { tokens }: Pick<ValidatorRecord, 'tokens'>): bigint {
  return tokens / ctx.chain.tokensPerPower
}

/**
 * Makes the set of those with the most stake, and returns what consensus must be told; who comes is bonded, who goes
 * begins to unbond. Where nobody would be left, the set stays as it is and an event raises the alarm.
 */
export function updateValidatorSet(ctx: Context): readonly ValidatorUpdate[] {
  const before = new Map<AccountId, Seat>()
  for (const operator of ctx.state.members(SEATED)) before.set(operator, ctx.state.get(SEATS, operator)!)
  const { maxValidators, minActiveValidators: minActive } = stakingParams(ctx)
  const seated = new Set(before.keys())
  const candidates = candidatesFor(ctx, maxValidators, seated)
  const { active, deferred } = chooseActiveSet(candidates, seated, { maxValidators, minActive })
  if (active.length === 0) {
    for (const operator of before.keys()) alarm(ctx, operator)
    return []
  }
  for (const operator of deferred) alarm(ctx, operator)
  const updates: ValidatorUpdate[] = []
  for (const { operator, power } of active)
    updates.push(...seat(ctx, operator, power, before.get(operator) ?? null))
  const staying = new Set(active.map(({ operator }) => operator))
  for (const [operator, { consensusKey }] of before) {
    if (staying.has(operator)) continue
    unseat(ctx, operator)
    updates.push({ publicKey: consensusKey, power: 0n })
  }
  return updates
}

/**
 * Everybody who can be in the set: those in it, and from the largest stakes down all of a size until there are enough
 * for every seat. Anybody can make validators of no power, so a block does not look at those. The next smaller size is
 * looked at, too: the largest of it may have the power of the smallest above.
 */
function candidatesFor(ctx: Context, seats: number, seated: ReadonlySet<AccountId>): readonly SetCandidate[] {
  const operators = new Set(seated)
  let found = 0
  for (let digits = digitsOf(MAX_AMOUNT); digits >= digitsOf(ctx.chain.tokensPerPower); digits--) {
    const isEnough = found >= seats
    const members = ctx.state.members(freeValidatorsOf(digits))
    for (const operator of members) operators.add(operator)
    found += members.length
    if (isEnough) break
  }
  return [...operators].map(operator => {
    const validator = ctx.state.get(VALIDATORS, operator)!
    return { operator, power: powerOf(ctx, validator), jailed: validator.jailed }
  })
}

/** A validator that should have left stays, so that there are enough: somebody must come and mend that. */
function alarm(ctx: Context, operator: AccountId): void {
  emit(ctx, 'validator_set_kept', { validator: ctx.addresses.ofOperator(operator) })
}

function seat(
  ctx: Context,
  operator: AccountId,
  power: bigint,
  before: Seat | null
): readonly ValidatorUpdate[] {
  const validator = ctx.state.get(VALIDATORS, operator)!
  const { consensusKey } = validator
  if (validator.status !== 'bonded') {
    movePool(ctx, 'bonded', validator.tokens)
    ctx.state.set(VALIDATORS, operator, { ...validator, status: 'bonded' })
    noteBonded(ctx.slashing, operator, ctx.height)
  }
  const isSameKey = before !== null && isSame(before.consensusKey, consensusKey)
  if (isSameKey && before.power === power) return []
  ctx.state.set(SEATS, operator, { consensusKey, power })
  const update = { publicKey: consensusKey, power }
  if (before === null || isSameKey) return [update]
  return [{ publicKey: before.consensusKey, power: 0n }, update]
}

function unseat(ctx: Context, operator: AccountId): void {
  ctx.state.delete(SEATS, operator)
  const validator = ctx.state.get(VALIDATORS, operator)
  if (validator === null) return
  movePool(ctx, 'notBonded', validator.tokens)
  ctx.state.set(VALIDATORS, operator, {
    ...validator,
    status: 'unbonding',
    unbondingHeight: ctx.height,
    unbondingTime: addNanos(ctx.time, stakingParams(ctx).unbondingTime)
  })
}

function isSame(a: PublicKey, b: PublicKey): boolean {
  return a.type === b.type && Buffer.compare(a.bytes, b.bytes) === 0
}
