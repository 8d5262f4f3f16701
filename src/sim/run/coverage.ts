import type { RuleName } from '../../consensus/index.ts'

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  /** By name, for a report. */
  toRecord(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** What happened at all in a run: a checker that never saw a fault says nothing about it. */
export class Coverage {
  /** Fault classes, each with its shapes as `class/shape`. */
  readonly faults = new Tally()
  readonly rules = new Tally()
  /** What Byzantine validators did. */
  readonly byzantine = new Tally()

  onRules(fired: readonly RuleName[]): void {
    for (const rule of fired) this.rules.add(rule)
  }
}
