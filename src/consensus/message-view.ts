/** A value the machine decides on, by name. The machine never looks inside. For a chain: the block id's key. */
export type ValueId = string

export type VoteKind = 'prevote' | 'precommit'

export interface ProposalView {
  readonly value: ValueId
  /** The proposer's claimed POL round, -1 for a fresh value. */
  readonly polRound: number
}

/** Whether the value is fully here and passed validation; 'unknown' while it is incomplete or unchecked. */
export type Validity = 'unknown' | 'valid' | 'invalid'

/**
 * What the machine may see of the messages of its height: the port the message pool implements. Power counts each
 * validator at most once per (round, kind, value) and once in "any"; a validator's two conflicting votes count each
 * for its own value, and a certificate counts as one unit.
 */
export interface MessageView {
  /** Verified proposals of the round's proposer in order of arrival, at most two. */
  proposals(round: number): readonly ProposalView[]
  validity(value: ValueId): Validity
  /** Power of votes for `value`, null meaning nil. */
  power(kind: VoteKind, round: number, value: ValueId | null): bigint
  /** Power of validators with any vote of this kind in the round. */
  powerOfAny(kind: VoteKind, round: number): bigint
  /** The value with +2/3 prevotes in the round; undefined when none, null when nil has them. */
  polka(round: number): ValueId | null | undefined
  /** A value with +2/3 precommits in some round of this height, the lowest such round. */
  precommitQuorum(): { readonly round: number; readonly value: ValueId } | null
  /** The highest round above `round` in which validators with at least +1/3 power sent any message; null when none. */
  roundWithOneThirdAbove(round: number): number | null
}
