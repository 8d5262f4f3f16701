import type { MessageView, Validity, ValueId, VoteKind } from '../consensus/index.ts'
import { oneThirdOf, quorumOf } from '../types/index.ts'
import { assert } from '../util/index.ts'
import { FutureRounds } from './future-rounds.ts'
import { MessageIndex, type MessageQuery } from './message-index.ts'
import {
  type AddOutcome,
  type CertificateOutcome,
  POOL_BOUNDS,
  type PoolMessage,
  type PoolProposal,
  type PoolRefusal,
  type PoolVote,
  type VoteCertificate
} from './pool-message.ts'
import { RoundMessages } from './round-messages.ts'

/** An outcome, and which messages the pool gained and lost by it. */
export interface Change<M, O> {
  readonly outcome: O
  readonly stored: readonly M[]
  readonly evicted: readonly M[]
}

/**
 * The messages of one height: the view the machine decides on, and the answers for catch-up, RPC and commits. Made
 * and fed by the `MessagePool` alone.
 */
export class HeightPool<V, P> implements MessageView {
  readonly height: number
  readonly powers: readonly bigint[]
  readonly totalPower: bigint
  readonly quorum: bigint
  readonly oneThird: bigint
  readonly #index = new MessageIndex<V, P>()
  readonly #rounds = new Map<number, RoundMessages<V, P>>()
  readonly #validity = new Map<ValueId, Validity>()
  readonly #certified = new Map<string, Set<ValueId | null>>()
  readonly #future: FutureRounds
  #precommitQuorum: { readonly round: number; readonly value: ValueId } | null = null
  #highestBusyRound = -1

  constructor(height: number, powers: readonly bigint[]) {
    this.height = height
    this.powers = powers
    this.totalPower = powers.reduce((sum, power) => sum + power, 0n)
    assert(this.totalPower > 0n, `height ${height} has no voting power`)
    this.quorum = quorumOf(this.totalPower)
    this.oneThird = oneThirdOf(this.totalPower)
    this.#future = new FutureRounds(POOL_BOUNDS.futureRoundsPerValidator)
  }

  get size(): number {
    return this.#index.size
  }

  /** The machine's round, from which "future" is reckoned. */
  get currentRound(): number {
    return this.#future.currentRound
  }

  /** Rounds with at least one message, ascending. */
  get rounds(): readonly number[] {
    return this.#index.rounds
  }

  proposals(round: number): readonly PoolProposal<P>[] {
    return this.#rounds.get(round)?.proposals ?? []
  }

  validity(value: ValueId): Validity {
    return this.#validity.get(value) ?? 'unknown'
  }

  power(kind: VoteKind, round: number, value: ValueId | null): bigint {
    return this.#rounds.get(round)?.tally(kind).power(value) ?? 0n
  }

  powerOfAny(kind: VoteKind, round: number): bigint {
    return this.#rounds.get(round)?.tally(kind).powerOfAny ?? 0n
  }

  polka(round: number): ValueId | null | undefined {
    return this.#rounds.get(round)?.prevotes.quorumValue
  }

  precommitQuorum(): { readonly round: number; readonly value: ValueId } | null {
    return this.#precommitQuorum
  }

  roundWithOneThirdAbove(round: number): number | null {
    return this.#highestBusyRound > round ? this.#highestBusyRound : null
  }

  /** Power of the validators with any message in the round. */
  powerOfSenders(round: number): bigint {
    return this.#rounds.get(round)?.powerOfSenders ?? 0n
  }

  find(query: MessageQuery = {}): readonly PoolMessage<V, P>[] {
    return this.#index.find(query)
  }

  /** Votes of one kind in one round, in order of arrival; with `value` only those for it (null for nil). */
  votes(kind: VoteKind, round: number, value?: ValueId | null): readonly PoolVote<V>[] {
    const tally = this.#rounds.get(round)?.tally(kind)
    if (tally === undefined) return []
    if (value !== undefined) return tally.votesFor(value)
    return this.#index.find({ round, kind }) as readonly PoolVote<V>[]
  }

  /** The values voted for, in order of first arrival; null is nil. */
  votedValues(kind: VoteKind, round: number): readonly (ValueId | null)[] {
    return this.#rounds.get(round)?.tally(kind).values ?? []
  }

  /** Who voted, by validator index; with `value` who voted for it (null for nil). */
  voters(kind: VoteKind, round: number, value?: ValueId | null): readonly boolean[] {
    const tally = this.#rounds.get(round)?.tally(kind)
    return this.powers.map((_, validator) => {
      if (tally === undefined) return false
      return value === undefined ? tally.hasVoted(validator) : tally.voteFor(value, validator) !== undefined
    })
  }

  /**
   * What a commit of `value` in `round` is built from, by validator index: the precommit for the value, else the one
   * for nil, else null (absent). A precommit for another value counts as absent, as CometBFT's MakeExtendedCommit has it.
   */
  commitVotes(round: number, value: ValueId): readonly (PoolVote<V> | null)[] {
    const tally = this.#rounds.get(round)?.precommits
    return this.powers.map(
      (_, validator) => tally?.voteFor(value, validator) ?? tally?.voteFor(null, validator) ?? null
    )
  }

  /** Records the outcome of checking a complete value. Once judged, a value stays judged. */
  setValidity(value: ValueId, validity: 'valid' | 'invalid'): void {
    const before = this.validity(value)
    assert(before === 'unknown' || before === validity, `value ${value} was ${before}, now ${validity}`)
    this.#validity.set(value, validity)
  }

  /** Tells the round the machine is in; rounds never go back. */
  enterRound(round: number): void {
    this.#future.enterRound(round)
  }

  add(message: PoolMessage<V, P>): Change<PoolMessage<V, P>, AddOutcome<PoolMessage<V, P>>> {
    const refusal = this.#outOfRange(message.validator, message.round)
    if (refusal !== null) return unchanged({ kind: 'refused', reason: refusal })
    const rivals = this.#rivals(message)
    const twin = rivals.find(other => saysTheSame(other, message))
    if (twin !== undefined) return unchanged({ kind: 'duplicate', existing: twin })
    const existing = rivals[0]
    if (existing !== undefined && existing.validator !== message.validator) {
      return unchanged({ kind: 'refused', reason: 'otherProposer' })
    }
    if (existing !== undefined && rivals.length >= mostOf(message)) {
      return unchanged({ kind: 'conflicting', existing, counted: false })
    }
    const room = this.#future.makeRoom(message.validator, message.round)
    if (room === 'tooFarAhead') return unchanged({ kind: 'refused', reason: 'tooFarAhead' })
    const evicted = room.evictedRounds.flatMap(round => this.#evict(message.validator, round))
    this.#store(message)
    const outcome: AddOutcome<PoolMessage<V, P>> =
      existing === undefined ? { kind: 'added' } : { kind: 'conflicting', existing, counted: true }
    return { outcome, stored: [message], evicted }
  }

  /** Counts the whole certificate for its value, also where single votes would have been out of bounds. */
  addCertificate(certificate: VoteCertificate<V>): Change<PoolVote<V>, CertificateOutcome<V>> {
    const { kind, round, value } = certificate
    const refusal = this.#certificateFault(certificate)
    if (refusal !== null) return unchanged({ kind: 'refused', reason: refusal })
    const tally = this.#round(round).tally(kind)
    const mayExceed = tally.power(value) < this.quorum && this.#certify(kind, round, value)
    const stored: PoolVote<V>[] = []
    const conflicts: { existing: PoolVote<V>; vote: PoolVote<V> }[] = []
    for (const vote of certificate.votes) {
      if (tally.voteFor(value, vote.validator) !== undefined) continue
      const existing = tally.votesOf(vote.validator)
      if (existing[0] !== undefined) conflicts.push({ existing: existing[0], vote })
      if (existing.length >= POOL_BOUNDS.votesPerValidator && !mayExceed) continue
      this.#store(vote)
      stored.push(vote)
    }
    if (stored.length === 0) return unchanged({ kind: 'duplicate' })
    this.#future.exempt(round)
    return { outcome: { kind: 'added', votes: stored, conflicts }, stored, evicted: [] }
  }

  /** What is wrong between the indexes and the counts, in words; empty when all describe the same set. */
  incoherences(): readonly string[] {
    const fresh = new HeightPool<V, P>(this.height, this.powers)
    for (const message of this.#index.find({})) fresh.#store(message)
    const wrong = [...this.#index.incoherences()]
    const compare = (what: string, kept: unknown, counted: unknown): void => {
      if (kept !== counted) wrong.push(`height ${this.height}: ${what} is ${kept}, counted anew ${counted}`)
    }
    compare('rounds', [...this.#rounds.keys()].sort().join(), [...fresh.#rounds.keys()].sort().join())
    compare('precommit quorum', this.#precommitQuorum?.round, fresh.#precommitQuorum?.round)
    compare('highest busy round', this.#highestBusyRound, fresh.#highestBusyRound)
    for (const round of this.#rounds.keys()) {
      compare(`power of senders in ${round}`, this.powerOfSenders(round), fresh.powerOfSenders(round))
      compare(`proposals in ${round}`, this.proposals(round).length, fresh.proposals(round).length)
      for (const kind of ['prevote', 'precommit'] as const) {
        const where = `${kind}s of round ${round}`
        compare(`any ${where}`, this.powerOfAny(kind, round), fresh.powerOfAny(kind, round))
        const values = new Set([...this.votedValues(kind, round), ...fresh.votedValues(kind, round)])
        for (const value of values) {
          compare(`${value} ${where}`, this.power(kind, round, value), fresh.power(kind, round, value))
        }
        const hasQuorum = this.#rounds.get(round)?.tally(kind).quorumValue !== undefined
        compare(
          `quorum of ${where}`,
          hasQuorum,
          fresh.#rounds.get(round)?.tally(kind).quorumValue !== undefined
        )
      }
    }
    return wrong
  }

  #outOfRange(validator: number, round: number): PoolRefusal | null {
    if (!Number.isInteger(validator) || validator < 0 || validator >= this.powers.length) {
      return 'unknownValidator'
    }
    if (!Number.isInteger(round) || round < 0 || round > POOL_BOUNDS.highestRound) return 'badRound'
    return null
  }

  /** The messages in whose place this one speaks: the sender's votes of this kind, or the round's proposals. */
  #rivals(message: PoolMessage<V, P>): readonly PoolMessage<V, P>[] {
    const round = this.#rounds.get(message.round)
    if (round === undefined) return []
    return message.kind === 'proposal'
      ? round.proposals
      : round.tally(message.kind).votesOf(message.validator)
  }

  #certificateFault(certificate: VoteCertificate<V>): PoolRefusal | null {
    const { kind, height, round, value, votes } = certificate
    let power = 0n
    const seen = new Set<number>()
    for (const vote of votes) {
      const refusal = this.#outOfRange(vote.validator, vote.round)
      if (refusal !== null) return refusal
      const isPartOfIt =
        vote.kind === kind && vote.height === height && vote.round === round && vote.value === value
      if (!isPartOfIt || seen.has(vote.validator)) return 'notACertificate'
      seen.add(vote.validator)
      power += this.powers[vote.validator]!
    }
    return power >= this.quorum ? null : 'notACertificate'
  }

  #certify(kind: VoteKind, round: number, value: ValueId | null): boolean {
    const key = `${kind} ${round}`
    const values = this.#certified.get(key) ?? new Set()
    if (!values.has(value) && values.size >= POOL_BOUNDS.certifiedValues) return false
    this.#certified.set(key, values.add(value))
    return true
  }

  #round(round: number): RoundMessages<V, P> {
    let messages = this.#rounds.get(round)
    if (messages === undefined) {
      messages = new RoundMessages(this.powers, this.quorum)
      this.#rounds.set(round, messages)
    }
    return messages
  }

  #store(message: PoolMessage<V, P>): void {
    const { round } = message
    const messages = this.#round(round)
    this.#index.insert(message)
    messages.add(message)
    if (messages.powerOfSenders >= this.oneThird && round > this.#highestBusyRound) {
      this.#highestBusyRound = round
    }
    if (message.kind === 'precommit') this.#notePrecommitQuorum(round)
  }

  #notePrecommitQuorum(round: number): void {
    const value = this.#rounds.get(round)?.precommits.quorumValue
    if (value === undefined || value === null) return
    if (this.#precommitQuorum === null || round < this.#precommitQuorum.round) {
      this.#precommitQuorum = { round, value }
    }
  }

  #evict(validator: number, round: number): readonly PoolMessage<V, P>[] {
    const evicted = this.#index.find({ validator, round })
    for (const message of evicted) {
      this.#index.delete(message)
      this.#round(round).remove(message)
    }
    if (this.#rounds.get(round)?.isEmpty) this.#rounds.delete(round)
    this.#precommitQuorum = null
    this.#highestBusyRound = -1
    for (const [each, messages] of this.#rounds) {
      this.#notePrecommitQuorum(each)
      if (messages.powerOfSenders >= this.oneThird && each > this.#highestBusyRound)
        this.#highestBusyRound = each
    }
    return evicted
  }
}

function mostOf(message: PoolMessage<unknown, unknown>): number {
  return message.kind === 'proposal' ? POOL_BOUNDS.proposalsPerRound : POOL_BOUNDS.votesPerValidator
}

function saysTheSame(a: PoolMessage<unknown, unknown>, b: PoolMessage<unknown, unknown>): boolean {
  if (a.value !== b.value || a.validator !== b.validator) return false
  return a.kind !== 'proposal' || b.kind !== 'proposal' || a.polRound === b.polRound
}

function unchanged<M, O>(outcome: O): Change<M, O> {
  return { outcome, stored: [], evicted: [] }
}
