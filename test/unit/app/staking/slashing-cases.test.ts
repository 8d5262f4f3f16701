import { describe, expect, it } from 'vitest'
import {
  type Any,
  createValidatorMessage,
  DEFAULT_COMMISSION,
  delegateMessage,
  redelegateMessage,
  sendMessage,
  undelegateMessage
} from '../../../../src/app/index.ts'
import { MSG_EDIT_VALIDATOR } from '../../../../src/app/staking/messages/validator.ts'
import { SLASHES } from '../../../../src/app/staking/records/slashing.ts'
import { JAILED_FOR_EVER, ONE } from '../../../../src/evidence/index.ts'
import { audit, recordsOf } from './audit.ts'
import {
  alice,
  DAY,
  fourStakes,
  infoOf,
  jailForDowntime,
  MILLION,
  offence,
  recordOf,
  STORY_PARAMS,
  start,
  supply,
  typesOf
} from './slashing-stage.ts'
import { type Bed, person, upnyx } from './staking-bed.ts'

const UNBONDING_SECONDS = 2 * DAY
const slashesOf = async (bed: Bed) => [...(await recordsOf(bed.store, SLASHES)).values()]

const KEEP = '[do-not-modify]'

/** An operator raises what it promises to hold itself. */
function promiseOwnStake(name: string, amount: bigint): Any {
  const description = { moniker: KEEP, identity: KEEP, website: KEEP, securityContact: KEEP, details: KEEP }
  return {
    typeUrl: '/cosmos.staking.v1beta1.MsgEditValidator',
    value: MSG_EDIT_VALIDATOR.encode({
      description,
      validatorAddress: person(name).operator,
      commissionRate: null,
      minSelfDelegation: amount
    })
  }
}

/** Alice becomes a validator; returns the height of the block that made her one. */
async function join(bed: Bed): Promise<number> {
  const { address, operator, consensusKey } = alice
  const joining = createValidatorMessage({
    delegatorAddress: address,
    validatorAddress: operator,
    publicKey: consensusKey,
    description: { moniker: 'alice', identity: '', website: '', securityContact: '', details: '' },
    commission: DEFAULT_COMMISSION,
    minSelfDelegation: 1n,
    stake: upnyx(20n * MILLION)
  })
  expect(await bed.run('alice', [joining])).toMatchObject({ code: 0 })
  return bed.height
}

describe('stake that moved from a validator that is slashed', () => {
  it('pays where it is now, and jails the operator there if it was promised as own stake', async () => {
    const bed = await start()
    const [val1, val2] = [person('val1'), person('val2')]
    await bed.run('alice', [sendMessage(alice.address, val2.address, [upnyx(10n * MILLION)])])
    await bed.run('val2', [delegateMessage(val2.address, val1.operator, upnyx(10n * MILLION))])
    await bed.blocks(3)
    const height = bed.height
    await bed.run('val2', [
      redelegateMessage(val2.address, val1.operator, val2.operator, upnyx(10n * MILLION))
    ])
    expect(await bed.run('val2', [promiseOwnStake('val2', 110n * MILLION)])).toMatchObject({ code: 0 })
    await bed.block({ misbehavior: [offence(bed, 'val1', { height })] })
    expect(typesOf(bed)).toEqual(['slash', 'jail', 'jail', 'tombstone'])
    const jails = bed.last!.events.filter(({ type }) => type === 'jail')
    expect(jails.map(({ attributes }) => attributes.find(({ key }) => key === 'reason')!.value)).toEqual([
      'self_delegation',
      'double_sign'
    ])
    // A twentieth of 110 million: half a million from what moved, the rest from what stayed.
    expect(await recordOf(bed, 'val2')).toMatchObject({ tokens: 109_500_000n, jailed: true })
    expect(await recordOf(bed, 'val1')).toMatchObject({ tokens: 95n * MILLION, jailed: true })
    expect(bed.last!.validatorUpdates.map(({ power }) => power)).toEqual([0n, 0n])
    await audit(bed.store)
  })
})

describe('cases of slashing, on stake', () => {
  it('S-03: one tombstoned already is not slashed again', async () => {
    const bed = await start()
    await bed.blocks(3)
    await bed.block({ misbehavior: [offence(bed, 'val1')] })
    const before = await supply(bed)
    await bed.block({ misbehavior: [offence(bed, 'val1', { type: 'duplicateProposal', height: 2 })] })
    expect(typesOf(bed)).toEqual(['slash_ignored'])
    expect(bed.last!.events[0]!.attributes).toContainEqual({
      key: 'reason',
      value: 'tombstoned',
      index: true
    })
    expect(await supply(bed)).toBe(before)
    await audit(bed.store)
  })

  it('S-04: one jailed for downtime is slashed and tombstoned, not jailed again', async () => {
    const bed = await start()
    await jailForDowntime(bed, 'val3')
    await bed.block({ misbehavior: [offence(bed, 'val3', { height: 9 })] })
    expect(typesOf(bed)).toEqual(['slash', 'tombstone'])
    expect(await infoOf(bed, 'val3')).toMatchObject({ tombstoned: true, jailedUntil: JAILED_FOR_EVER })
    // A hundredth of 100 million, then a twentieth of what it had at the offence.
    expect(await recordOf(bed, 'val3')).toMatchObject({ tokens: 94n * MILLION, jailed: true })
    await audit(bed.store)
  })

  it.each([
    ['in the first block of the chain', 'val1', 95n * MILLION],
    ['in the first height its validator may sign', 'alice', 19n * MILLION]
  ])('S-06: an offence %s is slashed like any other', async (_, name, left) => {
    const bed = await start()
    const joined = await join(bed)
    const height = name === 'alice' ? joined + 2 : 1
    await bed.blocks(3)
    await bed.block({ misbehavior: [offence(bed, name, { height })] })
    expect(typesOf(bed)).toEqual(['slash', 'jail', 'tombstone'])
    expect(await recordOf(bed, name)).toMatchObject({ tokens: left })
    await audit(bed.store)
  })

  it('S-07: two offences in one block are one slash', async () => {
    const bed = await start()
    await bed.blocks(4)
    const misbehavior = [offence(bed, 'val1'), offence(bed, 'val1', { height: 2, type: 'duplicateProposal' })]
    await bed.block({ misbehavior })
    expect(typesOf(bed)).toEqual(['slash_ignored', 'slash', 'jail', 'tombstone'])
    expect(await slashesOf(bed)).toMatchObject([{ burned: 5n * MILLION }])
    await audit(bed.store)
  })

  it('S-10: the power of the offence counts, not what was staked since', async () => {
    const bed = await start()
    await bed.blocks(3)
    const height = bed.height
    await bed.run('alice', [delegateMessage(alice.address, person('val1').operator, upnyx(100n * MILLION))])
    await bed.blocks(3)
    expect(bed.sets.get(bed.height)!.get(person('val1').consensusAddress)).toBe(200n)
    await bed.block({ misbehavior: [offence(bed, 'val1', { height })] })
    expect(await slashesOf(bed)).toMatchObject([{ power: 100n, burned: 5n * MILLION }])
    expect(await recordOf(bed, 'val1')).toMatchObject({ tokens: 195n * MILLION })
    await audit(bed.store)
  })

  it('S-10: and never more than is left', async () => {
    const bed = await start(fourStakes, { slashFractionDoubleSign: ONE })
    await jailForDowntime(bed, 'val3')
    await bed.block({ misbehavior: [offence(bed, 'val3', { height: 9 })] })
    expect((await slashesOf(bed)).map(({ burned }) => burned)).toEqual([MILLION, 99n * MILLION])
    expect(await recordOf(bed, 'val3')).toMatchObject({ tokens: 0n })
    await audit(bed.store)
  })

  it('S-11: when everybody has unbonded since and may take the money, nothing burns', async () => {
    const bed = await start()
    await bed.blocks(3)
    const { address, operator } = person('val1')
    await bed.run('val1', [undelegateMessage(address, operator, upnyx(100n * MILLION))])
    const before = await supply(bed)
    await bed.block({ seconds: UNBONDING_SECONDS, misbehavior: [offence(bed, 'val1', { height: 3 })] })
    expect(await slashesOf(bed)).toMatchObject([{ burned: 0n }])
    expect(await supply(bed)).toBe(before)
    expect(await recordOf(bed, 'val1')).toBeUndefined()
    await audit(bed.store)
  })

  it('S-11: a second earlier all of it still pays', async () => {
    const bed = await start()
    await bed.blocks(3)
    const { address, operator } = person('val1')
    await bed.run('val1', [undelegateMessage(address, operator, upnyx(100n * MILLION))])
    await bed.block({ seconds: UNBONDING_SECONDS - 1, misbehavior: [offence(bed, 'val1', { height: 3 })] })
    expect(await slashesOf(bed)).toMatchObject([{ burned: 5n * MILLION }])
    await audit(bed.store)
  })

  it('S-15: one who joins at H and is away from its first block on is not judged before H + W + 1', async () => {
    const bed = await start()
    await bed.blocks(2)
    const joined = await join(bed)
    await jailForDowntime(bed, 'alice')
    expect(bed.height).toBe(joined + STORY_PARAMS.signedBlocksWindow + 1)
    await audit(bed.store)
  })

  it('S-17: when more than a third of the power offends at once, all of it goes, and the others stay', async () => {
    const bed = await start()
    await bed.blocks(3)
    await bed.block({ misbehavior: [offence(bed, 'val0'), offence(bed, 'val1')] })
    expect(bed.last!.validatorUpdates.map(({ power }) => power)).toEqual([0n, 0n])
    await bed.blocks(3)
    const left = ['val2', 'val3'].map(name => person(name).consensusAddress)
    expect([...bed.sets.get(bed.height)!.keys()].sort()).toEqual(left.sort())
    await audit(bed.store)
  })
})
