import { createHash } from 'node:crypto'
import type { Clock } from '../util/index.ts'
import type { Topic } from './network.ts'

/**
 * Every gossip message starts with one byte, the attempt: 0 when its bytes are published for the first time, one more
 * for each time they are published again while peers may still remember them. Without it gossipsub would take a
 * repeated vote for a duplicate and send nothing (its id is a hash of the content).
 */
export const ATTEMPT_BYTES = 1
const MAX_ATTEMPT = 255
const MAX_REMEMBERED = 8_192

interface Published {
  attempt: number
  atMs: number
}

/** Remembers what this node published, by content, to number the attempts. Bounded; the oldest are forgotten. */
export class AttemptCounter {
  readonly #clock: Clock
  readonly #seenMs: number
  readonly #published = new Map<string, Published>()

  /** `seenMs`: how long peers remember a message as seen. */
  constructor(clock: Clock, seenMs: number) {
    this.#clock = clock
    this.#seenMs = seenMs
  }

  /** The message as it travels: the attempt byte, then the data. */
  frame(topic: Topic, data: Uint8Array): Uint8Array {
    const frame = new Uint8Array(ATTEMPT_BYTES + data.length)
    frame[0] = this.#next(contentKey(topic, data))
    frame.set(data, ATTEMPT_BYTES)
    return frame
  }

  #next(key: string): number {
    const now = this.#clock.monotonic()
    const known = this.#published.get(key)
    // Twice the seen time: a peer may have got the message late, through others.
    const repeats = known !== undefined && known.atMs + 2 * this.#seenMs > now
    const attempt = repeats ? (known.attempt + 1) % (MAX_ATTEMPT + 1) : 0
    this.#published.delete(key)
    this.#published.set(key, { attempt, atMs: now })
    if (this.#published.size > MAX_REMEMBERED) {
      for (const oldest of this.#published.keys()) {
        this.#published.delete(oldest)
        break
      }
    }
    return attempt
  }
}

/** 20 bytes of sha256 over topic and content: two topics never share an id, so none can shadow a message of another. */
export function contentKey(topic: string, data: Uint8Array): string {
  return createHash('sha256')
    .update(topic)
    .update('\0')
    .update(data)
    .digest()
    .subarray(0, 20)
    .toString('latin1')
}
