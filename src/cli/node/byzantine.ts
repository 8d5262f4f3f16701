import { sha256Hex } from '../../crypto/index.ts'
import { encodeConsensusFrame } from '../../mempool/index.ts'
import {
  type BlockId,
  type ConsensusMessage,
  type Height,
  isNilBlockId,
  type Proposal,
  proposalSignBytes,
  type Vote,
  voteSignBytes
} from '../../types/index.ts'
import type { NodeOptions, NodePorts, Signed, Signer, SigningKey } from '../../validator/index.ts'
import type { ByzantinePlan } from './byzantine-plan.ts'

/** The lie leaves after the truth, so that others work with the truth, and more than once: links may lose it. */
const LIE_DELAYS_MS = [20, 120, 320]
const NO_BYTES = new Uint8Array(0)

/**
 * Makes a node break the rules of its chain: its signer lies, everything else is as it was. Signs with the bare key,
 * past the guard against double signing, for that is the point; only for networks made to be broken.
 */
export function playByzantine(
  plan: ByzantinePlan,
  ports: NodePorts,
  options: NodeOptions,
  key: SigningKey
): NodeOptions {
  if (options.signer === null) return options
  const signer = new ByzantineSigner(plan, options.signer, key, ports)
  // It is its own twin, and must go on.
  return { ...options, signer, faults: { ...options.faults, stopsForTwin: false } }
}

class ByzantineSigner implements Signer {
  readonly #plan: ByzantinePlan
  readonly #honest: Signer
  readonly #key: SigningKey
  readonly #ports: Pick<NodePorts, 'network' | 'clock' | 'logger'>
  /** Where it lied, if lying once was the plan. */
  #liedAt: Height | null = null

  constructor(
    plan: ByzantinePlan,
    honest: Signer,
    key: SigningKey,
    ports: Pick<NodePorts, 'network' | 'clock' | 'logger'>
  ) {
    this.#plan = plan
    this.#honest = honest
    this.#key = key
    this.#ports = ports
  }

  get publicKey() {
    return this.#honest.publicKey
  }

  get address() {
    return this.#honest.address
  }

  get last() {
    return this.#honest.last
  }

  async signVote(chainId: string, vote: Vote): Promise<Signed<Vote>> {
    if (this.#isAway(vote.height)) return refusal('down, as planned')
    if (this.#plan.kind === 'amnesia' && vote.height === this.#liedAt && vote.round === 0) {
      this.#say(`${vote.type} for a block nobody has, to be forgotten in the next round`, vote)
      this.#send({ kind: 'vote', vote: this.#lyingVote(chainId, vote) })
      return refusal('voted otherwise, as planned')
    }
    const signed = await this.#honest.signVote(chainId, vote)
    const isTime = this.#plan.kind === 'double-vote' && this.#isFirstFrom(vote.height)
    if (signed.ok && isTime && vote.type === 'prevote') {
      this.#liedAt = vote.height
      this.#say('two prevotes in one round', vote)
      this.#send({ kind: 'vote', vote: this.#lyingVote(chainId, signed.value) })
    }
    return signed
  }

  async signProposal(chainId: string, proposal: Proposal): Promise<Signed<Proposal>> {
    const { kind } = this.#plan
    if (this.#isAway(proposal.height)) return refusal('down, as planned')
    const isTime = this.#isFirstFrom(proposal.height)
    if (kind === 'amnesia' && isTime && proposal.round === 0) {
      this.#liedAt = proposal.height
      this.#say('a block withheld', proposal)
      return refusal('withheld, as planned')
    }
    const signed = await this.#honest.signProposal(chainId, proposal)
    if (signed.ok && kind === 'double-proposal' && isTime) {
      this.#liedAt = proposal.height
      this.#say('two proposals in one round', proposal)
      const lie = { ...signed.value, blockId: otherThan(proposal.blockId) }
      const signature = this.#key.sign(proposalSignBytes(chainId, lie))
      this.#send({ kind: 'proposal', proposal: { ...lie, signature } })
    }
    return signed
  }

  #isAway(height: Height): boolean {
    return this.#plan.kind === 'downtime' && height >= this.#plan.from && height <= this.#plan.to
  }

  #isFirstFrom(height: Height): boolean {
    return this.#liedAt === null && height >= this.#plan.from
  }

  /** The vote for another block, signed by the bare key. */
  #lyingVote(chainId: string, vote: Vote): Vote {
    const lie = {
      ...vote,
      blockId: otherThan(vote.blockId),
      extension: NO_BYTES,
      extensionSignature: NO_BYTES
    }
    return { ...lie, signature: this.#key.sign(voteSignBytes(chainId, lie)) }
  }

  #send(message: ConsensusMessage): void {
    const { clock, network } = this.#ports
    for (const [attempt, delayMs] of LIE_DELAYS_MS.entries()) {
      const frame = encodeConsensusFrame({ attempt, messages: [message] })
      clock.setTimer(delayMs, () => network.publish('consensus', frame))
    }
  }

  #say(what: string, { height, round }: { readonly height: Height; readonly round: number }): void {
    this.#ports.logger.error(`BYZANTINE: ${what}`, { height, round })
  }
}

function refusal<T>(refused: string): Signed<T> {
  return { ok: false, refused: `byzantine: ${refused}` }
}

/** A block id nobody has the block of. */
function otherThan({ hash, partSetHeader }: BlockId): BlockId {
  const blockId = { hash, partSetHeader }
  const seed = Buffer.from(isNilBlockId(blockId) ? '' : hash, 'hex')
  return {
    hash: sha256Hex(Buffer.from('another block'), seed),
    partSetHeader: { total: 1, hash: sha256Hex(Buffer.from('its parts'), seed) }
  }
}
