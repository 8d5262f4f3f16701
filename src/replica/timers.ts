import type { Timeout, TimeoutKind } from '../consensus/index.ts'
import type { Clock, Timer } from '../util/index.ts'
import type { ReplicaTiming } from './providers.ts'

/** How long a timeout runs: its base, and its delta for every round before, so that slow networks get their time. */
export function timeoutMs(timing: ReplicaTiming, kind: TimeoutKind, round: number): number {
  switch (kind) {
    case 'propose':
      return timing.proposeMs + timing.proposeDeltaMs * round
    case 'prevote':
      return timing.prevoteMs + timing.prevoteDeltaMs * round
    case 'precommit':
      return timing.precommitMs + timing.precommitDeltaMs * round
  }
}

/** The timers of the current height; cancelled together when it ends. */
export class HeightTimers {
  readonly #clock: Clock
  readonly #timing: ReplicaTiming
  readonly #running = new Set<Timer>()

  constructor(clock: Clock, timing: ReplicaTiming) {
    this.#clock = clock
    this.#timing = timing
  }

  schedule(timeout: Timeout, elapsed: (timeout: Timeout) => void): void {
    this.after(timeoutMs(this.#timing, timeout.kind, timeout.round), () => elapsed(timeout))
  }

  after(delayMs: number, action: () => void): void {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#running.delete(timer)
      action()
    })
    this.#running.add(timer)
  }

  cancelAll(): void {
    for (const timer of this.#running) timer.cancel()
    this.#running.clear()
  }
}
