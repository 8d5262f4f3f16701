import type { Decision } from './message.ts'

/** How many heights back a replica remembers by itself. */
const KEPT = 64

/** Decisions for members that are behind: the last ones from memory, older ones from the caller's store if it has one. */
export class Decisions<T> {
  readonly #kept = new Map<number, Decision<T>>()
  readonly #stored: (height: number) => Decision<T> | null

  constructor(stored: (height: number) => Decision<T> | null) {
    this.#stored = stored
  }

  keep(decision: Decision<T>): void {
    this.#kept.set(decision.height, decision)
    this.#kept.delete(decision.height - KEPT)
  }

  kept(height: number): Decision<T> | undefined {
    return this.#kept.get(height)
  }

  /** The decisions from one height up, as far as they go without a gap. */
  from(height: number, most: number): readonly Decision<T>[] {
    const found: Decision<T>[] = []
    while (found.length < most) {
      const next = height + found.length
      const decision = this.#kept.get(next) ?? this.#stored(next)
      if (decision === null) break
      found.push(decision)
    }
    return found
  }
}
