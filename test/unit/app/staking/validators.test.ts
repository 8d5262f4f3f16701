import { MsgEditValidator } from 'cosmjs-types/cosmos/staking/v1beta1/tx'
import { describe, expect, it } from 'vitest'
import {
  type Any,
  createValidatorMessage,
  DEFAULT_COMMISSION,
  delegateMessage,
  type NewValidator,
  undelegateMessage
} from '../../../../src/app/index.ts'
import { VALIDATORS } from '../../../../src/app/staking/records/validators.ts'
import { REFUSED } from '../../../../src/app/staking/refusal.ts'
import { audit, recordsOf } from './audit.ts'
import { Bed, person, upnyx } from './staking-bed.ts'

const MILLION = 1_000_000n
const PERCENT = 10n ** 16n
const DAY = 86_400
const noText = { identity: '', website: '', securityContact: '', details: '' }

function create(name: string, stake: bigint, more: Partial<NewValidator> = {}): Any {
  return createValidatorMessage({
    delegatorAddress: person(name).address,
    validatorAddress: person(name).operator,
    publicKey: person(name).consensusKey,
    description: { moniker: name, ...noText },
    commission: DEFAULT_COMMISSION,
    minSelfDelegation: 1n,
    stake: upnyx(stake),
    ...more
  })
}

function edit(name: string, wish: { rate?: string; minSelfDelegation?: string; moniker?: string }): Any {
  const keep = '[do-not-modify]'
  const value = MsgEditValidator.encode({
    description: {
      moniker: wish.moniker ?? keep,
      identity: keep,
      website: keep,
      securityContact: keep,
      details: keep
    },
    validatorAddress: person(name).operator,
    commissionRate: wish.rate ?? '',
    minSelfDelegation: wish.minSelfDelegation ?? ''
  }).finish()
  return { typeUrl: '/cosmos.staking.v1beta1.MsgEditValidator', value }
}

const start = (maxValidators = 100) =>
  Bed.start({
    stakes: { val0: 100n * MILLION, val1: 50n * MILLION },
    coins: { newcomer: 200n * MILLION, alice: 200n * MILLION },
    genesis: {
      staking: {
        unbondingTime: null,
        maxValidators,
        maxEntries: 7,
        minCommissionRate: 5n * PERCENT,
        minActiveValidators: 1
      }
    }
  })

const recordOf = async (bed: Bed, name: string) =>
  (await recordsOf(bed.store, VALIDATORS)).get(person(name).account)

describe('a new validator', () => {
  it('joins with its stake, and the set it signs in is that of two blocks later', async () => {
    const bed = await start()
    const result = await bed.run('newcomer', [create('newcomer', 30n * MILLION)])
    expect(result).toMatchObject({ code: 0 })
    expect(result.events.map(({ type }) => type)).toContain('create_validator')
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('newcomer').consensusKey, power: 30n }])
    expect(bed.sets.get(bed.height + 1)!.size).toBe(2)
    expect(bed.sets.get(bed.height + 2)!.size).toBe(3)
    await bed.blocks(3)
    await audit(bed.store)
  })

  it('without enough stake for a unit of power waits outside', async () => {
    const bed = await start()
    await bed.run('newcomer', [create('newcomer', MILLION - 1n)])
    expect(bed.last!.validatorUpdates).toEqual([])
    expect(await recordOf(bed, 'newcomer')).toMatchObject({ status: 'unbonded' })
    await bed.run('alice', [delegateMessage(person('alice').address, person('newcomer').operator, upnyx(1))])
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('newcomer').consensusKey, power: 1n }])
    await audit(bed.store)
  })

  const refused: readonly [string, Any, { code: number; codespace: string }][] = [
    [
      'with the key of another',
      create('newcomer', MILLION, { publicKey: person('val1').consensusKey }),
      REFUSED.keyExists
    ],
    ['with less than it promises', create('newcomer', 5n, { minSelfDelegation: 6n }), REFUSED.selfBondTooLow],
    ['promising nothing', create('newcomer', 5n, { minSelfDelegation: 0n }), REFUSED.invalidRequest],
    ['with no stake', create('newcomer', 0n), REFUSED.invalidRequest],
    [
      'without a name',
      create('newcomer', MILLION, { description: { moniker: '', ...noText } }),
      REFUSED.invalidRequest
    ],
    [
      'with a name without end',
      create('newcomer', MILLION, { description: { moniker: 'x'.repeat(71), ...noText } }),
      REFUSED.invalidRequest
    ],
    [
      'taking more than everything',
      create('newcomer', MILLION, { commission: { rate: 1n, maxRate: 101n * PERCENT, maxChangeRate: 1n } }),
      REFUSED.commissionHuge
    ],
    [
      'above its own limit',
      create('newcomer', MILLION, {
        commission: { rate: 9n * PERCENT, maxRate: 8n * PERCENT, maxChangeRate: 1n }
      }),
      REFUSED.commissionAboveMax
    ],
    [
      'below the least commission',
      create('newcomer', MILLION, { commission: { rate: PERCENT, maxRate: PERCENT, maxChangeRate: 0n } }),
      REFUSED.commissionBelowMin
    ],
    [
      'with a key of a type the chain does not take',
      create('newcomer', MILLION, {
        publicKey: { type: 'secp256k1', bytes: person('newcomer').consensusKey.bytes }
      }),
      REFUSED.invalidPublicKey
    ]
  ]
  it.each(refused)('%s is refused', async (_name, message, { code, codespace }) => {
    const bed = await start()
    expect(await bed.run('newcomer', [message])).toMatchObject({ code, codespace })
    expect(await recordOf(bed, 'newcomer')).toBeUndefined()
    await audit(bed.store)
  })

  it('cannot be made twice by one operator', async () => {
    const bed = await start()
    await bed.run('newcomer', [create('newcomer', MILLION)])
    const again = create('newcomer', MILLION, { publicKey: person('other').consensusKey })
    expect(await bed.run('newcomer', [again])).toMatchObject({ code: REFUSED.validatorExists.code })
  })
})

describe('the greatest number of validators', () => {
  it('lets the strongest in and the weakest out in one block, and back again', async () => {
    const bed = await start(2)
    await bed.run('newcomer', [create('newcomer', 60n * MILLION)])
    expect(bed.last!.validatorUpdates).toEqual([
      { publicKey: person('newcomer').consensusKey, power: 60n },
      { publicKey: person('val1').consensusKey, power: 0n }
    ])
    expect(await recordOf(bed, 'val1')).toMatchObject({ status: 'unbonding', jailed: false })
    const { address, operator } = person('newcomer')
    await bed.run('newcomer', [undelegateMessage(address, operator, upnyx(20n * MILLION))])
    expect(bed.last!.validatorUpdates).toEqual([
      { publicKey: person('val1').consensusKey, power: 50n },
      { publicKey: person('newcomer').consensusKey, power: 0n }
    ])
    await bed.block({ seconds: 2 * DAY })
    expect(await recordOf(bed, 'newcomer')).toMatchObject({ status: 'unbonded', jailed: false })
    await audit(bed.store)
  })

  it('is decided between equals by the operator, the same on every node', async () => {
    const bed = await start(2)
    await bed.run('newcomer', [create('newcomer', 50n * MILLION)])
    const first = [person('newcomer').account, person('val1').account].sort()[0]
    const isIn = (await recordOf(bed, 'newcomer'))!.status === 'bonded'
    expect(isIn).toBe(first === person('newcomer').account)
  })
})

describe('editing a validator', () => {
  it('changes what it names, and the commission once a day within its limits', async () => {
    const bed = await start()
    expect(await bed.run('val0', [edit('val0', { moniker: 'renamed' })])).toMatchObject({ code: 0 })
    expect((await recordOf(bed, 'val0'))!.description.moniker).toBe('renamed')
    const eleven = `${11n * PERCENT}`
    expect(await bed.run('val0', [edit('val0', { rate: eleven })])).toMatchObject({
      code: REFUSED.commissionTooSoon.code
    })
    await bed.block({ seconds: DAY })
    const tooMuch = await bed.run('val0', [edit('val0', { rate: `${11n * PERCENT + 1n}` })])
    expect(tooMuch).toMatchObject({ code: REFUSED.commissionChangeTooLarge.code })
    const tooLittle = await bed.run('val0', [edit('val0', { rate: `${4n * PERCENT}` })])
    expect(tooLittle).toMatchObject({ code: REFUSED.commissionBelowMin.code })
    expect(await bed.run('val0', [edit('val0', { rate: eleven })])).toMatchObject({ code: 0 })
    expect((await recordOf(bed, 'val0'))!.commission.rate).toBe(11n * PERCENT)
    await audit(bed.store)
  })

  it('raises the own stake it promises, never above what it has, and never lowers it', async () => {
    const bed = await start()
    const raise = (to: bigint) => bed.run('val0', [edit('val0', { minSelfDelegation: `${to}` })])
    expect(await raise(101n * MILLION)).toMatchObject({ code: REFUSED.selfBondTooLow.code })
    expect(await raise(100n * MILLION)).toMatchObject({ code: 0 })
    expect(await raise(99n * MILLION)).toMatchObject({ code: REFUSED.minSelfBondDecreased.code })
  })

  it('needs a validator', async () => {
    const bed = await start()
    expect(await bed.run('alice', [edit('alice', { moniker: 'x' })])).toMatchObject({
      code: REFUSED.noValidator.code
    })
  })
})
