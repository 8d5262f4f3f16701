import { encodePartFrame, packConsensusFrames } from '../../mempool/index.ts'
import type { Topic } from '../../network/index.ts'
import type { ConsensusMessage } from '../../types/index.ts'

/** The only part of a small block travels in the frame of its proposal: one message less for most blocks. */
const INLINE_PART_BYTES = 16 * 1024

const MAX_UINT32 = 0xffffffff

type PartMessage = Extract<ConsensusMessage, { kind: 'blockPart' }>
export type PublishFrame = (topic: Topic, frame: Uint8Array) => void

/**
 * What this node has made and not yet sent. Nothing in it leaves before the WAL that holds its causes is flushed; what
 * is ready in one turn leaves in one message, since the price is per message (network.md: 16 KiB cost 3 to 4 times 200 B).
 */
export class Outbox {
  #messages: ConsensusMessage[] = []
  #attempt = 0

  get isEmpty(): boolean {
    return this.#messages.length === 0
  }

  add(message: ConsensusMessage): void {
    this.#messages.push(message)
  }

  /** Hands everything to `publish`; the caller has flushed the WAL. */
  send(publish: PublishFrame): void {
    const messages = this.#messages
    if (messages.length === 0) return
    this.#messages = []
    const together: ConsensusMessage[] = []
    const apart: PartMessage[] = []
    const singlePart = messages.filter(({ kind }) => kind === 'blockPart').length === 1
    for (const message of messages) {
      if (message.kind === 'blockPart' && !(singlePart && isSmall(message))) apart.push(message)
      else together.push(message)
    }
    this.#attempt = (this.#attempt + 1) % MAX_UINT32
    for (const frame of packConsensusFrames(this.#attempt, together)) publish('consensus', frame)
    for (const message of apart) publish('parts', encodePartFrame(message, this.#attempt))
  }
}

function isSmall({ part }: PartMessage): boolean {
  return part.bytes.length <= INLINE_PART_BYTES
}
