import type { Clock } from '../../util/index.ts'
import { type HostEvent, Mailbox } from './mailbox.ts'

export interface EventLoopParts {
  readonly clock: Clock
  /** Handles one event; the next waits for it. */
  readonly handle: (event: HostEvent) => Promise<void> | undefined
  /** Called when nothing of this node's own waits any more. */
  readonly onOwnHandled: () => void
  /** Called once, with what `handle` threw; nothing is handled after it. */
  readonly onFailed: (error: unknown) => void
}

/** Lets timers and sockets in after this many events in a row. */
const EVENTS_IN_A_ROW = 256

/** Hands out the mailbox one event at a time, own events first, from {@link open} until {@link stop}. */
export class EventLoop {
  readonly #parts: EventLoopParts
  readonly #mailbox = new Mailbox()
  #isOpen = false
  #running = false
  #stopped = false
  #draining: Promise<void> = Promise.resolve()

  constructor(parts: EventLoopParts) {
    this.#parts = parts
  }

  get isStopped(): boolean {
    return this.#stopped
  }

  /** Events that wait. */
  get size(): number {
    return this.#mailbox.size
  }

  /** Takes what a peer sent; false when the mailbox is full. */
  post(event: HostEvent): boolean {
    if (this.#stopped || !this.#mailbox.put(event)) return false
    this.#wake()
    return true
  }

  /** Takes what this node made: it goes first and is never refused. */
  postOwn(event: HostEvent): void {
    if (this.#stopped) return
    this.#mailbox.putOwn(event)
    this.#wake()
  }

  /** Begins with what waits. */
  open(): void {
    this.#isOpen = true
    this.#wake()
  }

  /** Resolves when no event is being handled. */
  async whenIdle(): Promise<void> {
    await this.#draining
  }

  stop(): void {
    this.#stopped = true
  }

  #wake(): void {
    if (this.#running || !this.#isOpen || this.#stopped) return
    this.#running = true
    this.#draining = this.#drain().catch(error => {
      this.stop()
      this.#parts.onFailed(error)
    })
  }

  async #drain(): Promise<void> {
    for (let handled = 1; !this.#stopped; handled++) {
      const event = this.#mailbox.take()
      if (event !== undefined) {
        const pending = this.#parts.handle(event)
        if (pending) await pending
      }
      if (!this.#mailbox.hasOwn) this.#parts.onOwnHandled()
      if (this.#mailbox.size === 0) break
      if (handled % EVENTS_IN_A_ROW === 0) await this.#breathe()
    }
    this.#running = false
  }

  #breathe(): Promise<void> {
    return new Promise(resolve => this.#parts.clock.setTimer(0, resolve))
  }
}
