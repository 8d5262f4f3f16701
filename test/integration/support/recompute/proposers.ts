import type { comet38 } from '@cosmjs/tendermint-rpc'
import { hex } from './hashes.ts'

/** A validator set with its priorities, after the specification of CometBFT's proposer selection. */
export interface Candidate {
  readonly address: string
  readonly power: bigint
  readonly priority: bigint
}

type Set = readonly Candidate[]

export const candidates = (validators: readonly comet38.Validator[]): Set =>
  validators.map(({ address, votingPower, proposerPriority = 0 }) => ({
    address: hex(address),
    power: votingPower,
    priority: BigInt(proposerPriority)
  }))

const totalOf = (set: Set): bigint => set.reduce((sum, { power }) => sum + power, 0n)

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b !== 0n && a % b < 0n ? 1n : 0n)
}

/** Brings the priorities within two total powers of each other, and their average to 0. */
function settle(set: Set): Set {
  const priorities = set.map(({ priority }) => priority)
  const spread = priorities.reduce((a, b) => (a > b ? a : b)) - priorities.reduce((a, b) => (a < b ? a : b))
  const widest = 2n * totalOf(set)
  const ratio = spread > widest ? (spread + widest - 1n) / widest : 1n
  const scaled = priorities.map(priority => priority / ratio)
  const average = floorDivide(
    scaled.reduce((a, b) => a + b, 0n),
    BigInt(set.length)
  )
  return set.map((one, at) => ({ ...one, priority: scaled[at]! - average }))
}

function first(set: Set): Candidate {
  return set.reduce((best, one) =>
    one.priority > best.priority || (one.priority === best.priority && one.address < best.address)
      ? one
      : best
  )
}

/** A set, and who proposes in the round it stands for. */
export interface Turn {
  readonly set: Set
  readonly proposer: string
}

/** The turn `rounds` rounds later. */
export function advance(set: Set, rounds: number): Turn {
  let current = settle(set)
  let proposer = ''
  for (let round = 0; round < rounds; round++) {
    const raised = current.map(one => ({ ...one, priority: one.priority + one.power }))
    const chosen = first(raised)
    proposer = chosen.address
    const total = totalOf(raised)
    current = raised.map(one => (one === chosen ? { ...one, priority: one.priority - total } : one))
  }
  return { set: current, proposer }
}

/** The set with other powers, by address; 0 removes. */
export function withPowers(set: Set, powers: ReadonlyMap<string, bigint>): Set {
  const known = new Map(set.map(one => [one.address, one]))
  const before = [...powers].reduce(
    (sum, [address, power]) => (power === 0n ? sum : sum + power - (known.get(address)?.power ?? 0n)),
    totalOf(set)
  )
  const newcomer = -(before + before / 8n)
  const merged = new Map<string, Candidate>(known)
  for (const [address, power] of powers) {
    if (power === 0n) merged.delete(address)
    else merged.set(address, { address, power, priority: known.get(address)?.priority ?? newcomer })
  }
  const settled = settle([...merged.values()])
  return [...settled].sort((a, b) =>
    a.power === b.power ? (a.address < b.address ? -1 : 1) : a.power > b.power ? -1 : 1
  )
}
