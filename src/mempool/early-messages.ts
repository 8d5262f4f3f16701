import type { ConsensusMessage, Height, Hex } from '../types/index.ts'
import { detachMessage, type IncomingMessage } from './incoming.ts'

export interface EarlyLimits {
  /** Verified messages of one signer for one height, and as many again that only say they are its. */
  readonly perSigner: number
  /** Unverified ones of one signer from one peer: so that one peer cannot fill the places of a validator. */
  readonly perPeer: number
  /** Block parts from one peer for one height. */
  readonly partsPerPeer: number
  /** All of them together; unverified ones may take half of it. */
  readonly maxBytes: number
}

export const DEFAULT_EARLY_LIMITS: EarlyLimits = {
  perSigner: 64,
  perPeer: 8,
  partsPerPeer: 64,
  maxBytes: 32 * 1024 * 1024
}

export interface EarlyMessage {
  readonly incoming: IncomingMessage
  /** The peer it came from; '' for this node. */
  readonly from: string
}

interface Kept extends EarlyMessage {
  readonly height: Height
  readonly isVerified: boolean
}

/** Fixed cost of an entry, so that small messages cannot stand for much memory either. */
const ENTRY_BYTES = 512

/**
 * Messages of the next two heights, outside pool and write-ahead log until their height starts: what counts in a
 * height is logged in that height. Nothing here is trusted: at {@link drain} all goes through admission again.
 * A message that finds no place is lost, and catch-up brings it.
 */
export class EarlyMessages {
  readonly #limits: EarlyLimits
  readonly #kept = new Map<string, Kept>()
  /** How many messages count against each limit, by the limit's own key. */
  readonly #counts = new Map<string, number>()
  #bytes = 0
  #unverifiedBytes = 0

  constructor(limits: EarlyLimits = DEFAULT_EARLY_LIMITS) {
    this.#limits = limits
  }

  get size(): number {
    return this.#kept.size
  }

  /** Bytes kept, with a fixed cost a message. */
  get bytes(): number {
    return this.#bytes
  }

  has(id: Hex): boolean {
    return this.#kept.has(id)
  }

  /**
   * Keeps a message that admission called early. `signer` is what admission gave; `isVerified` whether it was
   * verified, which frees it from the limit a peer has.
   */
  add(
    incoming: IncomingMessage,
    from: string,
    signer: string,
    isVerified: boolean
  ): 'kept' | 'duplicate' | 'full' {
    const { message } = incoming
    const height = heightOf(message)
    const key = message.kind === 'blockPart' ? partKey(message, from) : incoming.id
    if (this.#kept.has(key)) return 'duplicate'
    const size = incoming.size + ENTRY_BYTES
    if (this.#bytes + size > this.#limits.maxBytes) return 'full'
    if (!isVerified && this.#unverifiedBytes + size > this.#limits.maxBytes / 2) return 'full'
    const quotas = this.#quotas(message, height, from, signer, isVerified)
    if (quotas.some(([quota, limit]) => (this.#counts.get(quota) ?? 0) >= limit)) return 'full'
    for (const [quota] of quotas) this.#counts.set(quota, (this.#counts.get(quota) ?? 0) + 1)
    this.#kept.set(key, {
      incoming: { ...incoming, message: detachMessage(message) },
      from,
      height,
      isVerified
    })
    this.#count(size, isVerified)
    return 'kept'
  }

  /** Takes out the messages of `height` in the order they came, and forgets those of heights before it. */
  drain(height: Height): readonly EarlyMessage[] {
    const due: EarlyMessage[] = []
    for (const [key, { incoming, from, height: at, isVerified }] of this.#kept) {
      if (at > height) continue
      if (at === height) due.push({ incoming, from })
      this.#kept.delete(key)
      this.#count(-(incoming.size + ENTRY_BYTES), isVerified)
    }
    for (const quota of this.#counts.keys()) if (quotaHeight(quota) <= height) this.#counts.delete(quota)
    return due
  }

  #count(size: number, isVerified: boolean): void {
    this.#bytes += size
    if (!isVerified) this.#unverifiedBytes += size
  }

  #quotas(
    message: ConsensusMessage,
    height: Height,
    from: string,
    signer: string,
    isVerified: boolean
  ): readonly (readonly [quota: string, limit: number])[] {
    if (message.kind === 'blockPart') return [[`${height}/part/${from}`, this.#limits.partsPerPeer]]
    if (isVerified) return [[`${height}/verified/${signer}`, this.#limits.perSigner]]
    return [
      [`${height}/claimed/${signer}`, this.#limits.perSigner],
      [`${height}/peer/${signer}/${from}`, this.#limits.perPeer]
    ]
  }
}

function heightOf(message: ConsensusMessage): Height {
  switch (message.kind) {
    case 'vote':
      return message.vote.height
    case 'proposal':
      return message.proposal.height
    case 'blockPart':
      return message.height
  }
}

function partKey(message: Extract<ConsensusMessage, { kind: 'blockPart' }>, from: string): string {
  const { proof } = message.part
  return `${from}/${message.height}/${message.round}/${proof.index}/${proof.total}/${proof.leafHash}`
}

function quotaHeight(quota: string): Height {
  return Number.parseInt(quota, 10)
}
