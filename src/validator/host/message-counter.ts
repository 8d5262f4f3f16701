import type { VerifiedMessage, VerifiedVote } from '../../mempool/index.ts'
import type { BlockExecutor } from '../block-executor.ts'
import type { HeightContext } from './height-context.ts'
import type { HostListener } from './host-listener.ts'
import type { JournalRecord } from './journal.ts'
import { type ChainPool, toPoolMessage, toPoolVote, toWireMessage } from './pool-messages.ts'

export interface MessageCounterParts {
  readonly pool: ChainPool
  readonly executor: Pick<BlockExecutor, 'acceptsExtension'>
  readonly listener: HostListener
  readonly log: (record: JournalRecord) => void
}

/** Brings verified messages into the pool and logs whatever changes it. */
export class MessageCounter {
  readonly #parts: MessageCounterParts

  constructor(parts: MessageCounterParts) {
    this.#parts = parts
  }

  /** True when the pool counts the message, for the first time or beside one that contradicts it. */
  count(message: VerifiedMessage): boolean {
    const { pool, listener, log } = this.#parts
    const outcome = pool.add(toPoolMessage(message))
    listener.onMessage(message, outcome.kind)
    const counted = outcome.kind === 'added' || (outcome.kind === 'conflicting' && outcome.counted)
    if (counted) log({ kind: 'message', message: toWireMessage(message) })
    return counted
  }

  /** Takes +2/3 votes for one value as one unit; true when they brought anything. */
  countCertificate(votes: readonly VerifiedVote[], { height: current }: HeightContext): boolean {
    const { pool, listener, log } = this.#parts
    const [first] = votes
    if (first === undefined || first.vote.height !== current) return false
    const { kind, height, round, value } = toPoolVote(first)
    const outcome = pool.addCertificate({ kind, height, round, value, votes: votes.map(toPoolVote) })
    if (outcome.kind !== 'added') return false
    for (const { payload } of outcome.votes) listener.onMessage(payload, 'added')
    // Logged as one unit too: vote by vote, a replay could refuse what only the certificate lets in.
    log({ kind: 'certificate', votes: votes.map(({ vote }) => vote) })
    return true
  }

  /** Those of the votes whose extension the application accepts, or that carry none. */
  async withAcceptedExtensions(votes: readonly VerifiedVote[]): Promise<readonly VerifiedVote[]> {
    const { executor, listener } = this.#parts
    const accepted: VerifiedVote[] = []
    for (const message of votes) {
      if (!hasExtension(message) || (await executor.acceptsExtension(message.vote))) accepted.push(message)
      else listener.onMessage(message, 'refused')
    }
    return accepted
  }
}

/** A precommit for a block at a height where vote extensions are enabled. */
export function hasExtension(message: VerifiedMessage): message is VerifiedVote {
  return message.kind === 'vote' && message.vote.extensionSignature.length > 0
}
