import { createHash } from 'node:crypto'
import type { Hex, PublicKey, ValidatorUpdate } from '../../types/index.ts'

/**
 * Validator sets and the rotation of proposers, written down a second time from CometBFT's types/validator_set.go:
 * everything in bigint, nothing shared, nothing cached.
 */
export interface Member {
  readonly address: Hex
  readonly key: PublicKey
  readonly power: bigint
  readonly priority: bigint
}

/** A set as it stands at round 0 of a height, in the order of the chain. */
export interface MemberSet {
  readonly members: readonly Member[]
  /** Whose turn it is in round 0. */
  readonly proposer: Hex
}

export function addressOfKey(key: PublicKey): Hex {
  return createHash('sha256').update(key.bytes).digest('hex').slice(0, 40)
}

export function totalPower(members: readonly Member[]): bigint {
  return members.reduce((sum, { power }) => sum + power, 0n)
}

/** The set that a genesis makes: everybody is new, then one turn. */
export function genesisSet(validators: readonly ValidatorUpdate[]): MemberSet {
  return nextTurn(changed({ members: [], proposer: '' }, validators))
}

/** The set after the app's updates, before its turn. */
export function changed(set: MemberSet, updates: readonly ValidatorUpdate[]): MemberSet {
  if (updates.length === 0) return set
  const asked = new Map(updates.map(update => [addressOfKey(update.publicKey), update]))
  const isHere = new Set(set.members.map(({ address }) => address))
  const kept = set.members
    .filter(({ address }) => asked.get(address)?.power !== 0n)
    .map(member => ({ ...member, power: asked.get(member.address)?.power ?? member.power }))
  const newcomers = [...asked].filter(([address, { power }]) => power > 0n && !isHere.has(address))
  const leaving = set.members.filter(({ address }) => asked.get(address)?.power === 0n)
  const added = newcomers.reduce((sum, [, { power }]) => sum + power, 0n)
  const before = totalPower(kept) + added + totalPower(leaving)
  const joined = newcomers.map(([address, { publicKey, power }]) => ({
    address,
    key: publicKey,
    power,
    priority: -(before + before / 8n)
  }))
  return { members: centred([...kept, ...joined]).sort(byPowerThenAddress), proposer: set.proposer }
}

/** One turn of the weighted round robin. */
export function nextTurn(set: MemberSet): MemberSet {
  return spin(centred(set.members))
}

/** Address of the proposer of `round`. */
export function proposerAt(set: MemberSet, round: number): Hex {
  if (round === 0) return set.proposer
  let now = spin(centred(set.members))
  for (let each = 1; each < round; each++) now = spin(now.members)
  return now.proposer
}

function spin(members: readonly Member[]): MemberSet {
  const total = totalPower(members)
  const raised = members.map(member => ({ ...member, priority: member.priority + member.power }))
  const first = raised.reduce((best, member) => {
    if (member.priority !== best.priority) return member.priority > best.priority ? member : best
    return member.address < best.address ? member : best
  })
  return {
    members: raised.map(member =>
      member === first ? { ...member, priority: member.priority - total } : member
    ),
    proposer: first.address
  }
}

/** Brings priorities within twice the total power of each other, then takes off their average. */
function centred(members: readonly Member[]): Member[] {
  const priorities = members.map(({ priority }) => priority)
  if (priorities.length === 0) return []
  const window = 2n * totalPower(members)
  const distance = largest(priorities) - -largest(priorities.map(priority => -priority))
  const ratio = distance > window ? (distance + window - 1n) / window : 1n
  const scaled = priorities.map(priority => priority / ratio)
  const sum = scaled.reduce((a, b) => a + b, 0n)
  const count = BigInt(members.length)
  const average = sum >= 0n || sum % count === 0n ? sum / count : sum / count - 1n
  return members.map((member, index) => ({ ...member, priority: scaled[index]! - average }))
}

function largest(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most))
}

function byPowerThenAddress(a: Member, b: Member): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1
  return a.address < b.address ? -1 : 1
}
