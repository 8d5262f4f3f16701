import type { Application } from '../../app/index.ts'
import type { Effect, RoundState } from '../../consensus/index.ts'
import type { VerifiedMessage } from '../../mempool/index.ts'
import {
  blockIdFromKey,
  type ConsensusMessage,
  type Height,
  type Hex,
  type Timestamp
} from '../../types/index.ts'
import type { Clock, Logger } from '../../util/index.ts'
import { callApp } from '../app-call.ts'
import { commitInfo, misbehaviorOf } from '../commit-info.ts'
import type { Signer } from '../signer/index.ts'
import type { HeightContext } from './height-context.ts'
import { signOwnProposal, signOwnVote } from './own-messages.ts'

export interface VoteMakerParts {
  readonly signer: Signer
  readonly app: Application
  readonly clock: Clock
  readonly logger: Logger
  /** Takes a message this node signed through the same door as everyone's. */
  readonly admitOwn: (message: ConsensusMessage, context: HeightContext) => VerifiedMessage
  readonly onRefused: (reason: string) => void
  /** Nothing is signed up to and including this height: what was signed there may be forgotten. */
  readonly silentThrough: Height
}

type SignProposal = Extract<Effect, { kind: 'signProposal' }>
type SignVote = Extract<Effect, { kind: 'signVote' }>

/** Turns the machine's wish to vote or propose into signed messages, or into silence where the guard refuses. */
export class VoteMaker {
  readonly #parts: VoteMakerParts
  #isSilent = false

  constructor(parts: VoteMakerParts) {
    this.#parts = parts
  }

  get address(): Hex {
    return this.#parts.signer.address
  }

  /** Signs nothing any more, until the process is started again. */
  stopSigning(): void {
    this.#isSilent = true
  }

  async propose(context: HeightContext, effect: SignProposal): Promise<VerifiedMessage | null> {
    const { signer, clock } = this.#parts
    const { height, round, polRound } = effect
    if (this.#isSilent || height <= this.#parts.silentThrough) return null
    const blockId = blockIdFromKey(effect.value)
    const signed = await signOwnProposal(signer, context.state, clock, { height, round, polRound, blockId })
    if (!signed.ok) return this.#refused('proposal', signed.refused)
    return this.#parts.admitOwn({ kind: 'proposal', proposal: signed.value }, context)
  }

  async vote(context: HeightContext, machine: RoundState, effect: SignVote): Promise<VerifiedMessage | null> {
    const { signer, clock } = this.#parts
    if (this.#isSilent || effect.height <= this.#parts.silentThrough) return null
    const signed = await signOwnVote(signer, context.state, clock, {
      type: effect.vote,
      height: effect.height,
      round: effect.round,
      blockId: effect.value === null ? null : blockIdFromKey(effect.value),
      blockTime: blockTime(context, machine),
      extension: await this.#extension(context, effect)
    })
    if (!signed.ok) return this.#refused(effect.vote, signed.refused)
    return this.#parts.admitOwn({ kind: 'vote', vote: signed.value }, context)
  }

  async #extension(context: HeightContext, effect: SignVote): Promise<Uint8Array | null> {
    const enabledAt = context.state.consensusParams.abci.voteExtensionsEnableHeight
    if (effect.vote !== 'precommit' || effect.value === null) return null
    if (enabledAt === 0 || effect.height < enabledAt) return null
    const { value } = effect
    const block = context.blocks.get(value)?.block
    if (!block) return null
    const { txs, header } = block
    return callApp('extendVote', () =>
      this.#parts.app.extendVote({
        txs,
        proposedLastCommit: commitInfo(block.lastCommit, context.state.lastValidators),
        misbehavior: misbehaviorOf(block.evidence),
        hash: blockIdFromKey(value).hash,
        height: header.height,
        time: header.time,
        nextValidatorsHash: header.nextValidatorsHash,
        proposerAddress: header.proposerAddress
      })
    )
  }

  #refused(what: string, reason: string): null {
    this.#parts.logger.warn('the signer refused', { what, reason })
    this.#parts.onRefused(reason)
    return null
  }
}

/** Time of the block a vote must come after: the locked one, else the one proposed in this round. */
function blockTime(context: HeightContext, machine: RoundState): Timestamp | null {
  const proposed = context.env.view.proposals(machine.round)[0]?.value
  const key = machine.locked?.value ?? proposed
  return key === undefined ? null : (context.blocks.get(key)?.block?.header.time ?? null)
}
