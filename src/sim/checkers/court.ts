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
  #violation: Violation | null = null

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  get violation(): Violation | null {
    return this.#violation
  }

  readonly fail: Fail = (invariant, sentence) => {
    this.#violation ??= { invariant, sentence, atMs: this.#nowMs() }
  }
}
