import type { Hex } from '../../types/index.ts'
import { type Member, type MemberSet, proposerAt, totalPower } from '../ledger/validators.ts'
import type { Prng } from '../prng.ts'

/**
 * A schedule of late messages by which two validators of one height lock on two values. In each of the rounds 0 and 1
 * one validator alone sees a polka, since its own prevote, without which nobody has one, reaches the others late; and
 * the others time out because some who have not seen the proposal prevote nil. In round 2 one of the two proposes what
 * it is locked on, with its polka, and all who are locked on the other value must judge it by the rule of the lock.
 */
export interface LockTrap {
  /** By round: who sees the polka, and who does not see the proposal. */
  readonly rounds: readonly { readonly locked: Hex; readonly blind: ReadonlySet<Hex> }[]
}

/** Null where the powers, or the order of the proposers, leave no such schedule. */
export function designLockTrap(set: MemberSet, prng: Prng): LockTrap | null {
  const [p0, p1, p2] = [0, 1, 2].map(round => proposerAt(set, round)) as [Hex, Hex, Hex]
  const everybody = set.members.map(({ address }) => address)
  // Round 2 proposes the older value, or the later one.
  const isOlder = prng.chance(0.5)
  const first = isOlder ? p2 : prng.pick(everybody.filter(address => address !== p1 && address !== p2))
  const second = isOlder ? prng.pick(everybody.filter(address => address !== p2)) : p2
  if (first === undefined || second === undefined || first === p1 || first === second) return null
  const blindFirst = chooseBlind(set.members, first, [p0], prng)
  const others = set.members.filter(({ address }) => address !== first)
  const blindSecond = chooseBlind(others, second, [p1], prng, totalPower(set.members))
  if (blindFirst === null || blindSecond === null) return null
  return {
    rounds: [
      { locked: first, blind: blindFirst },
      { locked: second, blind: blindSecond }
    ]
  }
}

/**
 * Those of the voters who must not see the proposal, so that the rest has a polka, but not without `locked`. Everybody
 * must have enough prevotes of any kind to time out.
 */
function chooseBlind(
  voters: readonly Member[],
  locked: Hex,
  seeing: readonly Hex[],
  prng: Prng,
  total = totalPower(voters)
): ReadonlySet<Hex> | null {
  const isQuorum = (power: bigint): boolean => 3n * power > 2n * total
  const own = voters.find(({ address }) => address === locked)!.power
  if (!isQuorum(total - own)) return null
  const blind = new Set<Hex>()
  let power = totalPower(voters)
  for (const { address, power: weight } of prng.shuffle(voters)) {
    if (!isQuorum(power - own)) break
    if (address === locked || seeing.includes(address) || !isQuorum(power - weight)) continue
    blind.add(address)
    power -= weight
  }
  return isQuorum(power) && !isQuorum(power - own) ? blind : null
}
