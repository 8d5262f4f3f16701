/**
 * Bounds how many rounds above the current one each validator may fill. The highest ones are kept, not the first:
 * a node that was cut off and kept what came first could never learn that the others went on without it.
 */
export class FutureRounds {
  readonly #most: number
  readonly #byValidator = new Map<number, readonly number[]>()
  readonly #exempt = new Set<number>()
  #currentRound = 0

  constructor(most: number) {
    this.#most = most
  }

  get currentRound(): number {
    return this.#currentRound
  }

  /** Rounds never go back. */
  enterRound(round: number): void {
    if (round > this.#currentRound) this.#currentRound = round
  }

  /** A round proved by a certificate takes nobody's room. */
  exempt(round: number): void {
    if (round > this.#currentRound) this.#exempt.add(round)
  }

  /** Takes room for a message; answers which rounds of this validator must go for it. */
  makeRoom(validator: number, round: number): 'tooFarAhead' | { readonly evictedRounds: readonly number[] } {
    if (!this.#takesRoom(round)) return NOTHING_EVICTED
    const rounds = (this.#byValidator.get(validator) ?? []).filter(other => this.#takesRoom(other))
    if (rounds.includes(round)) return NOTHING_EVICTED
    if (rounds.length < this.#most) {
      this.#byValidator.set(validator, [...rounds, round])
      return NOTHING_EVICTED
    }
    const lowest = Math.min(...rounds)
    if (round < lowest) return 'tooFarAhead'
    this.#byValidator.set(validator, [...rounds.filter(other => other !== lowest), round])
    return { evictedRounds: [lowest] }
  }

  #takesRoom(round: number): boolean {
    return round > this.#currentRound && !this.#exempt.has(round)
  }
}

const NOTHING_EVICTED = { evictedRounds: [] } as const
