import type { VerifiedMessage } from '../../mempool/index.ts'
import { type BlockId, blockIdKey } from '../../types/index.ts'
import type { MessageOutcome } from '../../validator/index.ts'
import { partSetHeader } from '../ledger/hashes.ts'
import type { Machine } from '../run/machine.ts'
import type { Fail } from './fail.ts'

/**
 * A node's pool was shown a verified message. The first one that contradicts another is kept beside it, since it may be
 * the one that others count.
 */
export function checkKept(
  { name, sim }: Machine,
  message: VerifiedMessage,
  outcome: MessageOutcome,
  fail: Fail
): void {
  const context = sim.node?.host.context
  if (outcome !== 'conflicting' || context === undefined) return
  const [kind, { round }] =
    message.kind === 'vote' ? [message.vote.type, message.vote] : (['proposal', message.proposal] as const)
  const validator = message.kind === 'vote' ? message.vote.validatorIndex : message.proposerIndex
  if (context.pool.find({ kind, round, validator }).length > 1) return
  fail(
    'coherence',
    `${name} put aside the second of two ${kind}s of one validator at ${context.height}/${round}`
  )
}

/** A node has all parts of a block: together they must be what the block id names, whoever sent them. */
export function checkParts({ name, sim }: Machine, blockId: BlockId, fail: Fail): void {
  const parts = sim.node?.host.context.blocks.get(blockIdKey(blockId))?.parts
  if (!parts?.isComplete || partSetHeader(parts.bytes()).hash === blockId.partSetHeader.hash) return
  fail('integrity', `${name} gathered parts that do not belong to block ${blockId.hash.slice(0, 8)}`)
}
