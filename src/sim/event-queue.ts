/** What happens at a moment of virtual time; equal moments keep the order in which they were planned. */
interface Planned {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
  cancelled: boolean
}

export interface PlannedEvent {
  cancel(): void
}

/** A binary heap of events ordered by virtual time: the heart of the simulator. */
export class EventQueue {
  readonly #heap: Planned[] = []
  #order = 0
  #nowMs = 0

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs
  }

  get size(): number {
    return this.#heap.length
  }

  /** When the next event is; Infinity when nothing is planned. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  plan(delayMs: number, action: () => void): PlannedEvent {
    const event: Planned = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      action,
      cancelled: false
    }
    this.#push(event)
    return {
      cancel() {
        event.cancelled = true
      }
    }
  }

  /** Moves time to the next event and runs it; false when nothing is planned. */
  runNext(): boolean {
    for (;;) {
      const event = this.#pop()
      if (event === undefined) return false
      if (event.cancelled) continue
      this.#nowMs = event.atMs
      event.action()
      return true
    }
  }

  #push(event: Planned): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): Planned | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return top
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
