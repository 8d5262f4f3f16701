import type { Clock } from '../util/index.ts'
import type { Verdict } from './network.ts'

export const MAX_PENDING_VERDICTS = 4_096

/** Takes the one verdict on a message; `inTime` is false when the node did not judge it and it counts as ignored. */
export type VerdictSink = (verdict: Verdict, inTime: boolean) => void

interface Pending {
  readonly atMs: number
  readonly sink: VerdictSink
}

/** The messages handed to the node and not judged yet. Bounded by number and age; the oldest go first. */
export class PendingVerdicts {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #pending = new Set<Pending>()

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  get size(): number {
    return this.#pending.size
  }

  /** Returns the judge of one message: its first call counts, unless the message has been given up before. */
  add(sink: VerdictSink): (verdict: Verdict) => void {
    if (this.#pending.size >= MAX_PENDING_VERDICTS) {
      for (const oldest of this.#pending) {
        this.#settle(oldest, 'ignore', false)
        break
      }
    }
    const pending = { atMs: this.#clock.monotonic(), sink }
    this.#pending.add(pending)
    return verdict => this.#settle(pending, verdict, true)
  }

  /** Ignores what has waited too long; called by the watchdog. */
  sweep(): void {
    const before = this.#clock.monotonic() - this.#timeoutMs
    for (const pending of this.#pending) {
      if (pending.atMs > before) return
      this.#settle(pending, 'ignore', false)
    }
  }

  clear(): void {
    this.#pending.clear()
  }

  #settle(pending: Pending, verdict: Verdict, inTime: boolean): void {
    if (this.#pending.delete(pending)) pending.sink(verdict, inTime)
  }
}
