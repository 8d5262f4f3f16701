import type { Effect, Input, RoundState, RuleName, ValueId } from '../consensus/index.ts'
import { errorMessage, type Logger } from '../util/index.ts'
import type { Decision, SignedProposal, SignedVote } from './message.ts'

/** What a replica is doing, as a person would say it. */
export type ReplicaPhase =
  | 'starting'
  | 'loading'
  | 'collecting'
  | 'proposing'
  | 'voting'
  | 'finalizing'
  | 'applying'
  | 'stopping'

/** The phase that goes with a state of the machine. */
export function phaseOf(state: RoundState): ReplicaPhase {
  if (state.waiting) return 'collecting'
  switch (state.step) {
    case 'newHeight':
      return 'collecting'
    case 'propose':
      return 'proposing'
    case 'prevote':
    case 'precommit':
      return 'voting'
    case 'commit':
      return 'finalizing'
  }
}

export type ReplicaEvent<T> =
  | { readonly kind: 'phase'; readonly phase: ReplicaPhase; readonly height: number; readonly round: number }
  /** Every step of the machine in which a rule fired. */
  | {
      readonly kind: 'transition'
      readonly input: Input
      readonly before: RoundState
      readonly after: RoundState
      readonly fired: readonly RuleName[]
      readonly effects: readonly Effect[]
      /** The same in one readable line, as in the trace. */
      readonly line: string
    }
  | { readonly kind: 'validity'; readonly value: ValueId; readonly validity: 'valid' | 'invalid' }
  | { readonly kind: 'decided'; readonly decision: Decision<T> }
  /** Two signed statements of one member that contradict each other: proof against it. */
  | {
      readonly kind: 'equivocation'
      readonly first: SignedVote | SignedProposal<T>
      readonly second: SignedVote | SignedProposal<T>
    }
  /** A provider failed. `fatal` says that the replica stopped. */
  | { readonly kind: 'failed'; readonly provider: string; readonly error: unknown; readonly fatal: boolean }

export type ReplicaListener<T> = (event: ReplicaEvent<T>) => void

/** Tells every listener what happened. A listener that throws is logged and harms neither the replica nor the others. */
export class Observers<T> {
  readonly #listeners = new Set<ReplicaListener<T>>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Answers a function that takes the listener away again. */
  add(listener: ReplicaListener<T>): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(event: ReplicaEvent<T>): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event)
      } catch (error) {
        this.#logger.error('listener failed', { event: event.kind, error: errorMessage(error) })
      }
    }
  }
}

/** The last lines of what happened. */
export class TraceLog {
  readonly #most: number
  #lines: string[] = []

  constructor(most: number) {
    this.#most = most
  }

  write(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > 2 * this.#most) this.#lines = this.#lines.slice(-this.#most)
  }

  lines(): readonly string[] {
    return this.#most === 0 ? [] : this.#lines.slice(-this.#most)
  }
}
