import type { AppStore } from '../app-store.ts'
import { MODULE_ACCOUNTS } from './addresses.ts'
import { BALANCES, SUPPLIES } from './records/accounts.ts'
import { CHAIN, STAKING_PARAMS, THE } from './records/chain-config.ts'
import { DELEGATIONS, UNBONDINGS } from './records/delegations.ts'
import { MISSED_CHUNKS, SIGNING_INFOS, SLASHES } from './records/slashing.ts'
import { SEATS, VALIDATORS } from './records/validators.ts'
import type { Table } from './state/table.ts'

/**
 * What does not add up in the committed state of a staking app, read record by record from its store; null when all
 * does: supply is what accounts hold, the pools hold the stake, shares are what delegators have, the counter of missed
 * blocks is the number of bits, nobody was slashed twice for misbehaviour, and who is in jail does not vote.
 */
export async function stakingAuditProblem(store: AppStore): Promise<string | null> {
  return (
    (await supplyProblem(store)) ??
    (await poolsProblem(store)) ??
    (await sharesProblem(store)) ??
    (await seatsProblem(store)) ??
    (await livenessProblem(store)) ??
    (await punishmentProblem(store))
  )
}

async function supplyProblem(store: AppStore): Promise<string | null> {
  const balances = await recordsOf(store, BALANCES)
  for (const [denom, { amount }] of await recordsOf(store, SUPPLIES)) {
    const held = sum(
      [...balances].filter(([id]) => id.endsWith(`/${denom}`)).map(([, balance]) => balance.amount)
    )
    if (held !== amount) return `the supply of ${denom} is ${amount}, accounts hold ${held}`
  }
  return null
}

async function poolsProblem(store: AppStore): Promise<string | null> {
  const chain = (await recordsOf(store, CHAIN)).get(THE)
  if (chain === undefined) return null
  const balances = await recordsOf(store, BALANCES)
  const validators = [...(await recordsOf(store, VALIDATORS)).values()]
  const inPool = (account: string): bigint => balances.get(`${account}/${chain.bondDenom}`)?.amount ?? 0n
  const staked = (isBonded: boolean): bigint =>
    sum(validators.filter(({ status }) => (status === 'bonded') === isBonded).map(({ tokens }) => tokens))
  const leaving = [...(await recordsOf(store, UNBONDINGS)).values()].flatMap(({ entries }) => entries)
  const bonded = inPool(MODULE_ACCOUNTS.bondedPool)
  if (bonded !== staked(true)) return `the bonded pool holds ${bonded}, bonded validators ${staked(true)}`
  const notBonded = inPool(MODULE_ACCOUNTS.notBondedPool)
  const owed = staked(false) + sum(leaving.map(({ balance }) => balance))
  return notBonded === owed ? null : `the not bonded pool holds ${notBonded} and owes ${owed}`
}

async function sharesProblem(store: AppStore): Promise<string | null> {
  const delegations = await recordsOf(store, DELEGATIONS)
  for (const [operator, { shares, tokens }] of await recordsOf(store, VALIDATORS)) {
    const held = sum(
      [...delegations].filter(([id]) => id.endsWith(`/${operator}`)).map(([, each]) => each.shares)
    )
    if (held !== shares) return `validator ${operator} has ${shares} shares, its delegators ${held}`
    if (tokens < 0n) return `validator ${operator} has ${tokens} tokens`
  }
  return null
}

async function seatsProblem(store: AppStore): Promise<string | null> {
  const seats = await recordsOf(store, SEATS)
  for (const [operator, { status }] of await recordsOf(store, VALIDATORS)) {
    if (seats.has(operator) !== (status === 'bonded')) return `validator ${operator} is ${status}`
  }
  return null
}

async function livenessProblem(store: AppStore): Promise<string | null> {
  const chunks = await recordsOf(store, MISSED_CHUNKS)
  for (const [operator, { missedCount }] of await recordsOf(store, SIGNING_INFOS)) {
    const own = [...chunks].filter(([id]) => id.startsWith(`${operator}/`)).map(([, { bits }]) => bits)
    const missed = own.reduce((count, bytes) => count + bitsIn(bytes), 0)
    if (missed !== missedCount)
      return `validator ${operator} missed ${missed} blocks, counted are ${missedCount}`
  }
  return null
}

async function punishmentProblem(store: AppStore): Promise<string | null> {
  const punished = new Set<string>()
  for (const { operator, reason } of (await recordsOf(store, SLASHES)).values()) {
    if (reason === 'downtime') continue
    if (punished.has(operator)) return `validator ${operator} was slashed twice for misbehaviour`
    punished.add(operator)
  }
  const validators = await recordsOf(store, VALIDATORS)
  const seats = await recordsOf(store, SEATS)
  const least = (await recordsOf(store, STAKING_PARAMS)).get(THE)?.minActiveValidators ?? 1
  for (const operator of seats.keys()) {
    // Somebody jailed is kept where too few would be left.
    if (validators.get(operator)?.jailed && seats.size > Math.max(least, 1)) {
      return `validator ${operator} is in jail and in the set of ${seats.size}`
    }
  }
  return null
}

/** Every record of a table, straight from the store, by its id. */
async function recordsOf<T>(store: AppStore, table: Table<T>): Promise<ReadonlyMap<string, T>> {
  const head = `s/${table.name}/`
  const records = new Map<string, T>()
  const range = { gte: Buffer.from(head), lt: Buffer.from(`${head}\u007f`) }
  for await (const [key, value] of store.entries(range)) {
    records.set(Buffer.from(key).toString().slice(head.length), table.decode(value))
  }
  return records
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}

function bitsIn(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) for (let rest = byte; rest > 0; rest &= rest - 1) count++
  return count
}
