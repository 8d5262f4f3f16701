import type { ValueId } from '../consensus/index.ts'
import type { PoolVote } from './pool-message.ts'

interface ValueTally<V> {
  power: bigint
  /** By validator. */
  readonly votes: Map<number, PoolVote<V>>
}

/**
 * Counts the votes of one kind in one round: each validator once for every value it voted for, and once in "any".
 * Adding and asking cost O(1). Which votes may enter is decided by the caller.
 */
export class VoteTally<V> {
  readonly #powers: readonly bigint[]
  readonly #quorum: bigint
  readonly #byValidator = new Map<number, PoolVote<V>[]>()
  readonly #byValue = new Map<ValueId | null, ValueTally<V>>()
  #powerOfAny = 0n
  #quorumValue: ValueId | null | undefined = undefined

  /** `powers` by validator index; `quorum` is the least power that is more than two thirds. */
  constructor(powers: readonly bigint[], quorum: bigint) {
    this.#powers = powers
    this.#quorum = quorum
  }

  get powerOfAny(): bigint {
    return this.#powerOfAny
  }

  /** The value that reached the quorum first, nil (null) only while no value has; undefined when none has. */
  get quorumValue(): ValueId | null | undefined {
    return this.#quorumValue
  }

  get values(): readonly (ValueId | null)[] {
    return [...this.#byValue.keys()]
  }

  power(value: ValueId | null): bigint {
    return this.#byValue.get(value)?.power ?? 0n
  }

  /** Votes of one validator in order of arrival, each for another value. */
  votesOf(validator: number): readonly PoolVote<V>[] {
    return this.#byValidator.get(validator) ?? []
  }

  voteFor(value: ValueId | null, validator: number): PoolVote<V> | undefined {
    return this.#byValue.get(value)?.votes.get(validator)
  }

  votesFor(value: ValueId | null): readonly PoolVote<V>[] {
    return [...(this.#byValue.get(value)?.votes.values() ?? [])]
  }

  hasVoted(validator: number): boolean {
    return this.#byValidator.has(validator)
  }

  /** The validator must not have voted for this value before. */
  add(vote: PoolVote<V>): void {
    const { validator, value } = vote
    const power = this.#powers[validator]!
    const votes = this.#byValidator.get(validator)
    if (votes === undefined) {
      this.#byValidator.set(validator, [vote])
      this.#powerOfAny += power
    } else {
      votes.push(vote)
    }
    let tally = this.#byValue.get(value)
    if (tally === undefined) {
      tally = { power: 0n, votes: new Map() }
      this.#byValue.set(value, tally)
    }
    tally.votes.set(validator, vote)
    tally.power += power
    const isFree = this.#quorumValue === undefined || this.#quorumValue === null
    if (isFree && tally.power >= this.#quorum) this.#quorumValue = value
  }

  /** The vote must be in the tally. */
  remove(vote: PoolVote<V>): void {
    const { validator, value } = vote
    const power = this.#powers[validator]!
    const left = this.votesOf(validator).filter(other => other !== vote)
    if (left.length > 0) {
      this.#byValidator.set(validator, left)
    } else {
      this.#byValidator.delete(validator)
      this.#powerOfAny -= power
    }
    const tally = this.#byValue.get(value)!
    tally.votes.delete(validator)
    tally.power -= power
    if (tally.votes.size === 0) this.#byValue.delete(value)
    if (this.#quorumValue === value && tally.power < this.#quorum) this.#quorumValue = this.#findQuorum()
  }

  #findQuorum(): ValueId | null | undefined {
    const reached = [...this.#byValue].filter(([, tally]) => tally.power >= this.#quorum)
    const values = reached.map(([value]) => value)
    return values.find(value => value !== null) ?? values[0]
  }
}
