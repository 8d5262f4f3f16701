import type { Effect, Input, RoundState, RuleName } from '../../consensus/index.ts'
import type { VerifiedMessage } from '../../mempool/index.ts'
import type { BlockId } from '../../types/index.ts'
import type { PartOutcome } from '../height-blocks.ts'
import type { HeightContext } from './height-context.ts'

/** One move of the machine, with why. */
export interface HostTransition {
  readonly before: RoundState
  readonly after: RoundState
  readonly input: Input
  readonly effects: readonly Effect[]
  readonly fired: readonly RuleName[]
  readonly context: HeightContext
}

/** What the pool made of a verified message; 'late' ones are precommits for the block before. */
export type MessageOutcome = 'added' | 'duplicate' | 'conflicting' | 'refused' | 'late'

/** Sees what the host does, as it does it. Called on the consensus path: quick, and it never throws. */
export interface HostListener {
  onTransition(transition: HostTransition): void
  /** A verified message was shown to the pool. */
  onMessage(message: VerifiedMessage, outcome: MessageOutcome): void
  onPart(outcome: PartOutcome['kind']): void
  /** A block is complete and was judged; `refusal` says why it was found invalid. */
  onBlockComplete(machine: RoundState, blockId: BlockId, refusal: string | null): void
  /** A new height is open. */
  onHeight(context: HeightContext): void
}

/** Tells several listeners, in order. */
export function tellAll(listeners: readonly HostListener[]): HostListener {
  return {
    onTransition: transition => {
      for (const listener of listeners) listener.onTransition(transition)
    },
    onMessage: (message, outcome) => {
      for (const listener of listeners) listener.onMessage(message, outcome)
    },
    onPart: outcome => {
      for (const listener of listeners) listener.onPart(outcome)
    },
    onBlockComplete: (machine, blockId, refusal) => {
      for (const listener of listeners) listener.onBlockComplete(machine, blockId, refusal)
    },
    onHeight: context => {
      for (const listener of listeners) listener.onHeight(context)
    }
  }
}
