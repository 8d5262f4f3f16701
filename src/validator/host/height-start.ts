import type { ChainState } from '../../types/index.ts'
import type { Clock, Timer } from '../../util/index.ts'
import type { HeightContext } from './height-context.ts'
import type { HostEvent } from './mailbox.ts'
import type { ConsensusTiming } from './timeouts.ts'

export interface HeightStartParts {
  readonly clock: Clock
  readonly timing: ConsensusTiming
  /** Whether there is nothing to put into a block on top of this state, not even a changed app hash. */
  readonly waitsForTxs: (state: ChainState) => boolean
  readonly post: (event: HostEvent) => void
}

/** Says when round 0 of a height begins, and when an empty block is made after all. */
export class HeightStart {
  readonly #parts: HeightStartParts
  #startTimer: Timer | null = null
  #emptyBlockTimer: Timer | null = null

  constructor(parts: HeightStartParts) {
    this.#parts = parts
  }

  /** Starts the height when timeout_commit is over since the decision, or at once when no more precommits can come. */
  schedule({ height, state }: HeightContext, decidedAtMs: number, isCommitComplete: boolean): void {
    const { clock, timing, waitsForTxs, post } = this.#parts
    this.cancel()
    const start = (): void =>
      post({ kind: 'startHeight', height, waitForTxs: !timing.createEmptyBlocks && waitsForTxs(state) })
    const remainingMs = timing.timeoutCommitMs - (clock.now() - decidedAtMs)
    const delayMs = Math.min(timing.timeoutCommitMs, Math.max(0, remainingMs))
    if (delayMs === 0 || (timing.skipTimeoutCommit && isCommitComplete)) start()
    else this.#startTimer = clock.setTimer(delayMs, start)
  }

  /** The height waits for transactions; with create_empty_blocks_interval not for ever. */
  scheduleEmptyBlock(height: number): void {
    const { clock, timing, post } = this.#parts
    const delayMs = timing.createEmptyBlocksIntervalMs
    if (delayMs > 0)
      this.#emptyBlockTimer = clock.setTimer(delayMs, () => post({ kind: 'txsAvailable', height }))
  }

  cancel(): void {
    this.#startTimer?.cancel()
    this.#emptyBlockTimer?.cancel()
  }
}
