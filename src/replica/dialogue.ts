import type { Decisions } from './decisions.ts'
import { HEIGHTS_AHEAD } from './early-messages.ts'
import type { ReplicaMessage, SignedProposal, SignedVote } from './message.ts'
import type { ProviderCalls } from './provider-calls.ts'
import type { ReplicaProviders } from './providers.ts'

interface DialogueParts<T> {
  readonly providers: Pick<ReplicaProviders<T>, 'send'>
  readonly calls: ProviderCalls
  readonly decisions: Decisions<T>
}

/** What a replica tells the others: its own messages, decisions to who is behind, and that it is behind itself. */
export class Dialogue<T> {
  readonly #parts: DialogueParts<T>
  #highestSeen = 0

  constructor(parts: DialogueParts<T>) {
    this.#parts = parts
  }

  /** Somebody is at this height, or says so. */
  heardOf(height: number): void {
    if (height > this.#highestSeen) this.#highestSeen = height
  }

  /** To everybody when no member is named. */
  send(message: ReplicaMessage<T>, to?: number): void {
    this.#parts.calls.guard('send', () => this.#parts.providers.send(message, to))
  }

  askIfBehind(height: number): void {
    if (this.#highestSeen > height) this.send({ kind: 'ask', height })
  }

  /** Says again what was said in the last two rounds of `own`. */
  repeat(own: readonly (SignedVote | SignedProposal<T>)[]): void {
    const round = own.at(-1)?.statement.round ?? 0
    for (const message of own) if (message.statement.round >= round - 1) this.send(message)
  }

  /** Gives who is behind the decision of its height, and who asks also those it can keep for the heights after. */
  answer(message: ReplicaMessage<T>, height: number, reply?: (answer: ReplicaMessage<T>) => void): void {
    if (message.kind === 'decision' || (message.kind === 'ask' && reply === undefined)) return
    const most = message.kind === 'ask' ? 1 + HEIGHTS_AHEAD : 1
    for (const decision of this.#parts.decisions.from(height, most)) {
      if (reply !== undefined) this.#parts.calls.guard('send', () => reply(decision))
      else if (message.kind !== 'ask') this.send(decision, message.statement.member)
    }
  }
}
