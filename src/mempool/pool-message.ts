import type { ValueId, VoteKind } from '../consensus/index.ts'

export type PoolMessageKind = VoteKind | 'proposal'

interface PoolMessageBase {
  /** Names this very message: equal messages have equal ids, different ones different ids (a hash over it all). */
  readonly id: string
  readonly height: number
  readonly round: number
  /** Index of the sender in the validator set of the height. */
  readonly validator: number
}

/** A verified vote as the pool sees it; the pool never looks into `payload`. */
export interface PoolVote<V> extends PoolMessageBase {
  readonly kind: VoteKind
  /** null for nil. */
  readonly value: ValueId | null
  readonly payload: V
}

/** A verified proposal of the proposer of its round. */
export interface PoolProposal<P> extends PoolMessageBase {
  readonly kind: 'proposal'
  readonly value: ValueId
  /** -1 for a fresh value. */
  readonly polRound: number
  readonly payload: P
}

export type PoolMessage<V, P> = PoolVote<V> | PoolProposal<P>

/** +2/3 votes of one kind, round and value, every one verified: a commit or a polka in one piece. */
export interface VoteCertificate<V> {
  readonly kind: VoteKind
  readonly height: number
  readonly round: number
  readonly value: ValueId | null
  /** Votes for `value` alone, at most one a validator. */
  readonly votes: readonly PoolVote<V>[]
}

/** Why a message did not enter: `unknownHeight` is not open, the others are out of bounds. */
export type PoolRefusal =
  | 'unknownHeight'
  | 'unknownValidator'
  | 'badRound'
  | 'tooFarAhead'
  | 'otherProposer'
  | 'notACertificate'

/**
 * What became of one message. Whatever is `counted` changed the pool, so it must be logged before anything that
 * follows from it leaves the node. A conflicting message is evidence against its sender whether counted or not.
 */
export type AddOutcome<M> =
  | { readonly kind: 'added' }
  /** The same message, or the same statement by the same validator in another signature or timestamp. */
  | { readonly kind: 'duplicate'; readonly existing: M }
  | { readonly kind: 'conflicting'; readonly existing: M; readonly counted: boolean }
  | { readonly kind: 'refused'; readonly reason: PoolRefusal }

export type CertificateOutcome<V> =
  | {
      readonly kind: 'added'
      /** The votes that were not in the pool before; at least one. */
      readonly votes: readonly PoolVote<V>[]
      readonly conflicts: readonly { readonly existing: PoolVote<V>; readonly vote: PoolVote<V> }[]
    }
  /** The pool counts every vote of it already. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly reason: PoolRefusal }

/** Bounds of the message pool. */
export const POOL_BOUNDS = {
  /** Different votes kept per (validator, round, kind): the first and one that conflicts with it. */
  votesPerValidator: 2,
  proposalsPerRound: 2,
  /** Rounds above the current one in which a validator's messages are kept: its highest ones. */
  futureRoundsPerValidator: 2,
  /** Values per (round, kind) for which certificates may exceed `votesPerValidator`. */
  certifiedValues: 2,
  /** Heights open at once. */
  heights: 16,
  /** Rounds are int32 on the wire. */
  highestRound: 2 ** 31 - 1
} as const
