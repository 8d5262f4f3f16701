import type { Effect } from '../../consensus/index.ts'
import type { Hex } from '../../types/index.ts'
import type { HeightContext } from './height-context.ts'

/** Whether a logged message of this node's key says already what `effect` asks to sign. */
export function isAlreadySaid(
  effect: Effect,
  { pool, state }: HeightContext,
  self: Hex | undefined
): boolean {
  if (effect.kind !== 'signVote' && effect.kind !== 'signProposal') return false
  const validator = state.validators.indexByAddress.get(self ?? '')
  const kind = effect.kind === 'signVote' ? effect.vote : 'proposal'
  return validator !== undefined && pool.find({ round: effect.round, kind, validator }).length > 0
}
