import type { VoteKind } from '../consensus/index.ts'
import type { PoolMessage, PoolProposal } from './pool-message.ts'
import { VoteTally } from './vote-tally.ts'

/** Everything counted in one round: proposals, both kinds of votes, and who sent anything at all. */
export class RoundMessages<V, P> {
  readonly prevotes: VoteTally<V>
  readonly precommits: VoteTally<V>
  readonly #powers: readonly bigint[]
  readonly #messagesBySender = new Map<number, number>()
  #proposals: readonly PoolProposal<P>[] = []
  #powerOfSenders = 0n

  constructor(powers: readonly bigint[], quorum: bigint) {
    this.#powers = powers
    this.prevotes = new VoteTally(powers, quorum)
    this.precommits = new VoteTally(powers, quorum)
  }

  /** In order of arrival. */
  get proposals(): readonly PoolProposal<P>[] {
    return this.#proposals
  }

  /** Power of the validators with a message of any kind. */
  get powerOfSenders(): bigint {
    return this.#powerOfSenders
  }

  get isEmpty(): boolean {
    return this.#messagesBySender.size === 0
  }

  tally(kind: VoteKind): VoteTally<V> {
    return kind === 'prevote' ? this.prevotes : this.precommits
  }

  add(message: PoolMessage<V, P>): void {
    const { validator } = message
    const before = this.#messagesBySender.get(validator) ?? 0
    this.#messagesBySender.set(validator, before + 1)
    if (before === 0) this.#powerOfSenders += this.#powers[validator]!
    if (message.kind === 'proposal') this.#proposals = [...this.#proposals, message]
    else this.tally(message.kind).add(message)
  }

  remove(message: PoolMessage<V, P>): void {
    const { validator } = message
    const before = this.#messagesBySender.get(validator)!
    if (before === 1) {
      this.#messagesBySender.delete(validator)
      this.#powerOfSenders -= this.#powers[validator]!
    } else {
      this.#messagesBySender.set(validator, before - 1)
    }
    if (message.kind === 'proposal') this.#proposals = this.#proposals.filter(p => p !== message)
    else this.tally(message.kind).remove(message)
  }
}
