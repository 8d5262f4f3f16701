import type { CountedMessage } from './message.ts'

/** How far ahead messages are kept. */
export const HEIGHTS_AHEAD = 2
const MESSAGES_PER_MEMBER = 64
const MEMBERS = 256

/**
 * Messages of the next heights, kept unchecked until their height starts: who signs there may not be known yet. Both
 * the heights and the messages of each claimed sender are bounded.
 */
export class EarlyMessages<T> {
  readonly #byHeight = new Map<number, Map<number, CountedMessage<T>[]>>()

  /** False when there is no room for it. */
  keep(message: CountedMessage<T>, height: number, current: number): boolean {
    if (height <= current || height > current + HEIGHTS_AHEAD) return false
    // A decision has many signers and no sender of its own.
    const sender = message.kind === 'decision' ? -1 : message.statement.member
    if (sender >= MEMBERS) return false
    const bySender = this.#byHeight.get(height) ?? new Map<number, CountedMessage<T>[]>()
    this.#byHeight.set(height, bySender)
    const messages = bySender.get(sender) ?? []
    if (messages.length >= (sender === -1 ? 1 : MESSAGES_PER_MEMBER)) return false
    bySender.set(sender, [...messages, message])
    return true
  }

  /** Hands over what came for the height, and forgets it and everything below. */
  release(height: number): readonly CountedMessage<T>[] {
    const messages = [...(this.#byHeight.get(height)?.values() ?? [])].flat()
    for (const each of [...this.#byHeight.keys()]) if (each <= height) this.#byHeight.delete(each)
    return messages
  }
}
