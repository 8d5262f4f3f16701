import { addressOf, publicKeyLength } from '../crypto/index.ts'
import { PnyxError } from '../util/index.ts'
import type { Hex, Power } from './primitives.ts'
import { incrementProposerPriority, normalizePriorities } from './proposer-priority.ts'
import {
  MAX_TOTAL_POWER,
  MAX_VALIDATORS,
  type PublicKey,
  type Validator,
  type ValidatorSet,
  type ValidatorUpdate
} from './validator-set.ts'
import { assembleValidatorSet, compareValidators, EMPTY_VALIDATOR_SET } from './validator-set-assembly.ts'

export type ValidatorSetErrorCode =
  | 'BAD_PUBLIC_KEY'
  | 'DUPLICATE_VALIDATOR'
  | 'EMPTY_VALIDATOR_SET'
  | 'KEY_TYPE_NOT_ALLOWED'
  | 'NEGATIVE_POWER'
  | 'POWER_TOO_LARGE'
  | 'TOO_MANY_VALIDATORS'
  | 'TOTAL_POWER_TOO_LARGE'
  | 'UNKNOWN_VALIDATOR'
  | 'ZERO_POWER'

/** Changes that would not give a legal validator set. The set they were meant for is as it was. */
export class ValidatorSetError extends PnyxError<ValidatorSetErrorCode> {}

/** An update whose address is already known; it is trusted to be that of the key. */
export interface AddressedValidatorUpdate extends ValidatorUpdate {
  readonly address?: Hex
}

interface Change {
  readonly address: Hex
  readonly publicKey: PublicKey
  readonly power: Power
}

/**
 * A new set standing at round 0 of its first height: all start as equals, then one turn is taken (CometBFT
 * NewValidatorSet). No validators give {@link EMPTY_VALIDATOR_SET}.
 *
 * @throws ValidatorSetError when a power is not positive, an address comes twice, or a limit is passed
 */
export function makeValidatorSet(validators: readonly AddressedValidatorUpdate[]): ValidatorSet {
  if (validators.length === 0) return EMPTY_VALIDATOR_SET
  const changes = readChanges(validators)
  const powerless = changes.find(change => change.power === 0n)
  if (powerless !== undefined) {
    throw new ValidatorSetError('ZERO_POWER', `validator ${powerless.address} has no power`)
  }
  return incrementProposerPriority(applyChanges(EMPTY_VALIDATOR_SET, changes), 1)
}

/**
 * `set` with `updates` applied: power 0 removes, any other power adds or changes (CometBFT
 * ValidatorSet.UpdateWithChangeSet). A new validator starts at -1.125 times the total power, so that leaving and coming
 * back gains nothing. No turn is taken: `proposer` stays who it was, even when removed, until the next increment.
 *
 * @throws ValidatorSetError when the updates are not legal together
 */
export function updateValidatorSet(
  set: ValidatorSet,
  updates: readonly AddressedValidatorUpdate[]
): ValidatorSet {
  return updates.length === 0 ? set : applyChanges(set, readChanges(updates))
}

function readChanges(updates: readonly AddressedValidatorUpdate[]): Change[] {
  const seen = new Set<Hex>()
  return updates.map(({ publicKey, power, address: known }) => {
    const address = known ?? checkedAddressOf(publicKey)
    if (seen.has(address)) {
      throw new ValidatorSetError('DUPLICATE_VALIDATOR', `validator ${address} is named twice`)
    }
    seen.add(address)
    if (power < 0n) {
      throw new ValidatorSetError('NEGATIVE_POWER', `power of validator ${address} is negative: ${power}`)
    }
    if (power > MAX_TOTAL_POWER) {
      const message = `power of validator ${address} is ${power}, more than ${MAX_TOTAL_POWER}`
      throw new ValidatorSetError('POWER_TOO_LARGE', message)
    }
    return { address, publicKey, power }
  })
}

function checkedAddressOf(publicKey: PublicKey): Hex {
  const wanted = publicKeyLength(publicKey.type)
  if (publicKey.bytes.length !== wanted) {
    const message = `an ${publicKey.type} public key has ${wanted} bytes, not ${publicKey.bytes.length}`
    throw new ValidatorSetError('BAD_PUBLIC_KEY', message)
  }
  return addressOf(publicKey)
}

function applyChanges(set: ValidatorSet, changes: readonly Change[]): ValidatorSet {
  const byAddress = new Map<Hex, Change>(changes.map(change => [change.address, change]))
  const newcomers = changes.filter(({ address, power }) => power > 0n && !set.indexByAddress.has(address))
  checkRemovals(set, changes, newcomers.length)
  const kept = set.validators.filter(({ address }) => byAddress.get(address)?.power !== 0n)
  const powerOf = (each: Validator): Power => byAddress.get(each.address)?.power ?? each.power
  const totalPower = sum(kept.map(powerOf)) + sum(newcomers.map(({ power }) => power))
  if (totalPower > MAX_TOTAL_POWER) {
    const message = `the total power would be ${totalPower}, more than ${MAX_TOTAL_POWER}`
    throw new ValidatorSetError('TOTAL_POWER_TOO_LARGE', message)
  }
  if (kept.length + newcomers.length > MAX_VALIDATORS) {
    const message = `there would be ${kept.length + newcomers.length} validators, more than ${MAX_VALIDATORS}`
    throw new ValidatorSetError('TOO_MANY_VALIDATORS', message)
  }
  // Those who leave still count here, which sets the newcomers back a little further.
  const removed = set.validators.filter(({ address }) => byAddress.get(address)?.power === 0n)
  const powerBeforeRemovals = totalPower + sum(removed.map(({ power }) => power))
  const start = -(powerBeforeRemovals + (powerBeforeRemovals >> 3n))
  const merged = [
    ...kept.map(each => ({ ...each, power: powerOf(each) })),
    ...newcomers.map(change => ({ ...change, proposerPriority: start }))
  ]
  return assemble(merged, totalPower, set.proposer)
}

function checkRemovals(set: ValidatorSet, changes: readonly Change[], newcomers: number): void {
  let removals = 0
  for (const { address, power } of changes) {
    if (power !== 0n) continue
    removals += 1
    if (set.indexByAddress.has(address)) continue
    throw new ValidatorSetError('UNKNOWN_VALIDATOR', `cannot remove ${address}: it is not a validator`)
  }
  if (newcomers === 0 && removals === set.validators.length) {
    throw new ValidatorSetError('EMPTY_VALIDATOR_SET', 'the updates would leave no validator')
  }
}

function assemble(validators: readonly Validator[], totalPower: Power, proposer: Validator): ValidatorSet {
  const priorities = normalizePriorities(
    validators.map(each => each.proposerPriority),
    totalPower
  )
  const centred = validators.map((each, index) => ({ ...each, proposerPriority: priorities[index]! }))
  return assembleValidatorSet(centred.sort(compareValidators), proposer)
}

function sum(powers: readonly Power[]): Power {
  return powers.reduce((total, power) => total + power, 0n)
}
