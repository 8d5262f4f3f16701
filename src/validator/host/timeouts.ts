import type { Timeout, TimeoutKind } from '../../consensus/index.ts'
import type { Clock, Timer } from '../../util/index.ts'

/** The timing of consensus, from the [consensus] section of config.toml; all in milliseconds. */
export interface ConsensusTiming {
  readonly timeoutProposeMs: number
  readonly timeoutProposeDeltaMs: number
  readonly timeoutPrevoteMs: number
  readonly timeoutPrevoteDeltaMs: number
  readonly timeoutPrecommitMs: number
  readonly timeoutPrecommitDeltaMs: number
  readonly timeoutCommitMs: number
  readonly skipTimeoutCommit: boolean
  readonly createEmptyBlocks: boolean
  /** 0 waits for transactions as long as it takes. */
  readonly createEmptyBlocksIntervalMs: number
  /** After this long without news a peer is asked for what is missing (CometBFT's peer_gossip_sleep_duration). */
  readonly pullIntervalMs: number
}

/** Base plus delta for each round: with every failed round the network gets more time. */
export function timeoutMs(timing: ConsensusTiming, kind: TimeoutKind, round: number): number {
  switch (kind) {
    case 'propose':
      return timing.timeoutProposeMs + timing.timeoutProposeDeltaMs * round
    case 'prevote':
      return timing.timeoutPrevoteMs + timing.timeoutPrevoteDeltaMs * round
    case 'precommit':
      return timing.timeoutPrecommitMs + timing.timeoutPrecommitDeltaMs * round
  }
}

/** The running timeouts of the current height. */
export class Timeouts {
  readonly #clock: Clock
  readonly #timing: ConsensusTiming
  readonly #elapsed: (timeout: Timeout) => void
  readonly #timers = new Set<Timer>()

  constructor(clock: Clock, timing: ConsensusTiming, elapsed: (timeout: Timeout) => void) {
    this.#clock = clock
    this.#timing = timing
    this.#elapsed = elapsed
  }

  schedule(timeout: Timeout): void {
    const timer = this.#clock.setTimer(timeoutMs(this.#timing, timeout.kind, timeout.round), () => {
      this.#timers.delete(timer)
      this.#elapsed(timeout)
    })
    this.#timers.add(timer)
  }

  cancelAll(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }
}
