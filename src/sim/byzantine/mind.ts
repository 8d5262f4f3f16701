import { decodeConsensusFrame } from '../../mempool/index.ts'
import {
  type BlockId,
  type BlockIdKey,
  blockIdKey,
  type ConsensusMessage,
  type Height,
  isNilBlockId,
  type Proposal
} from '../../types/index.ts'

const HEIGHTS_KEPT = 8
const ROUNDS_AHEAD = 4
const MESSAGES_KEPT = 64

/** What was said in one height. */
export interface HeightLore {
  readonly values: Map<BlockIdKey, BlockId>
  readonly proposals: Proposal[]
  round: number
}

/** What all Byzantine validators together have overheard: everything that was ever published. */
export class Mind {
  readonly #heights = new Map<Height, HeightLore>()
  /** Messages of anybody, newest last, to be said again. */
  readonly recent: ConsensusMessage[] = []
  /** The newest height anybody spoke of. */
  height: Height = 1

  lore(height: Height): HeightLore | undefined {
    return this.#heights.get(height)
  }

  hear(data: Uint8Array): void {
    const frame = decodeConsensusFrame(data)
    if (frame.ok) for (const { message } of frame.value.messages) this.note(message)
  }

  note(message: ConsensusMessage): void {
    this.recent.push(message)
    if (this.recent.length > MESSAGES_KEPT) this.recent.shift()
    if (message.kind === 'blockPart') return
    const { height, round, blockId } = message.kind === 'vote' ? message.vote : message.proposal
    const lore = this.#open(height)
    if (lore === null) return
    // Nor is what they invent about far rounds.
    if (round <= lore.round + ROUNDS_AHEAD) lore.round = Math.max(lore.round, round)
    if (!isNilBlockId(blockId)) lore.values.set(blockIdKey(blockId), blockId)
    if (message.kind === 'proposal') lore.proposals.push(message.proposal)
  }

  #open(height: Height): HeightLore | null {
    // What Byzantine validators invent about far heights is no knowledge.
    if (height > this.height + 2) return null
    this.height = Math.max(this.height, height)
    let lore = this.#heights.get(height)
    if (lore === undefined) {
      lore = { values: new Map(), proposals: [], round: 0 }
      this.#heights.set(height, lore)
      for (const old of this.#heights.keys()) if (old < this.height - HEIGHTS_KEPT) this.#heights.delete(old)
    }
    return lore
  }
}
