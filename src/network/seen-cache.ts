import type { Clock } from '../util/index.ts'

const MAX_SEEN = 65_536

/** Ids of messages seen lately, however they came. Bounded by age and number; the oldest are forgotten first. */
export class SeenCache {
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #seen = new Map<string, number>()

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock
    this.#ttlMs = ttlMs
  }

  /** True when the id was not known, and notes it. */
  add(id: string): boolean {
    if (this.#seen.has(id)) return false
    this.#seen.set(id, this.#clock.monotonic())
    if (this.#seen.size > MAX_SEEN) {
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest)
        break
      }
    }
    return true
  }

  /** Forgets what is too old; called by the watchdog. */
  sweep(): void {
    const before = this.#clock.monotonic() - this.#ttlMs
    for (const [id, atMs] of this.#seen) {
      if (atMs > before) return
      this.#seen.delete(id)
    }
  }

  get size(): number {
    return this.#seen.size
  }
}
