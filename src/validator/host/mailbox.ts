import type { Timeout, ValueId } from '../../consensus/index.ts'
import type { VerifiedMessage, VerifiedVote } from '../../mempool/index.ts'
import type { PeerId } from '../../network/index.ts'
import type { BlockIdKey, Height, Part, Round } from '../../types/index.ts'
import type { FetchedBlock, SyncOutcome } from '../block-executor.ts'

/** Everything that can happen to the consensus host. `from` is null for what this node made itself. */
export type HostEvent =
  | { readonly kind: 'message'; readonly message: VerifiedMessage; readonly from: PeerId | null }
  | { readonly kind: 'part'; readonly height: Height; readonly round: Round; readonly part: Part }
  /** +2/3 votes of one kind, round and value of the current height, taken as one unit. */
  | { readonly kind: 'certificate'; readonly votes: readonly VerifiedVote[] }
  | { readonly kind: 'startHeight'; readonly height: Height; readonly waitForTxs: boolean }
  | { readonly kind: 'txsAvailable'; readonly height: Height }
  | { readonly kind: 'valueBuilt'; readonly height: Height; readonly round: Round; readonly value: ValueId }
  | { readonly kind: 'timeoutElapsed'; readonly timeout: Timeout }
  /** From the WAL alone: what validation said of a block before the restart. */
  | { readonly kind: 'validity'; readonly blockIdKey: BlockIdKey; readonly valid: boolean }
  | {
      readonly kind: 'syncedBlock'
      readonly block: FetchedBlock
      readonly done: (outcome: SyncOutcome) => void
    }

/** Beyond this many, what peers send is ignored until the host has caught up. */
export const MAILBOX_CAPACITY = 10_000

/**
 * The host's one queue. What the node made itself goes first, so that its own votes are counted before newer messages
 * of others, and is never refused.
 */
export class Mailbox {
  readonly #own: HostEvent[] = []
  #inbox: HostEvent[] = []
  #taken = 0

  get size(): number {
    return this.#own.length + this.#inbox.length - this.#taken
  }

  get hasOwn(): boolean {
    return this.#own.length > 0
  }

  putOwn(event: HostEvent): void {
    this.#own.push(event)
  }

  /** False when the mailbox is full and the event was not taken. */
  put(event: HostEvent): boolean {
    if (this.size >= MAILBOX_CAPACITY) return false
    this.#inbox.push(event)
    return true
  }

  take(): HostEvent | undefined {
    if (this.#own.length > 0) return this.#own.shift()
    if (this.#taken === this.#inbox.length) return undefined
    const event = this.#inbox[this.#taken++]
    if (this.#taken === this.#inbox.length || this.#taken > 1024) {
      this.#inbox = this.#inbox.slice(this.#taken)
      this.#taken = 0
    }
    return event
  }
}
