import type { RoundState } from '../../consensus/index.ts'
import { BitArray } from '../../types/index.ts'
import type { HeightContext } from '../host/height-context.ts'
import {
  type BlockWant,
  CATCH_UP_LIMITS,
  type CatchUpRequest,
  type RoundHave,
  type RoundPosition
} from './catch-up-wire.ts'

/** Says what this node has of its height: the newest rounds, the machine's own, and the blocks it gathers. */
export function makeCatchUpRequest(
  context: HeightContext,
  machine: RoundState,
  position: RoundPosition
): CatchUpRequest {
  const { pool, blocks } = context
  const rounds = [...new Set([machine.round, ...[...pool.rounds].reverse()])].slice(0, CATCH_UP_LIMITS.rounds)
  const wanted: BlockWant[] = []
  for (const { key, parts } of blocks.entries()) {
    if (parts.isComplete || wanted.length === CATCH_UP_LIMITS.blocks) continue
    wanted.push({ key, missingParts: parts.missing().slice(0, CATCH_UP_LIMITS.missingParts) })
  }
  return { position, rounds: rounds.map(round => haveOf(context, round)), blocks: wanted }
}

function haveOf({ pool }: HeightContext, round: number): RoundHave {
  const bitmap = (kind: 'prevote' | 'precommit'): Uint8Array => {
    const voters = pool.voters(kind, round)
    return BitArray.from(voters.length, index => voters[index]!).toBytes()
  }
  const hasQuorum = pool
    .votedValues('precommit', round)
    .some(v => pool.power('precommit', round, v) >= pool.quorum)
  return {
    round,
    hasProposal: pool.proposals(round).length > 0,
    hasPolka: pool.polka(round) !== undefined,
    hasPrecommitQuorum: hasQuorum,
    prevotes: bitmap('prevote'),
    precommits: bitmap('precommit')
  }
}
