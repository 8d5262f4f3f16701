import type { Clock } from '../../util/index.ts'
import type { ReplicaMessage } from '../message.ts'

type Receiver<T> = (message: ReplicaMessage<T>, reply: (answer: ReplicaMessage<T>) => void) => void

/** Carries messages between members of one process, each after a delay; undelivered messages are lost. */
export class InMemoryNetwork<T> {
  readonly #clock: Clock
  readonly #receivers = new Map<number, Receiver<T>>()
  readonly #delayMs: (from: number, to: number) => number | null

  /** `delayMs` answers how long a message takes, null to lose it. */
  constructor(clock: Clock, delayMs: (from: number, to: number) => number | null = () => 1) {
    this.#clock = clock
    this.#delayMs = delayMs
  }

  join(member: number, receiver: Receiver<T>): void {
    this.#receivers.set(member, receiver)
  }

  leave(member: number): void {
    this.#receivers.delete(member)
  }

  /** The `send` provider of a member. */
  senderFor(from: number): (message: ReplicaMessage<T>, to?: number) => void {
    return (message, to) => {
      const targets = to === undefined ? [...this.#receivers.keys()] : [to]
      for (const target of targets) if (target !== from) this.#carry(message, from, target)
    }
  }

  #carry(message: ReplicaMessage<T>, from: number, to: number): void {
    const delay = this.#delayMs(from, to)
    if (delay === null) return
    this.#clock.setTimer(delay, () => {
      this.#receivers.get(to)?.(message, answer => this.#carry(answer, to, from))
    })
  }
}
