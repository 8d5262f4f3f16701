import { expect } from 'vitest'
import type { AppStore } from '../../../../src/app/index.ts'
import { MODULE_ACCOUNTS } from '../../../../src/app/staking/addresses.ts'
import { BALANCES, SUPPLIES } from '../../../../src/app/staking/records/accounts.ts'
import { CHAIN, THE } from '../../../../src/app/staking/records/chain-config.ts'
import { DELEGATIONS, REDELEGATIONS, UNBONDINGS } from '../../../../src/app/staking/records/delegations.ts'
import { MISSED_CHUNKS, SIGNING_INFOS } from '../../../../src/app/staking/records/slashing.ts'
import { KEY_OWNERS, SEATS, VALIDATORS } from '../../../../src/app/staking/records/validators.ts'
import type { Table } from '../../../../src/app/staking/state/table.ts'
import { addressOf } from '../../../../src/crypto/index.ts'

/** Every record of a table, straight from the store. */
export async function recordsOf<T>(store: AppStore, table: Table<T>): Promise<Map<string, T>> {
  const head = `s/${table.name}/`
  const records = new Map<string, T>()
  const range = { gte: Buffer.from(head), lt: Buffer.from(`${head}\x7f`) }
  for await (const [key, value] of store.entries(range)) {
    records.set(Buffer.from(key).toString().slice(head.length), table.decode(value))
  }
  return records
}

const sumOf = (values: Iterable<bigint>) => [...values].reduce((sum, value) => sum + value, 0n)

/** What must hold after every block, whatever was in it. */
export async function audit(store: AppStore): Promise<void> {
  const chain = (await recordsOf(store, CHAIN)).get(THE)!
  const balances = await recordsOf(store, BALANCES)
  const validators = await recordsOf(store, VALIDATORS)
  const delegations = await recordsOf(store, DELEGATIONS)
  const unbondings = await recordsOf(store, UNBONDINGS)
  for (const [denom, { amount }] of await recordsOf(store, SUPPLIES)) {
    const held = [...balances].filter(([id]) => id.endsWith(`/${denom}`)).map(([, { amount: one }]) => one)
    expect(sumOf(held), `supply of ${denom}`).toBe(amount)
  }
  const pool = (account: string) => balances.get(`${account}/${chain.bondDenom}`)?.amount ?? 0n
  const staked = (isBonded: boolean) =>
    sumOf(
      [...validators.values()]
        .filter(each => (each.status === 'bonded') === isBonded)
        .map(({ tokens }) => tokens)
    )
  const leaving = sumOf(
    [...unbondings.values()].flatMap(({ entries }) => entries.map(({ balance }) => balance))
  )
  expect(pool(MODULE_ACCOUNTS.bondedPool), 'bonded pool').toBe(staked(true))
  expect(pool(MODULE_ACCOUNTS.notBondedPool), 'not bonded pool').toBe(staked(false) + leaving)
  for (const [operator, { shares, tokens, consensusKey }] of validators) {
    const held = [...delegations]
      .filter(([id]) => id.endsWith(`/${operator}`))
      .map(([, { shares: one }]) => one)
    expect(sumOf(held), 'shares').toBe(shares)
    expect(tokens >= 0n && shares >= 0n).toBe(true)
    expect((await recordsOf(store, KEY_OWNERS)).get(addressOf(consensusKey))?.operator).toBe(operator)
  }
  for (const id of delegations.keys())
    expect(validators.has(id.split('/')[1]!), 'validator of a delegation').toBe(true)
  for (const { entries } of unbondings.values()) {
    for (const { initialBalance, balance } of entries)
      expect(balance >= 0n && balance <= initialBalance).toBe(true)
  }
  for (const { entries } of (await recordsOf(store, REDELEGATIONS)).values())
    expect(entries.length).toBeGreaterThan(0)
  const seats = await recordsOf(store, SEATS)
  expect(seats.size, 'the set is never empty').toBeGreaterThan(0)
  for (const operator of seats.keys()) expect(validators.get(operator)?.status).toBe('bonded')
  for (const [operator, { status }] of validators) expect(seats.has(operator)).toBe(status === 'bonded')
  await auditLiveness(store)
}

/** The counter of missed blocks is the number of bits set. */
async function auditLiveness(store: AppStore): Promise<void> {
  const chunks = await recordsOf(store, MISSED_CHUNKS)
  for (const [operator, { missedCount }] of await recordsOf(store, SIGNING_INFOS)) {
    let bits = 0
    for (const [id, { bits: bytes }] of chunks) {
      if (!id.startsWith(`${operator}/`)) continue
      for (const byte of bytes) bits += byte.toString(2).replaceAll('0', '').length
    }
    expect(bits, 'missed blocks').toBe(missedCount)
  }
}
