/** A set of ids in order. Adding at the end, as times and heights do, costs nothing; elsewhere it moves the rest. */
export class SortedIds {
  readonly #ids: string[] = []

  get size(): number {
    return this.#ids.length
  }

  add(id: string): void {
    const at = this.#indexOf(id)
    if (this.#ids[at] !== id) this.#ids.splice(at, 0, id)
  }

  delete(id: string): void {
    const at = this.#indexOf(id)
    if (this.#ids[at] === id) this.#ids.splice(at, 1)
  }

  /** A copy, of those not above `last` when it is given. */
  upTo(last?: string): string[] {
    if (last === undefined) return this.#ids.slice()
    const at = this.#indexOf(last)
    return this.#ids.slice(0, this.#ids[at] === last ? at + 1 : at)
  }

  /** Index of the first id that is not below `id`. */
  #indexOf(id: string): number {
    const ids = this.#ids
    let low = 0
    let high = ids.length
    if (high > 0 && ids[high - 1]! < id) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ids[middle]! < id) low = middle + 1
      else high = middle
    }
    return low
  }
}
