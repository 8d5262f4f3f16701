import type { Clock } from '../util/index.ts'
import type { PeerId, Topic, Verdict } from './network.ts'

export const MAX_PENDING_VERDICTS = 4_096

interface Pending {
  readonly topic: Topic
  readonly from: PeerId
  readonly atMs: number
}

/** Receives each verdict once: from the node, or 'ignore' when the node did not judge in time. */
export type VerdictSink = (
  messageId: string,
  topic: Topic,
  from: PeerId,
  verdict: Verdict,
  inTime: boolean
) => void

/** The gossip messages handed to the node and not judged yet. Bounded by number and age; the oldest go first. */
export class PendingVerdicts {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #sink: VerdictSink
  readonly #pending = new Map<string, Pending>()

  constructor(clock: Clock, timeoutMs: number, sink: VerdictSink) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#sink = sink
  }

  get size(): number {
    return this.#pending.size
  }

  add(messageId: string, topic: Topic, from: PeerId): void {
    if (this.#pending.size >= MAX_PENDING_VERDICTS) {
      for (const oldest of this.#pending.keys()) {
        this.#settle(oldest, 'ignore', false)
        break
      }
    }
    this.#pending.set(messageId, { topic, from, atMs: this.#clock.monotonic() })
  }

  /** False when the message is not waiting: judged already, or too late. */
  judge(messageId: string, verdict: Verdict): boolean {
    return this.#settle(messageId, verdict, true)
  }

  /** Ignores what has waited too long; called by the watchdog. */
  sweep(): void {
    const before = this.#clock.monotonic() - this.#timeoutMs
    for (const [messageId, pending] of this.#pending) {
      if (pending.atMs > before) return
      this.#settle(messageId, 'ignore', false)
    }
  }

  clear(): void {
    this.#pending.clear()
  }

  #settle(messageId: string, verdict: Verdict, inTime: boolean): boolean {
    const pending = this.#pending.get(messageId)
    if (pending === undefined) return false
    this.#pending.delete(messageId)
    this.#sink(messageId, pending.topic, pending.from, verdict, inTime)
    return true
  }
}
