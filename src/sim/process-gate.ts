import type { EventQueue } from './event-queue.ts'

/** The most that waits for a stopped process; beyond it new things are lost, as in a full socket buffer. */
const MAX_WAITING = 20_000

/** Lets events into one process, unless it is stopped (SIGSTOP) or gone. */
export class ProcessGate {
  readonly #queue: EventQueue
  #waiting: (() => void)[] | null = null
  #alive = true

  constructor(queue: EventQueue) {
    this.#queue = queue
  }

  get isAlive(): boolean {
    return this.#alive
  }

  get isFrozen(): boolean {
    return this.#waiting !== null
  }

  /** Runs `action` in the process: now, after it goes on, or never. */
  enter(action: () => void): void {
    if (!this.#alive) return
    if (this.#waiting === null) action()
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(action)
  }

  freeze(): void {
    this.#waiting ??= []
  }

  /** The process goes on, and meets everything that waited at once. */
  thaw(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const action of waiting) this.#queue.plan(0, () => this.enter(action))
  }

  /** The process is gone. */
  close(): void {
    this.#alive = false
    this.#waiting = null
  }
}
