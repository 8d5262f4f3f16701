/** Which validators signed the last blocks, for as many as were looked at. */
export class MissedBlocks {
  readonly #most: number
  /** Lower-case addresses of the signers by height. */
  readonly #signers = new Map<number, ReadonlySet<string>>()

  constructor(most: number) {
    this.#most = most
  }

  /** How many blocks were looked at. */
  get size(): number {
    return this.#signers.size
  }

  note(height: number, signers: ReadonlySet<string>): void {
    this.#signers.set(height, signers)
    const heights = [...this.#signers.keys()].sort((a, b) => a - b)
    for (const old of heights.slice(0, Math.max(0, heights.length - this.#most))) this.#signers.delete(old)
  }

  missedBy(address: string): number {
    let missed = 0
    for (const signers of this.#signers.values()) if (!signers.has(address)) missed++
    return missed
  }

  /** Heights up to `newest` that were not looked at yet, newest first, at most `limit`. */
  wanted(newest: number, limit: number): readonly number[] {
    const wanted: number[] = []
    const oldest = Math.max(1, newest - this.#most + 1)
    for (let height = newest; height >= oldest && wanted.length < limit; height--) {
      if (!this.#signers.has(height)) wanted.push(height)
    }
    return wanted
  }
}

/** Blocks per second over the last samples; 0 before there are two. */
export class HeightRate {
  readonly #spanMs: number
  #samples: { readonly height: number; readonly ms: number }[] = []

  constructor(spanMs: number) {
    this.#spanMs = spanMs
  }

  note(height: number, ms: number): void {
    this.#samples = [...this.#samples.filter(sample => ms - sample.ms <= this.#spanMs), { height, ms }]
  }

  get perSecond(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.ms <= first.ms) return 0
    return ((last.height - first.height) * 1000) / (last.ms - first.ms)
  }
}
