import type { Fail, Invariant } from './fail.ts'

/** A broken invariant. */
export interface Violation {
  readonly invariant: Invariant
  /** What happened, in one sentence. */
  readonly sentence: string
  /** Virtual time. */
  readonly atMs: number
}

/** One sentence for a person. */
export function violationText({ invariant, sentence, atMs }: Violation): string {
  return `${invariant} is broken at ${(atMs / 1000).toFixed(3)} s: ${sentence}`
}

/** Hears the checkers and keeps the first thing that is wrong: what follows from it says little. */
export class Court {
  readonly #nowMs: () => number
  readonly #only: Invariant | null
  #violation: Violation | null = null

  /** `only`: what else is broken is not heard, to see whether this one checker would have found it. */
  constructor(nowMs: () => number, only: Invariant | null = null) {
    this.#nowMs = nowMs
    this.#only = only
  }

  get violation(): Violation | null {
    return this.#violation
  }

  readonly fail: Fail = (invariant, sentence) => {
    if (this.#only !== null && invariant !== this.#only) return
    this.#violation ??= { invariant, sentence, atMs: this.#nowMs() }
  }
}
