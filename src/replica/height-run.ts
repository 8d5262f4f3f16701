import {
  type Effect,
  initialRoundState,
  type RoundState,
  type StepEnv,
  type Validity,
  type ValueId
} from '../consensus/index.ts'
import { type HeightPool, MessagePool, type PoolProposal, type PoolVote } from '../mempool/index.ts'
import {
  type CountedMessage,
  type Decision,
  messageId,
  type SignedProposal,
  type SignedVote,
  type Statement,
  statementBytes
} from './message.ts'
import type { Membership, ReplicaOptions } from './providers.ts'

/** Whether a message belongs to the network: counted, known or useless, or a fault of its sender. */
export type Verdict = 'accept' | 'ignore' | 'reject'

type Equivocation<T> = readonly [SignedVote | SignedProposal<T>, SignedVote | SignedProposal<T>]

/** What taking a message did to the height. */
export interface Taken<T> {
  readonly changed: boolean
  readonly equivocations: readonly Equivocation<T>[]
}

/** All that belongs to one height: its members, the pool of its messages, the values seen, and the machine's state. */
export class HeightRun<T> {
  readonly height: number
  readonly membership: Membership
  readonly env: StepEnv
  state: RoundState
  /** Effects held back while the log is replayed; null when live. */
  deferred: Effect[] | null = null
  /** Own messages in order, to be sent again when nothing moves. */
  readonly own: (SignedVote | SignedProposal<T>)[] = []
  readonly #options: ReplicaOptions<T>
  readonly #pool = new MessagePool<SignedVote, SignedProposal<T>>()
  readonly #votes: HeightPool<SignedVote, SignedProposal<T>>
  readonly #values = new Map<ValueId, T>()
  readonly #judging = new Set<ValueId>()

  constructor(options: ReplicaOptions<T>, height: number) {
    this.height = height
    this.#options = options
    this.membership = options.providers.members(height)
    const { powers, self } = this.membership
    this.#votes = this.#pool.openHeight(height, powers)
    this.state = initialRoundState(height)
    this.env = {
      view: this.#votes,
      quorum: this.#votes.quorum,
      votes: self !== null,
      isProposer: round => self !== null && options.providers.proposer(height, round) === self
    }
  }

  value(id: ValueId): T | undefined {
    return this.#values.get(id)
  }

  /** Values that are here but not judged. */
  unjudged(): readonly ValueId[] {
    return [...this.#values.keys()].filter(id => this.validity(id) === 'unknown')
  }

  /** False when the value is being checked already. */
  startJudging(id: ValueId): boolean {
    if (this.#judging.has(id)) return false
    this.#judging.add(id)
    return true
  }

  validity(id: ValueId): Validity {
    return this.#votes.validity(id)
  }

  judge(id: ValueId, validity: 'valid' | 'invalid'): void {
    if (this.validity(id) === 'unknown') this.#votes.setValidity(id, validity)
  }

  /** Keeps a value that this replica built itself. */
  keep(value: T): ValueId {
    const id = this.#options.providers.valueId(value)
    this.#values.set(id, value)
    return id
  }

  enterRound(round: number): void {
    this.#votes.enterRound(round)
  }

  /** Checks everything about a message that arrived from outside; afterwards it may be taken. */
  isGenuine(message: CountedMessage<T>): boolean {
    switch (message.kind) {
      case 'vote':
        return this.#isSignedByMember(message)
      case 'proposal':
        return this.#isGenuineProposal(message)
      case 'decision':
        return this.#isGenuineDecision(message)
    }
  }

  take(message: CountedMessage<T>): Taken<T> {
    switch (message.kind) {
      case 'vote':
        return this.#takeVote(message)
      case 'proposal':
        return this.#takeProposal(message)
      case 'decision':
        return this.#takeDecision(message)
    }
  }

  /** What was decided, with its proof; undefined before that. */
  decision(): Decision<T> | undefined {
    const { height, state } = this
    if (state.decision === null) return undefined
    const { round, value } = state.decision
    const votes = this.#votes.votes('precommit', round, value).map(vote => vote.payload)
    return { kind: 'decision', height, round, value, content: this.#values.get(value)!, votes }
  }

  /** Puts a signed statement into its message, with what has to travel along. */
  assemble(statement: Statement, signature: Uint8Array): SignedVote | SignedProposal<T> {
    if (statement.kind !== 'proposal') return { kind: 'vote', statement, signature }
    const { polRound } = statement
    const value = statement.value!
    const prevotes = polRound < 0 ? [] : this.#votes.votes('prevote', polRound, value)
    const polka = prevotes.map(vote => vote.payload)
    return { kind: 'proposal', statement, signature, content: this.#values.get(value)!, polka }
  }

  /** Finds the own messages again that the log held. */
  recallOwn(): void {
    const { self } = this.membership
    if (self === null) return
    for (const message of this.#votes.find({ validator: self })) this.own.push(message.payload)
  }

  /** Whether this replica has already said something of this kind in the round. */
  hasSpoken(kind: 'proposal' | 'prevote' | 'precommit', round: number): boolean {
    const { self } = this.membership
    return self !== null && this.#votes.find({ kind, round, validator: self }).length > 0
  }

  #takeVote(vote: SignedVote): Taken<T> {
    const outcome = this.#pool.add(toPoolVote(vote))
    if (outcome.kind === 'conflicting') {
      return { changed: outcome.counted, equivocations: [[outcome.existing.payload, vote]] }
    }
    return { changed: outcome.kind === 'added', equivocations: [] }
  }

  #takeProposal(proposal: SignedProposal<T>): Taken<T> {
    const outcome = this.#pool.add(toPoolProposal(proposal))
    const counted = outcome.kind === 'added' || (outcome.kind === 'conflicting' && outcome.counted)
    if (counted) this.#values.set(proposal.statement.value!, proposal.content)
    const conflicts: Equivocation<T>[] =
      outcome.kind === 'conflicting' ? [[outcome.existing.payload, proposal]] : []
    const polka = this.#takeCertificate(proposal.polka)
    return { changed: counted || polka.changed, equivocations: [...conflicts, ...polka.equivocations] }
  }

  #takeDecision(decision: Decision<T>): Taken<T> {
    if (this.#values.has(decision.value) && this.#votes.precommitQuorum() !== null) {
      return { changed: false, equivocations: [] }
    }
    this.#values.set(decision.value, decision.content)
    const { equivocations } = this.#takeCertificate(decision.votes)
    return { changed: true, equivocations }
  }

  #takeCertificate(votes: readonly SignedVote[]): Taken<T> {
    const [first] = votes
    if (first === undefined) return { changed: false, equivocations: [] }
    const { kind, height, round, value } = toPoolVote(first)
    const outcome = this.#pool.addCertificate({ kind, height, round, value, votes: votes.map(toPoolVote) })
    if (outcome.kind !== 'added') return { changed: false, equivocations: [] }
    const equivocations = outcome.conflicts.map(
      ({ existing, vote }): Equivocation<T> => [existing.payload, vote.payload]
    )
    return { changed: true, equivocations }
  }

  #isGenuineProposal(proposal: SignedProposal<T>): boolean {
    const { statement, polka, content } = proposal
    const { proposer, valueId } = this.#options.providers
    if (statement.member !== proposer(this.height, statement.round)) return false
    if (valueId(content) !== statement.value || !this.#isSignedByMember(proposal)) return false
    return polka.length === 0 || this.#areVotes(polka, 'prevote', statement.polRound, statement.value)
  }

  #isGenuineDecision({ height, round, value, content, votes }: Decision<T>): boolean {
    if (height !== this.height || this.#options.providers.valueId(content) !== value) return false
    if (!this.#areVotes(votes, 'precommit', round, value)) return false
    const members = new Set(votes.map(vote => vote.statement.member))
    const power = [...members].reduce((sum, member) => sum + this.membership.powers[member]!, 0n)
    return members.size === votes.length && power >= this.env.quorum
  }

  #areVotes(
    votes: readonly SignedVote[],
    kind: 'prevote' | 'precommit',
    round: number,
    value: ValueId
  ): boolean {
    return votes.every(vote => {
      const { statement } = vote
      const fits = statement.kind === kind && statement.round === round && statement.value === value
      return fits && this.#isSignedByMember(vote)
    })
  }

  #isSignedByMember({ statement, signature }: SignedVote | SignedProposal<T>): boolean {
    if (statement.height !== this.height || statement.member >= this.membership.powers.length) return false
    const bytes = statementBytes(this.#options.domain, statement)
    return this.#options.providers.verify(bytes, signature, statement)
  }
}

function toPoolVote(vote: SignedVote): PoolVote<SignedVote> {
  const { kind, height, round, member, value } = vote.statement
  const voteKind = kind === 'precommit' ? 'precommit' : 'prevote'
  return { id: messageId(vote), kind: voteKind, height, round, validator: member, value, payload: vote }
}

function toPoolProposal<T>(proposal: SignedProposal<T>): PoolProposal<SignedProposal<T>> {
  const { height, round, member, value, polRound } = proposal.statement
  const id = messageId(proposal)
  return {
    id,
    kind: 'proposal',
    height,
    round,
    validator: member,
    value: value!,
    polRound,
    payload: proposal
  }
}
