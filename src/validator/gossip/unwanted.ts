import { blockIdKey, type Proposal, type Vote } from '../../types/index.ts'
import type { HeightContext } from '../host/height-context.ts'

const VOTES_OF_A_VALIDATOR = 2
const PROPOSALS_OF_A_ROUND = 2

/**
 * Whether a message of the height in progress is not worth a signature check: the pool keeps two votes of a validator and
 * two proposals of a round, and one more would change nothing. A proposal that contradicts both is worth it: two of one
 * block with different POL rounds are no offence, and must not hide the one that is.
 */
export function isUnwanted(pool: HeightContext['pool'], message: Vote | Proposal): boolean {
  if ('polRound' in message) {
    const kept = pool.proposals(message.round)
    if (kept.length < PROPOSALS_OF_A_ROUND) return false
    const values = new Set(kept.map(({ value }) => value))
    return values.size > 1 || values.has(blockIdKey(message.blockId))
  }
  const { round, type: kind, validatorIndex: validator } = message
  if (!pool.voters(kind, round)[validator]) return false
  return pool.find({ round, kind, validator }).length >= VOTES_OF_A_VALIDATOR
}
