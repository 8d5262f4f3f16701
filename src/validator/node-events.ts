import type { FinalizeBlockResponse } from '../app/index.ts'
import type { RoundState } from '../consensus/index.ts'
import { addressOf } from '../crypto/index.ts'
import type { Block, BlockId, Height, Hex, Round, Validator, Vote } from '../types/index.ts'
import { proposerOfRound } from '../types/index.ts'
import { errorMessage, type Logger } from '../util/index.ts'
import type { AppliedBlock } from './block-executor.ts'
import type { HeightContext } from './host/height-context.ts'
import type { HostTransition } from './host/host-listener.ts'

/** A step under CometBFT's name for it (consensus/types/round_state.go). */
export type RoundStepName =
  | 'newHeight'
  | 'newRound'
  | 'propose'
  | 'prevote'
  | 'prevoteWait'
  | 'precommit'
  | 'precommitWait'
  | 'commit'

type RoundStateEventName =
  | 'NewRoundStep'
  | 'TimeoutPropose'
  | 'TimeoutWait'
  | 'Polka'
  | 'Lock'
  | 'Unlock'
  | 'Relock'
  | 'ValidBlock'

/** What a node tells as it happens, under CometBFT's names. Block events come after the block is applied, in order. */
export type NodeEvent =
  | {
      readonly kind: 'blockApplied'
      readonly block: Block
      readonly blockId: BlockId
      readonly results: FinalizeBlockResponse
      /** As the application named them: without a priority, and with power 0 where one leaves. */
      readonly validatorUpdates: readonly Validator[]
    }
  | {
      readonly kind: 'newRound'
      readonly height: Height
      readonly round: Round
      readonly step: RoundStepName
      readonly proposer: { readonly address: Hex; readonly index: number }
    }
  | {
      readonly kind: 'completeProposal'
      readonly height: Height
      readonly round: Round
      readonly step: RoundStepName
      readonly blockId: BlockId
    }
  | {
      readonly kind: 'roundState'
      readonly name: RoundStateEventName
      readonly height: Height
      readonly round: Round
      readonly step: RoundStepName
    }
  | { readonly kind: 'vote'; readonly vote: Vote }

/** Tells listeners; one that throws is logged and harms nobody. */
export class NodeEvents {
  readonly #listeners = new Set<(event: NodeEvent) => void>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Whether it is worth making events at all. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  /** Calls `listener` for every event until the returned function is called. */
  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: NodeEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#logger.error('an event listener failed', { event: event.kind, error: errorMessage(error) })
      }
    }
  }

  emitTransition(transition: HostTransition): void {
    if (this.#listeners.size === 0) return
    for (const event of eventsOf(transition)) this.emit(event)
  }

  emitApplied({ block, blockId, response }: AppliedBlock): void {
    if (this.#listeners.size === 0) return
    const validatorUpdates = response.validatorUpdates.map(
      ({ publicKey, power }): Validator => ({
        address: addressOf(publicKey),
        publicKey,
        power,
        proposerPriority: 0n
      })
    )
    this.emit({ kind: 'blockApplied', block, blockId, results: response, validatorUpdates })
  }

  emitBlockComplete(machine: RoundState, blockId: BlockId): void {
    if (this.#listeners.size === 0) return
    this.emit({
      kind: 'completeProposal',
      height: machine.height,
      round: machine.round,
      step: stepName(machine),
      blockId
    })
  }
}

/** CometBFT's name for where the machine is: the two waits are ours inside prevote and precommit. */
export function stepName(state: RoundState): RoundStepName {
  if (state.waiting) return 'newRound'
  if (state.step === 'prevote') return state.once.polkaAny ? 'prevoteWait' : 'prevote'
  if (state.step === 'precommit') return state.once.precommitAny ? 'precommitWait' : 'precommit'
  return state.step
}

/** What a timeout that moved the machine is called, and the step that it ended. */
const TIMEOUTS = {
  propose: { rule: 'line57TimeoutPropose', name: 'TimeoutPropose', step: 'propose' },
  prevote: { rule: 'line61TimeoutPrevote', name: 'TimeoutWait', step: 'prevoteWait' },
  precommit: { rule: 'line65TimeoutPrecommit', name: 'TimeoutWait', step: 'precommitWait' }
} as const

/** What a move of the machine means to those who watch, in the order in which CometBFT tells it. */
export function eventsOf({ before, after, input, fired, context }: HostTransition): readonly NodeEvent[] {
  const { height, round } = after
  const step = stepName(after)
  const events: NodeEvent[] = []
  const tell = (name: RoundStateEventName): void => {
    events.push({ kind: 'roundState', name, height, round, step })
  }
  if (input.kind === 'timeoutElapsed') {
    const { kind, ...of } = input.timeout
    const { rule, ...told } = TIMEOUTS[kind]
    if (fired.includes(rule)) events.push({ kind: 'roundState', ...told, ...of })
  }
  const hasStarted = before.step === 'newHeight' && after.step !== 'newHeight'
  if (after.round !== before.round || hasStarted) {
    events.push({ kind: 'newRound', height, round, step: 'newRound', proposer: proposerIn(context, round) })
  }
  if (after.locked !== null && after.locked.round !== before.locked?.round) {
    tell('Polka')
    tell(after.locked.value === before.locked?.value ? 'Relock' : 'Lock')
  }
  if (after.valid !== null && after.valid.round !== before.valid?.round) tell('ValidBlock')
  if (step !== stepName(before) || after.round !== before.round) tell('NewRoundStep')
  return events
}

function proposerIn({ state }: HeightContext, round: Round): { address: Hex; index: number } {
  const { address } = proposerOfRound(state.validators, round)
  return { address, index: state.validators.indexByAddress.get(address) ?? -1 }
}
