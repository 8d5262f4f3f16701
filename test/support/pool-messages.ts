import type { ValueId, VoteKind } from '../../src/consensus/index.ts'
import {
  MessagePool,
  type PoolProposal,
  type PoolVote,
  type VoteCertificate
} from '../../src/mempool/index.ts'

export interface VoteFacts {
  readonly kind?: VoteKind
  readonly height?: number
  readonly round?: number
  readonly validator?: number
  readonly value?: ValueId | null
  /** Tells two votes apart that say the same, as another timestamp would. */
  readonly variant?: string
}

/** A vote whose id is a word for everything it says. */
export function makeVote(facts: VoteFacts = {}): PoolVote<string> {
  const { kind = 'prevote', height = 1, round = 0, validator = 0, value = 'A', variant = '' } = facts
  const id = `${kind} ${height}/${round} ${validator} ${value} ${variant}`.trim()
  return { id, kind, height, round, validator, value, payload: id }
}

export function makeProposal(facts: Partial<PoolProposal<string>> = {}): PoolProposal<string> {
  const { height = 1, round = 0, validator = 0, value = 'A', polRound = -1 } = facts
  const id = `proposal ${height}/${round} ${validator} ${value} ${polRound}`
  return { id, kind: 'proposal', height, round, validator, value, polRound, payload: id }
}

export function makeCertificate(
  facts: Omit<VoteFacts, 'validator'> & { readonly from: readonly number[] }
): VoteCertificate<string> {
  const { from, ...rest } = facts
  const votes = from.map(validator => makeVote({ ...rest, validator }))
  const { kind, height, round, value } = makeVote(rest)
  return { kind, height, round, value, votes }
}

/** A pool with height 1 open for validators of the given powers. */
export function makePool(powers: readonly bigint[] = [1n, 1n, 1n, 1n]): MessagePool<string> {
  const pool = new MessagePool<string>()
  pool.openHeight(1, powers)
  return pool
}
