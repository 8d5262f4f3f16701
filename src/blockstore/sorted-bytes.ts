import type { BatchOp, RangeOptions } from './key-value-store.ts'

type Entry = readonly [Uint8Array, Uint8Array]

/**
 * An ordered map of bytes in memory. Point reads and writes cost one hash map access; order is made only when a range
 * is asked for, by merging the keys added since.
 */
export class SortedBytes {
  readonly #entries = new Map<string, Entry>()
  /** Every key ever put and not yet swept, in order; deleted ones are left until the next merge. */
  #sorted: string[] = []
  readonly #added = new Set<string>()

  get size(): number {
    return this.#entries.size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(textOf(key))?.[1]
  }

  /** Applies the op and returns the op that undoes it. */
  apply(op: BatchOp): BatchOp {
    const text = textOf(op.key)
    const before = this.#entries.get(text)
    if (op.type === 'del') {
      this.#entries.delete(text)
      this.#added.delete(text)
    } else {
      if (before === undefined) this.#added.add(text)
      this.#entries.set(text, [before?.[0] ?? Uint8Array.from(op.key), Uint8Array.from(op.value)])
    }
    return before === undefined
      ? { type: 'del', key: op.key }
      : { type: 'put', key: before[0], value: before[1] }
  }

  range(options: RangeOptions): Entry[] {
    this.#merge()
    const from = options.gte === undefined ? 0 : lowerBound(this.#sorted, textOf(options.gte))
    const to = options.lt === undefined ? this.#sorted.length : lowerBound(this.#sorted, textOf(options.lt))
    const limit = options.limit ?? Number.POSITIVE_INFINITY
    const found: Entry[] = []
    const step = options.reverse === true ? -1 : 1
    for (let at = step === 1 ? from : to - 1; at >= from && at < to && found.length < limit; at += step) {
      const entry = this.#entries.get(this.#sorted[at]!)
      if (entry !== undefined) found.push(entry)
    }
    return found
  }

  clone(): SortedBytes {
    const copy = new SortedBytes()
    for (const [key, value] of this.range({})) copy.apply({ type: 'put', key, value })
    return copy
  }

  #merge(): void {
    if (this.#added.size === 0 && this.#sorted.length === this.#entries.size) return
    const added = [...this.#added].sort()
    const merged: string[] = []
    let next = 0
    for (const text of this.#sorted) {
      while (next < added.length && added[next]! < text) merged.push(added[next++]!)
      if (added[next] === text) next++
      merged.push(text)
    }
    while (next < added.length) merged.push(added[next++]!)
    this.#sorted = merged.filter(text => this.#entries.has(text))
    this.#added.clear()
  }
}

/** One char a byte, so that string order is byte order. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function lowerBound(sorted: readonly string[], text: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < text) low = middle + 1
    else high = middle
  }
  return low
}
