import type { ConsensusSnapshot, VoteSnapshot } from './snapshot.ts'

export interface ValueTally {
  /** Null for nil. */
  readonly value: string | null
  readonly power: bigint
}

/** One kind of vote of one round, counted. */
export interface Tally {
  /** Power of all that voted for anything. */
  readonly voted: bigint
  /** The value with the most power, a block before nil when they are equal; null when nobody voted. */
  readonly leading: ValueTally | null
  /** By falling power. */
  readonly values: readonly ValueTally[]
  /** Indexes of the validators that did not vote for the leading value, by falling power. */
  readonly missing: readonly number[]
}

export function totalPower({ validators }: Pick<ConsensusSnapshot, 'validators'>): bigint {
  return validators.reduce((sum, { power }) => sum + power, 0n)
}

/** The least power that is more than two thirds. */
export function quorumPower(snapshot: Pick<ConsensusSnapshot, 'validators'>): bigint {
  return (totalPower(snapshot) * 2n) / 3n + 1n
}

export function tallyVotes(
  { validators }: Pick<ConsensusSnapshot, 'validators'>,
  votes: readonly (VoteSnapshot | null)[]
): Tally {
  const powers = new Map<string | null, bigint>()
  let voted = 0n
  validators.forEach(({ power }, index) => {
    const vote = votes[index]
    if (!vote) return
    voted += power
    powers.set(vote.value, (powers.get(vote.value) ?? 0n) + power)
  })
  const values = [...powers].map(([value, power]) => ({ value, power })).sort(byPower)
  const leading = values[0] ?? null
  const missing = validators
    .map((_, index) => index)
    .filter(index => {
      const vote = votes[index]
      return !vote || leading === null || vote.value !== leading.value
    })
    .sort((a, b) => compare(validators[b]!.power, validators[a]!.power) || a - b)
  return { voted, leading, values, missing }
}

function byPower(a: ValueTally, b: ValueTally): number {
  return compare(b.power, a.power) || Number(a.value === null) - Number(b.value === null)
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
