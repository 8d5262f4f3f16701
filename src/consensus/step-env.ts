import type { MessageView } from './message-view.ts'

/** The fixed surroundings of a height: who proposes, how much power is a quorum, and the view of the pool. */
export interface StepEnv {
  readonly view: MessageView
  /** Least power that is more than two thirds: floor(total * 2 / 3) + 1. */
  readonly quorum: bigint
  /** True when this node's key is in the set and proposes `round`. A full node answers false always. */
  isProposer(round: number): boolean
  /** False for a full node: sign effects are not produced. */
  readonly votes: boolean
}
