import { timestampToRfc3339 } from '../types/index.ts'
import type { Logger } from '../util/index.ts'
import type { AppliedBlock } from './block-executor.ts'
import type { HostTransition } from './host/host-listener.ts'

/** The story an operator reads: a line a height, and a line for every round beyond the first. */
export class ProgressLog {
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  onTransition({ before, after }: HostTransition): void {
    if (after.round === 0 || after.round === before.round) return
    const { height, round, locked, valid } = after
    this.#logger.info('new round', {
      height,
      round,
      ...(locked && { lockedRound: locked.round }),
      ...(valid && { validRound: valid.round })
    })
  }

  onApplied({ block, blockId, seenCommit, state }: AppliedBlock): void {
    const { header, txs, evidence } = block
    this.#logger.info('committed block', {
      height: header.height,
      round: seenCommit.round,
      txs: txs.length,
      ...(evidence.length > 0 && { evidence: evidence.length }),
      hash: blockId.hash.toUpperCase(),
      appHash: state.appHash.toUpperCase(),
      time: timestampToRfc3339(header.time)
    })
  }
}
