import type { HostTransition } from '../../validator/index.ts'
import type { Machine } from '../run/machine.ts'
import type { Fail } from './fail.ts'

const MAILBOX = 10_000
/** What the node itself puts into its mailbox besides: a few at a time. */
const MAILBOX_OWN = 64
const TX_POOL = 5_000
/** The design's bounds of the message pool, in numbers of their own: a bound that was moved must be noticed. */
const VOTES_A_VALIDATOR = 2
const CERTIFIED_VALUES = 2
const PROPOSALS_A_ROUND = 2
const FUTURE_ROUNDS_A_VALIDATOR = 2
const OPEN_HEIGHTS = 3
/** Parts of blocks being gathered and waiting, at most. */
const BLOCKS_GATHERED = 8

/** Looks at the gauges of one node: nothing that peers can fill may grow beyond its bound. */
export function checkBounds({ name, sim }: Machine, fail: Fail): void {
  const { node } = sim
  if (node === null) return
  const { host, pool, txPool } = node
  const { validators } = node.state.validators
  const check = (what: string, value: number, bound: number): void => {
    if (value > bound) fail('boundedness', `${name} has ${value} ${what}, more than ${bound}`)
  }
  check('events in its mailbox', host.mailboxSize, MAILBOX + MAILBOX_OWN)
  check('transactions in its pool', txPool.size, TX_POOL)
  check('blocks being gathered', [...host.context.blocks.entries()].length, BLOCKS_GATHERED)
  const { pool: height } = host.context
  // Two of each kind for every round there was, the future rounds, and certificates.
  const rounds = height.currentRound + 1 + FUTURE_ROUNDS_A_VALIDATOR * validators.length
  const perRound = 2 * (VOTES_A_VALIDATOR + CERTIFIED_VALUES) * validators.length
  check('messages in its pool', pool.size, OPEN_HEIGHTS * rounds * (perRound + PROPOSALS_A_ROUND))
  check('open heights', pool.heights.length, OPEN_HEIGHTS)
  for (const [index, rounds] of roundsToCome(height).entries()) {
    check(`rounds to come of validator ${index} in its pool`, rounds, FUTURE_ROUNDS_A_VALIDATOR)
  }
}

/** By validator index, in how many rounds to come its messages are kept; rounds with a certificate are nobody's. */
function roundsToCome(pool: HostTransition['context']['pool']): readonly number[] {
  const { currentRound, quorum } = pool
  const isCertified = (round: number): boolean =>
    (['prevote', 'precommit'] as const).some(kind =>
      pool.votedValues(kind, round).some(value => pool.power(kind, round, value) >= quorum)
    )
  const later = pool.rounds.filter(round => round > currentRound && !isCertified(round))
  const kept = pool.find().filter(({ round }) => later.includes(round))
  return pool.powers.map(
    (_, validator) =>
      new Set(kept.filter(message => message.validator === validator).map(({ round }) => round)).size
  )
}

export function checkCoherence({ name, sim }: Machine, fail: Fail): void {
  const wrong = sim.node?.pool.checkCoherence() ?? []
  if (wrong.length > 0) fail('coherence', `the message pool of ${name} disagrees with itself: ${wrong[0]}`)
}
