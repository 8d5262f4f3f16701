import type { RoundState } from '../../consensus/index.ts'
import { type BlockIdKey, blockIdFromKey, type Part, type Round } from '../../types/index.ts'
import type { Logger } from '../../util/index.ts'
import type { BlockExecutor } from '../block-executor.ts'
import type { HeightContext } from './height-context.ts'
import type { HostListener } from './host-listener.ts'
import type { JournalRecord } from './journal.ts'

export interface GathererParts {
  readonly executor: Pick<BlockExecutor, 'validate'>
  readonly listener: HostListener
  readonly logger: Logger
  readonly log: (record: JournalRecord) => void
  /** True while the WAL is replayed: the logged verdicts follow, so none is asked for anew. */
  readonly isReplaying: () => boolean
}

/** Gathers the blocks of a height part by part, logs what it keeps, and has each complete one judged once. */
export class BlockGatherer {
  readonly #parts: GathererParts

  constructor(parts: GathererParts) {
    this.#parts = parts
  }

  /** Begins to gather a block that a proposal or a quorum names. Resolves when what was here already is judged. */
  async expect(context: HeightContext, machine: RoundState, key: BlockIdKey): Promise<void> {
    const outcome = context.blocks.expect(blockIdFromKey(key), other => isNeeded(context, machine, other))
    for (const part of outcome?.placed ?? []) this.#logPart(context, machine.round, part)
    for (const completed of outcome?.completed ?? []) await this.judge(context, machine, completed)
  }

  /** Takes a part; names the block that it completed, if it did. */
  addPart(context: HeightContext, round: Round, part: Part): BlockIdKey | null {
    const outcome = context.blocks.addPart(part, this.#parts.isReplaying())
    this.#parts.listener.onPart(outcome.kind)
    if (outcome.kind !== 'added') return null
    this.#logPart(context, round, part)
    return outcome.complete ? outcome.key : null
  }

  /** Full validation of a complete block, once; the verdict is logged, since an app may answer otherwise later. */
  async judge(context: HeightContext, machine: RoundState, key: BlockIdKey): Promise<void> {
    const { blocks, pool, state } = context
    const entry = blocks.get(key)
    if (this.#parts.isReplaying() || !entry?.parts.isComplete || pool.validity(key) !== 'unknown') return
    const { executor, listener, logger, log } = this.#parts
    const refusal = entry.block
      ? await executor.validate(state, entry.blockId, entry.block)
      : 'its parts are not the block it names'
    if (refusal !== null) logger.warn('a proposed block is refused', { block: key, reason: refusal })
    pool.setValidity(key, refusal === null ? 'valid' : 'invalid')
    log({ kind: 'validity', blockIdKey: key, valid: refusal === null })
    listener.onBlockComplete(machine, entry.blockId, refusal)
  }

  #logPart({ height }: HeightContext, round: Round, part: Part): void {
    this.#parts.log({ kind: 'message', message: { kind: 'blockPart', height, round, part } })
  }
}

/** What must not be let go for another block: it is locked, valid, certified or proposed now. */
function isNeeded({ env }: HeightContext, { locked, valid, round }: RoundState, key: BlockIdKey): boolean {
  return (
    key === locked?.value ||
    key === valid?.value ||
    key === env.view.precommitQuorum()?.value ||
    env.view.proposals(round).some(proposal => proposal.value === key)
  )
}
