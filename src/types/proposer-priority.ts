import { assert } from '../util/index.ts'
import type { Power } from './primitives.ts'
import type { Validator, ValidatorSet } from './validator-set.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
/** Priorities are kept within this many times the total power of each other (CometBFT PriorityWindowSizeFactor). */
const WINDOW_FACTOR = 2n

/** The proposer of rounds from here on repeats that of `round % PROPOSER_ROUNDS`: no peer can make us count for ever. */
const PROPOSER_ROUNDS = 65_536

/**
 * The set `times` rounds on: weighted round robin, exact in int64 (CometBFT ValidatorSet.IncrementProposerPriority).
 * Priorities are first brought into the window and centred, once; then `times` turns are taken.
 */
export function incrementProposerPriority(set: ValidatorSet, times: number): ValidatorSet {
  assert(Number.isSafeInteger(times) && times > 0, `cannot increment proposer priority ${times} times`)
  assert(set.validators.length > 0, 'an empty validator set has no proposer')
  const wheel = new PriorityWheel(set)
  let proposerIndex = 0
  for (let turn = 0; turn < times; turn++) proposerIndex = wheel.turn()
  const validators = wheel.validators()
  return {
    validators,
    totalPower: set.totalPower,
    proposer: validators[proposerIndex]!,
    indexByAddress: set.indexByAddress,
    hash: set.hash
  }
}

const proposersOfSets = new WeakMap<
  ValidatorSet,
  { readonly wheel: PriorityWheel; readonly indexes: number[] }
>()

/**
 * Who proposes in `round` when `set` stands at round 0: `set.proposer`, then the proposer of
 * `incrementProposerPriority(set, round)`. What was found is kept as long as the set, so a round costs one turn.
 */
export function proposerOfRound(set: ValidatorSet, round: number): Validator {
  assert(Number.isSafeInteger(round) && round >= 0, `there is no round ${round}`)
  const wanted = round % PROPOSER_ROUNDS
  if (wanted === 0) return set.proposer
  let known = proposersOfSets.get(set)
  if (known === undefined) {
    known = { wheel: new PriorityWheel(set), indexes: [] }
    proposersOfSets.set(set, known)
  }
  while (known.indexes.length < wanted) known.indexes.push(known.wheel.turn())
  return set.validators[known.indexes[wanted - 1]!]!
}

/** The set with the priorities of a round, when `set` stands at round 0; its proposer is {@link proposerOfRound}. */
export function validatorsOfRound(set: ValidatorSet, round: number): ValidatorSet {
  const turns = round % PROPOSER_ROUNDS
  return turns === 0 ? set : incrementProposerPriority(set, turns)
}

/**
 * Divides all priorities when they are further apart than twice `totalPower` (towards zero, by the ceiling of the
 * quotient), then takes their floor average off each. Int64 arithmetic with Go's wrap-around in the distance and
 * clipping in the subtraction.
 */
export function normalizePriorities(priorities: readonly bigint[], totalPower: Power): bigint[] {
  return centre(rescale(priorities, totalPower * WINDOW_FACTOR))
}

function rescale(priorities: readonly bigint[], window: bigint): readonly bigint[] {
  if (window <= 0n || priorities.length === 0) return priorities
  let highest = priorities[0]!
  let lowest = highest
  for (const priority of priorities) {
    if (priority > highest) highest = priority
    else if (priority < lowest) lowest = priority
  }
  let distance = BigInt.asIntN(64, highest - lowest)
  if (distance < 0n) distance = BigInt.asIntN(64, -distance)
  if (distance <= window) return priorities
  const ratio = BigInt.asIntN(64, distance + window - 1n) / window
  return priorities.map(priority => priority / ratio)
}

function centre(priorities: readonly bigint[]): bigint[] {
  const average = averagePriority(priorities)
  return priorities.map(priority => clip(priority - average))
}

/** The average rounded down, 0 for none. */
export function averagePriority(priorities: readonly bigint[]): bigint {
  if (priorities.length === 0) return 0n
  const count = BigInt(priorities.length)
  let sum = 0n
  for (const priority of priorities) sum += priority
  const quotient = sum / count
  return sum < 0n && sum % count !== 0n ? quotient - 1n : quotient
}

function clip(value: bigint): bigint {
  if (value > INT64_MAX) return INT64_MAX
  return value < INT64_MIN ? INT64_MIN : value
}

/** What turning needs and increments do not change; shared through `indexByAddress`, which they do not change either. */
interface Weights {
  readonly powers: Float64Array
  readonly total: number
  /** Position of each validator in the order of addresses: ties go to the lowest. */
  readonly addressRanks: Uint16Array
}

const weightsOfSets = new WeakMap<ValidatorSet['indexByAddress'], Weights>()

function weightsOf(set: ValidatorSet): Weights {
  const known = weightsOfSets.get(set.indexByAddress)
  if (known !== undefined) return known
  const byAddress = set.validators.map((_, index) => index)
  byAddress.sort((a, b) => (set.validators[a]!.address < set.validators[b]!.address ? -1 : 1))
  const addressRanks = new Uint16Array(byAddress.length)
  byAddress.forEach((index, rank) => {
    addressRanks[index] = rank
  })
  const powers = Float64Array.from(set.validators, each => Number(each.power))
  const weights = { powers, total: Number(set.totalPower), addressRanks }
  weightsOfSets.set(set.indexByAddress, weights)
  return weights
}

/** The turning priorities of one set: doubles where they are exact, bigints otherwise, with the same outcome. */
class PriorityWheel {
  readonly #set: ValidatorSet
  readonly #weights: Weights
  /** Null when they might not be exact. */
  readonly #numbers: Float64Array | null
  readonly #bigints: bigint[] = []

  constructor(set: ValidatorSet) {
    this.#set = set
    this.#weights = weightsOf(set)
    this.#numbers = exactPriorities(set, this.#weights.total)
    if (this.#numbers !== null) normalizeNumbers(this.#numbers, this.#weights.total)
    else {
      const priorities = set.validators.map(each => each.proposerPriority)
      this.#bigints = normalizePriorities(priorities, set.totalPower)
    }
  }

  /** Takes one turn and gives the index of the proposer. */
  turn(): number {
    return this.#numbers === null ? this.#turnBigints() : this.#turnNumbers(this.#numbers)
  }

  validators(): Validator[] {
    const numbers = this.#numbers
    return this.#set.validators.map((each, index) => ({
      address: each.address,
      publicKey: each.publicKey,
      power: each.power,
      proposerPriority: numbers === null ? this.#bigints[index]! : BigInt(numbers[index]!)
    }))
  }

  #turnNumbers(priorities: Float64Array): number {
    const { addressRanks, powers, total } = this.#weights
    let chosen = 0
    let highest = Number.NEGATIVE_INFINITY
    for (let index = 0; index < priorities.length; index++) {
      const priority = priorities[index]! + powers[index]!
      priorities[index] = priority
      if (priority < highest) continue
      if (priority === highest && addressRanks[index]! > addressRanks[chosen]!) continue
      chosen = index
      highest = priority
    }
    priorities[chosen] = highest - total
    return chosen
  }

  #turnBigints(): number {
    const { addressRanks } = this.#weights
    const priorities = this.#bigints
    let chosen = 0
    this.#set.validators.forEach((validator, index) => {
      const priority = clip(priorities[index]! + validator.power)
      priorities[index] = priority
      if (priority < priorities[chosen]!) return
      if (priority === priorities[chosen] && addressRanks[index]! > addressRanks[chosen]!) return
      chosen = index
    })
    priorities[chosen] = clip(priorities[chosen]! - this.#set.totalPower)
    return chosen
  }
}

/**
 * The priorities as doubles, or null when a result on the way might not be exact. Centring at most doubles the largest
 * magnitude P. Turns keep the sum of all priorities, and none falls below -max(2P, total), since only a positive one is
 * lowered, by the total. So none rises above n times that, and n (2P + total) below 2^52 leaves room for every step.
 */
function exactPriorities(set: ValidatorSet, total: number): Float64Array | null {
  const numbers = Float64Array.from(set.validators, each => Number(each.proposerPriority))
  let largest = 0
  for (const number of numbers) largest = Math.max(largest, Math.abs(number))
  return numbers.length * (2 * largest + total) < 2 ** 52 ? numbers : null
}

/** {@link normalizePriorities} in place, for integers whose sums are exact: then floor and trunc of a quotient are too. */
function normalizeNumbers(priorities: Float64Array, total: number): void {
  const window = total * Number(WINDOW_FACTOR)
  let highest = Number.NEGATIVE_INFINITY
  let lowest = Number.POSITIVE_INFINITY
  for (const priority of priorities) {
    if (priority > highest) highest = priority
    if (priority < lowest) lowest = priority
  }
  const distance = highest - lowest
  if (window > 0 && distance > window) {
    const ratio = Math.ceil(distance / window)
    for (let index = 0; index < priorities.length; index++) {
      priorities[index] = Math.trunc(priorities[index]! / ratio)
    }
  }
  let sum = 0
  for (const priority of priorities) sum += priority
  const average = Math.floor(sum / priorities.length)
  // Adding 0 turns -0 into 0.
  for (let index = 0; index < priorities.length; index++) priorities[index] = priorities[index]! - average + 0
}
