import {
  decodeConsensusFrame,
  decodePartFrame,
  encodePartFrame,
  packConsensusFrames
} from '../../mempool/index.ts'
import type { PeerId, Protocol, Topic } from '../../network/index.ts'
import type { ConsensusMessage, Proposal, PublicKey, Vote } from '../../types/index.ts'
import type { Signer } from '../../validator/index.ts'
import type { SendFilter } from '../network/index.ts'
import type { Behaviour } from './behaviour.ts'
import type { Puppet } from './puppet.ts'

/** Puts behaviours around a node, one after the other. */
export class Mask implements SendFilter {
  readonly #puppet: Puppet
  readonly #behaviours: readonly Behaviour[]

  constructor(puppet: Puppet, behaviours: readonly Behaviour[]) {
    this.#puppet = puppet
    this.#behaviours = behaviours
  }

  send(to: PeerId, topic: Topic, data: Uint8Array): readonly Uint8Array[] {
    if (topic === 'evidence') return this.#behaviours.some(({ dropsEvidence }) => dropsEvidence) ? [] : [data]
    if (topic === 'txs') return [data]
    const frame = topic === 'parts' ? decodePartFrame(data) : decodeConsensusFrame(data)
    if (!frame.ok) return [data]
    const messages = frame.value.messages.flatMap(({ message }) => this.#altered(message, to))
    if (messages.length === 0) return []
    if (topic === 'parts')
      return messages.map(message => encodePartFrame(message, this.#puppet.nextAttempt()))
    return packConsensusFrames(this.#puppet.nextAttempt(), messages)
  }

  answer(to: PeerId, protocol: Protocol, request: Uint8Array, answer: Uint8Array | null): Uint8Array | null {
    return this.#behaviours.reduce<Uint8Array | null>(
      (given, behaviour) => (behaviour.answer ? behaviour.answer(protocol, given, to, request) : given),
      answer
    )
  }

  /** A signer that signs what the behaviours make of a wish. */
  signer(publicKey: PublicKey): Signer {
    return this.#puppet.key.signer(publicKey, {
      vote: vote => this.#wishVote(vote),
      proposal: proposal => this.#wishProposal(proposal)
    })
  }

  tick(): void {
    for (const behaviour of this.#behaviours) behaviour.tick?.()
  }

  #wishVote(vote: Vote): Vote {
    return this.#behaviours.reduce((wish, behaviour) => behaviour.wishVote?.(wish) ?? wish, vote)
  }

  #wishProposal(proposal: Proposal): Proposal {
    return this.#behaviours.reduce((wish, behaviour) => behaviour.wishProposal?.(wish) ?? wish, proposal)
  }

  #altered(message: ConsensusMessage, to: PeerId): readonly ConsensusMessage[] {
    let messages: readonly ConsensusMessage[] = [message]
    for (const { send } of this.#behaviours) {
      if (send !== undefined) messages = messages.flatMap(each => send(each, to))
    }
    return messages
  }
}
