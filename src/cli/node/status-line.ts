import type { Clock, Logger, Timer } from '../../util/index.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import type { ConsensusSnapshot } from '../diagnosis/snapshot.ts'

/** How often the log says where the node is. */
export const STATUS_INTERVAL_MS = 10_000

export interface StatusLineParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly snapshot: () => ConsensusSnapshot
  readonly waitingTxs: () => number
}

/** Logs one line every ten seconds; a warning that names the reason once the chain is stuck. Returns the way to stop. */
export function startStatusLine({ clock, logger, snapshot, waitingTxs }: StatusLineParts): () => void {
  let lastHeight = snapshot().height
  let lastMs = clock.monotonic()
  let timer: Timer
  const tell = (): void => {
    const now = snapshot()
    const { health, sentence, situation } = diagnose(now)
    const nowMs = clock.monotonic()
    const blocksPerSecond = ((now.height - lastHeight) * 1000) / Math.max(1, nowMs - lastMs)
    lastHeight = now.height
    lastMs = nowMs
    const context = {
      height: now.height,
      round: now.round,
      step: now.step,
      blocksPerSecond: Number(blocksPerSecond.toFixed(2)),
      peers: now.peers.length,
      waitingTxs: waitingTxs(),
      ...(situation !== 'healthy' && { why: sentence })
    }
    if (health === 'stuck') logger.warn('the chain is stuck', context)
    else logger.info('status', context)
    timer = clock.setTimer(STATUS_INTERVAL_MS, tell)
  }
  timer = clock.setTimer(STATUS_INTERVAL_MS, tell)
  return () => timer.cancel()
}
