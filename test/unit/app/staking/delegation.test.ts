import { describe, expect, it } from 'vitest'
import {
  type Any,
  createValidatorMessage,
  DEFAULT_COMMISSION,
  delegateMessage,
  redelegateMessage,
  undelegateMessage
} from '../../../../src/app/index.ts'
import { MSG_CANCEL_UNBONDING } from '../../../../src/app/staking/messages/delegation.ts'
import { newValidator } from '../../../../src/app/staking/messages/validator.ts'
import { sharesForTokens } from '../../../../src/app/staking/modules/delegations.ts'
import { BALANCES, balanceId } from '../../../../src/app/staking/records/accounts.ts'
import { DUE, REDELEGATIONS, UNBONDINGS } from '../../../../src/app/staking/records/delegations.ts'
import { VALIDATORS } from '../../../../src/app/staking/records/validators.ts'
import { REFUSED } from '../../../../src/app/staking/refusal.ts'
import { audit, recordsOf } from './audit.ts'
import { Bed, DENOM, person, upnyx } from './staking-bed.ts'

const DAY = 86_400
const MILLION = 1_000_000n
const alice = person('alice')

const start = (more: Parameters<typeof Bed.start>[0] = {}) =>
  Bed.start({
    stakes: { val0: 100n * MILLION, val1: 50n * MILLION },
    coins: { alice: 100n * MILLION, newcomer: 100n * MILLION },
    ...more
  })
const delegate = (to: string, amount: bigint | number): Any =>
  delegateMessage(alice.address, person(to).operator, upnyx(amount))
const undelegate = (from: string, amount: bigint | number): Any =>
  undelegateMessage(alice.address, person(from).operator, upnyx(amount))
const redelegate = (from: string, to: string, amount: bigint | number): Any =>
  redelegateMessage(alice.address, person(from).operator, person(to).operator, upnyx(amount))

const cancel = (from: string, amount: bigint, creationHeight: number): Any => ({
  typeUrl: '/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation',
  value: MSG_CANCEL_UNBONDING.encode({
    delegatorAddress: alice.address,
    validatorAddress: person(from).operator,
    amount: upnyx(amount),
    creationHeight
  })
})

async function coins(bed: Bed): Promise<bigint> {
  return (await recordsOf(bed.store, BALANCES)).get(balanceId(alice.account, DENOM))?.amount ?? 0n
}

async function tokens(bed: Bed, name: string): Promise<bigint | undefined> {
  return (await recordsOf(bed.store, VALIDATORS)).get(person(name).account)?.tokens
}

/** Creation heights of all that is unbonding. */
async function unbondingHeights(bed: Bed): Promise<readonly number[]> {
  const unbondings = [...(await recordsOf(bed.store, UNBONDINGS)).values()]
  return unbondings.flatMap(({ entries }) => entries.map(({ creationHeight }) => creationHeight))
}

describe('delegating', () => {
  it('gives power from two blocks later on, and takes it away again', async () => {
    const bed = await start()
    const result = await bed.run('alice', [delegate('val1', 25n * MILLION)])
    expect(result).toMatchObject({ code: 0 })
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('val1').consensusKey, power: 75n }])
    expect(result.events.find(({ type }) => type === 'delegate')!.attributes).toEqual([
      { key: 'validator', value: person('val1').operator, index: true },
      { key: 'delegator', value: alice.address, index: true },
      { key: 'amount', value: '25000000upnyx', index: true },
      { key: 'new_shares', value: '25000000.000000000000000000', index: true },
      { key: 'msg_index', value: '0', index: true }
    ])
    expect(await bed.run('alice', [undelegate('val1', 25n * MILLION)])).toMatchObject({ code: 0 })
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('val1').consensusKey, power: 50n }])
    await audit(bed.store)
  })

  it('says nothing to consensus while the power is the same', async () => {
    const bed = await start()
    await bed.run('alice', [delegate('val1', MILLION - 1n)])
    expect(bed.last!.validatorUpdates).toEqual([])
  })

  it.each([
    ['more than there is', () => delegate('val1', 101n * MILLION), REFUSED.insufficientFunds],
    ['to nobody', () => delegate('alice', 1), REFUSED.noValidator],
    ['nothing', () => delegate('val1', 0), REFUSED.invalidRequest],
    [
      'another coin',
      () => delegateMessage(alice.address, person('val1').operator, { denom: 'other', amount: 1n }),
      REFUSED.invalidRequest
    ]
  ])('%s is refused', async (_name, message, { code, codespace }) => {
    const bed = await start()
    expect(await bed.run('alice', [message()])).toMatchObject({ code, codespace })
    expect(await coins(bed)).toBe(100n * MILLION)
    await audit(bed.store)
  })
})

describe('shares', () => {
  const { consensusKey } = person('val0')
  const description = { moniker: 'one', identity: '', website: '', securityContact: '', details: '' }
  const fresh = newValidator(consensusKey, description, DEFAULT_COMMISSION, 1n)

  it('cost what the stake behind them is worth, and nothing buys those of a stake that is gone', () => {
    expect(sharesForTokens(fresh, 5n)).toBe(5n * 10n ** 18n)
    expect(sharesForTokens({ ...fresh, tokens: 3n, shares: 7n }, 2n)).toBe(4n)
    expect(sharesForTokens({ ...fresh, tokens: 0n, shares: 7n }, 2n)).toBeNull()
  })

  it('are never more than a record can hold', () => {
    const cheap = { ...fresh, tokens: 1n, shares: 10n ** 40n }
    const most = 10n ** 37n - 1n
    expect(sharesForTokens(cheap, most)).toBe(most * 10n ** 40n)
    expect(sharesForTokens(cheap, most + 1n)).toBeNull()
    const full = { ...fresh, tokens: 1n + most, shares: 10n ** 77n }
    expect(VALIDATORS.decode(VALIDATORS.encode(full)).shares).toBe(full.shares)
  })
})

describe('undelegating', () => {
  it('pays out at the end of the unbonding time, to the second, and not before', async () => {
    const bed = await start()
    await bed.run('alice', [delegate('val1', 10n * MILLION)])
    const result = await bed.run('alice', [undelegate('val1', 4n * MILLION)])
    const [unbond] = result.events.filter(({ type }) => type === 'unbond')
    expect(unbond!.attributes.find(({ key }) => key === 'completion_time')!.value).toBe(
      '2023-11-16T22:13:22Z'
    )
    await bed.block({ seconds: 2 * DAY - 1 })
    expect(await coins(bed)).toBe(90n * MILLION)
    const last = await bed.block({ seconds: 1 })
    expect(last.events.map(({ type }) => type)).toEqual(['complete_unbonding'])
    expect(await coins(bed)).toBe(94n * MILLION)
    expect((await recordsOf(bed.store, UNBONDINGS)).size).toBe(0)
    expect((await recordsOf(bed.store, DUE)).size).toBe(0)
    await audit(bed.store)
  })

  it('takes exactly what was asked for, whatever a share is worth', async () => {
    const bed = await start({
      stakes: { val0: 100n * MILLION, val1: 50n * MILLION },
      coins: { alice: 100n * MILLION }
    })
    await bed.run('alice', [delegate('val1', 7_777_777n)])
    // Rewards make shares worth a crooked amount.
    await bed.run('alice', [delegate('val0', 1n)], { fee: [upnyx(12_345)] })
    await bed.block()
    const before = await tokens(bed, 'val1')
    await bed.run('alice', [undelegate('val1', 1_234_567n)])
    expect(await tokens(bed, 'val1')).toBe(before! - 1_234_567n)
    await audit(bed.store)
  })

  it.each([
    ['more than was delegated', () => undelegate('val1', 10n * MILLION + 1n), REFUSED.tooFewShares],
    ['where nothing was delegated', () => undelegate('val0', 1), REFUSED.noDelegation],
    ['from nobody', () => undelegate('alice', 1), REFUSED.noValidator]
  ])('%s is refused', async (_name, message, { code, codespace }) => {
    const bed = await start()
    await bed.run('alice', [delegate('val1', 10n * MILLION)])
    expect(await bed.run('alice', [message()])).toMatchObject({ code, codespace })
    await audit(bed.store)
  })

  it('is bounded in how many are under way, those of one block counting once', async () => {
    const bed = await start()
    await bed.run('alice', [delegate('val1', 10n * MILLION)])
    await bed.run('alice', [undelegate('val1', 1), undelegate('val1', 1)])
    for (let n = 0; n < 6; n++)
      expect(await bed.run('alice', [undelegate('val1', 1)])).toMatchObject({ code: 0 })
    expect(await bed.run('alice', [undelegate('val1', 1)])).toMatchObject({
      code: REFUSED.tooManyUnbondings.code,
      codespace: 'staking'
    })
    await bed.block({ seconds: 2 * DAY })
    expect(await bed.run('alice', [undelegate('val1', 1)])).toMatchObject({ code: 0 })
    await audit(bed.store)
  })

  it('from a validator on its way out ends with it, of any number of people, each in a record of its own', async () => {
    const people = Array.from({ length: 12 }, (_, index) => `delegator${index}`)
    const bed = await start({
      coins: Object.fromEntries(people.map(name => [name, 10n * MILLION])),
      stakes: { val0: 100n * MILLION, val1: 5n * MILLION }
    })
    const each = (make: typeof delegateMessage, amount: bigint) =>
      Promise.all(
        people.map(name => bed.tx(name, [make(person(name).address, person('val1').operator, upnyx(amount))]))
      )
    await bed.block({ txs: await each(delegateMessage, 2n * MILLION) })
    const own = undelegateMessage(person('val1').address, person('val1').operator, upnyx(5n * MILLION))
    expect(await bed.run('val1', [own])).toMatchObject({ code: 0 })
    await bed.block({ txs: await each(undelegateMessage, MILLION) })
    const redelegations = people.map(name => {
      const [from, to] = [person('val1').operator, person('val0').operator]
      return bed.tx(name, [redelegateMessage(person(name).address, from, to, upnyx(MILLION))])
    })
    await bed.block({ txs: await Promise.all(redelegations) })
    const due = await recordsOf(bed.store, DUE)
    expect(due.size).toBe(1 + 2 * people.length)
    expect(new Set([...due.keys()].map(id => id.split('/')[0])).size).toBe(1)
    await bed.restart()
    await bed.block({ seconds: 2 * DAY })
    const ended = bed.last!.events.map(({ type }) => type).filter(type => type.startsWith('complete_'))
    expect(ended).toEqual([
      ...Array(1 + people.length).fill('complete_unbonding'),
      ...Array(people.length).fill('complete_redelegation')
    ])
    expect((await recordsOf(bed.store, DUE)).size).toBe(0)
    await audit(bed.store)
  })

  it('can be taken back while it is under way', async () => {
    const bed = await start()
    await bed.run('alice', [delegate('val1', 10n * MILLION)])
    await bed.run('alice', [undelegate('val1', 10n * MILLION)])
    const { height } = bed
    expect(await bed.run('alice', [cancel('val1', 11n * MILLION, height)])).toMatchObject({ code: 18 })
    expect(await bed.run('alice', [cancel('val1', MILLION, height + 1)])).toMatchObject({ code: 26 })
    expect(await bed.run('alice', [cancel('val1', 4n * MILLION, height)])).toMatchObject({ code: 0 })
    expect(await tokens(bed, 'val1')).toBe(54n * MILLION)
    await bed.run('alice', [undelegate('val1', MILLION)])
    const later = bed.height
    expect(await unbondingHeights(bed)).toEqual([height, later])
    expect(await bed.run('alice', [cancel('val1', MILLION, later)])).toMatchObject({ code: 0 })
    expect(await unbondingHeights(bed)).toEqual([height])
    await bed.block({ seconds: 3 * DAY })
    expect(await coins(bed)).toBe(96n * MILLION)
    expect(await unbondingHeights(bed)).toEqual([])
    expect(await bed.run('alice', [cancel('val1', 1n, height)])).toMatchObject({ code: 26 })
    await audit(bed.store)
  })
})

describe('redelegating', () => {
  it('moves stake and its power at once, and not on from there before the unbonding time', async () => {
    const bed = await start()
    await bed.run('alice', [delegate('val0', 10n * MILLION)])
    expect(await bed.run('alice', [redelegate('val0', 'val1', 10n * MILLION)])).toMatchObject({ code: 0 })
    expect(await tokens(bed, 'val0')).toBe(100n * MILLION)
    expect(await tokens(bed, 'val1')).toBe(60n * MILLION)
    const again = await bed.run('alice', [redelegate('val1', 'val0', 1n)])
    expect(again).toMatchObject({ code: REFUSED.transitiveRedelegation.code, codespace: 'staking' })
    await bed.block({ seconds: 2 * DAY })
    expect(bed.last!.events.map(({ type }) => type)).toEqual(['complete_redelegation'])
    expect((await recordsOf(bed.store, REDELEGATIONS)).size).toBe(0)
    expect(await bed.run('alice', [redelegate('val1', 'val0', 1n)])).toMatchObject({ code: 0 })
    await audit(bed.store)
  })

  it.each([
    ['to the same validator', () => redelegate('val0', 'val0', 1), REFUSED.selfRedelegation],
    ['to nobody', () => redelegate('val0', 'alice', 1), REFUSED.badDestination],
    ['more than there is', () => redelegate('val0', 'val1', 11n * MILLION), REFUSED.tooFewShares]
  ])('%s is refused', async (_name, message, { code, codespace }) => {
    const bed = await start()
    await bed.run('alice', [delegate('val0', 10n * MILLION)])
    expect(await bed.run('alice', [message()])).toMatchObject({ code, codespace })
    expect(await tokens(bed, 'val0')).toBe(110n * MILLION)
    await audit(bed.store)
  })
})

describe('an operator’s own stake', () => {
  it('below what it promised puts it in jail at once, and out of the set', async () => {
    const bed = await start()
    const { address, operator, consensusKey } = person('val1')
    await bed.run('alice', [delegate('val1', 30n * MILLION)])
    const result = await bed.run('val1', [undelegateMessage(address, operator, upnyx(50n * MILLION))])
    expect(result).toMatchObject({ code: 0 })
    expect(result.events.map(({ type }) => type)).toContain('jail')
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: consensusKey, power: 0n }])
    expect((await recordsOf(bed.store, VALIDATORS)).get(person('val1').account)).toMatchObject({
      jailed: true,
      status: 'unbonding'
    })
    await audit(bed.store)
  })

  it('all gone removes the validator when its unbonding ends, and its key stays used', async () => {
    const bed = await start()
    const { address, operator, consensusKey } = person('val1')
    await bed.run('val1', [undelegateMessage(address, operator, upnyx(50n * MILLION))])
    await bed.block({ seconds: 2 * DAY })
    expect((await recordsOf(bed.store, VALIDATORS)).has(person('val1').account)).toBe(false)
    await audit(bed.store)
    const taken = createValidatorMessage({
      delegatorAddress: person('newcomer').address,
      validatorAddress: person('newcomer').operator,
      publicKey: consensusKey,
      description: { moniker: 'again', identity: '', website: '', securityContact: '', details: '' },
      commission: DEFAULT_COMMISSION,
      minSelfDelegation: 1n,
      stake: upnyx(MILLION)
    })
    expect(await bed.run('newcomer', [taken])).toMatchObject({
      code: REFUSED.keyExists.code,
      codespace: 'staking'
    })
  })
})
