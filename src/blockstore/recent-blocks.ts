import type { Height, Part } from '../types/index.ts'

/** The parts of the few blocks that were asked for last: peers that catch up ask for one part after another. */
export class RecentBlocks {
  readonly #parts = new Map<Height, readonly Part[]>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  parts(height: Height): readonly Part[] | null {
    return this.#parts.get(height) ?? null
  }

  put(height: Height, parts: readonly Part[]): void {
    this.#parts.delete(height)
    this.#parts.set(height, parts)
    if (this.#parts.size <= this.#max) return
    const oldest = this.#parts.keys().next().value
    if (oldest !== undefined) this.#parts.delete(oldest)
  }

  delete(height: Height): void {
    this.#parts.delete(height)
  }
}
