import { describe, expect, it } from 'vitest'
import {
  type Any,
  createValidatorMessage,
  DEFAULT_COMMISSION,
  delegateMessage,
  redelegateMessage,
  undelegateMessage,
  unjailMessage
} from '../../../../src/app/index.ts'
import { keyToAny, MSG_ROTATE_KEY } from '../../../../src/app/staking/messages/validator.ts'
import { BALANCES, balanceId } from '../../../../src/app/staking/records/accounts.ts'
import { SLASHES } from '../../../../src/app/staking/records/slashing.ts'
import { SEATS } from '../../../../src/app/staking/records/validators.ts'
import { REFUSED } from '../../../../src/app/staking/refusal.ts'
import type { PublicKey } from '../../../../src/types/index.ts'
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
  start,
  supply,
  typesOf,
  unjail
} from './slashing-stage.ts'
import { type Bed, DENOM, person, upnyx } from './staking-bed.ts'

describe('staying away', () => {
  it('costs a hundredth and the seat, and ends with unjail when the time is up', async () => {
    const bed = await start()
    await jailForDowntime(bed, 'val3')
    expect(bed.height).toBe(12)
    expect(typesOf(bed)).toEqual(['liveness', 'slash', 'jail'])
    const [, slash] = bed.last!.events
    expect(Object.fromEntries(slash!.attributes.map(({ key, value }) => [key, value]))).toMatchObject({
      validator: person('val3').operator,
      power: '100',
      reason: 'missing_signature',
      infraction_height: '10',
      fraction: '0.010000000000000000',
      burned_coins: '1000000upnyx'
    })
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('val3').consensusKey, power: 0n }])
    expect(await supply(bed)).toBe(499n * MILLION)
    await audit(bed.store)
    const jailedAt = bed.seconds
    await bed.blocks(3)
    expect(bed.sets.get(bed.height)!.size).toBe(3)
    const early = await unjail(bed, 'val3')
    expect(early).toMatchObject({ code: 4, codespace: 'slashing' })
    const freeAt = new Date((jailedAt + 600) * 1000).toISOString().replace('.000', '')
    expect(early.log).toContain(`not before ${freeAt}: validator still jailed; cannot be unjailed`)
    await bed.block({ seconds: jailedAt + 600 - bed.seconds })
    expect(await unjail(bed, 'val3')).toMatchObject({ code: 0 })
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('val3').consensusKey, power: 99n }])
    expect(bed.last!.txResults[0]!.events.map(({ type }) => type)).toContain('unjail')
    await bed.blocks(12)
    expect(await recordOf(bed, 'val3')).toMatchObject({ status: 'bonded', jailed: false })
    await audit(bed.store)
  })

  it('S-24: at the very time jailing ends, an unjail transaction is taken', async () => {
    const bed = await start()
    await jailForDowntime(bed, 'val3')
    await bed.block({ seconds: 599 - 1 })
    const tx = await bed.tx('val3', [unjailMessage(person('val3').operator)])
    const { txResults } = await bed.block({ txs: [tx], seconds: 2 })
    expect(txResults[0]).toMatchObject({ code: 0 })
  })

  it('is judged by the window, not by those who are in jail or were let out', async () => {
    const bed = await start()
    await jailForDowntime(bed, 'val3')
    await bed.block({ absent: ['val3'], seconds: 600 })
    await unjail(bed, 'val3')
    // It signs again from the second block after, and what a block shows is who signed the one before it.
    await bed.blocks(6, { absent: ['val3'] })
    expect(await infoOf(bed, 'val3')).toMatchObject({ missedCount: 4, indexOffset: 4 })
    await audit(bed.store)
  })

  it('S-16: leaving and coming back every half window does not help', async () => {
    const bed = await start({ ...fourStakes, val3: 500_000n })
    const { operator } = person('val3')
    const all = upnyx(10n * MILLION)
    let rounds = 0
    while ((await recordOf(bed, 'val3'))?.jailed !== true && rounds < 7) {
      rounds += 1
      await bed.run('alice', [delegateMessage(alice.address, operator, all)])
      await bed.blocks(5, { absent: ['val3'] })
      if ((await recordOf(bed, 'val3'))?.jailed) break
      await bed.run('alice', [undelegateMessage(alice.address, operator, all)])
      await bed.blocks(4, { absent: ['val3'] })
      expect(bed.sets.get(bed.height)!.size).toBe(3)
    }
    expect(rounds).toBe(2)
    expect((await infoOf(bed, 'val3'))!.jailedUntil.seconds).toBeGreaterThan(bed.seconds)
    await audit(bed.store)
  })
})

describe('signing twice', () => {
  it('costs a twentieth, the seat, and everything after: no unjail, no second validator', async () => {
    const bed = await start()
    await bed.blocks(3)
    const before = await supply(bed)
    await bed.block({ misbehavior: [offence(bed, 'val1')] })
    expect(typesOf(bed)).toEqual(['slash', 'jail', 'tombstone'])
    expect(await supply(bed)).toBe(before - 5n * MILLION)
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('val1').consensusKey, power: 0n }])
    expect(await infoOf(bed, 'val1')).toMatchObject({
      tombstoned: true,
      jailedUntil: { seconds: 253402300799, nanos: 0 }
    })
    await bed.block({ seconds: DAY })
    const { code, codespace } = REFUSED.tombstoned
    expect(await unjail(bed, 'val1')).toMatchObject({ code, codespace })
    const [record] = (await recordsOf(bed.store, SLASHES)).values()
    expect(record).toMatchObject({
      reason: 'duplicateVote',
      burned: 5n * MILLION,
      jailed: true,
      tombstoned: true
    })
    await audit(bed.store)
  })

  it.each(['duplicateProposal', 'lightClientAttack'] as const)('as %s is slashed alike', async type => {
    const bed = await start()
    await bed.blocks(3)
    await bed.block({ misbehavior: [offence(bed, 'val1', { type })] })
    expect(typesOf(bed)).toEqual(['slash', 'jail', 'tombstone'])
    await audit(bed.store)
  })

  it('reaches stake that is leaving or has moved, and none that left before', async () => {
    const bed = await start()
    await bed.run('alice', [delegateMessage(alice.address, person('val1').operator, upnyx(30n * MILLION))])
    await bed.run('alice', [undelegateMessage(alice.address, person('val1').operator, upnyx(MILLION))])
    await bed.blocks(3)
    const infraction = bed.height
    await bed.run('alice', [undelegateMessage(alice.address, person('val1').operator, upnyx(10n * MILLION))])
    await bed.run('alice', [
      redelegateMessage(alice.address, person('val1').operator, person('val2').operator, upnyx(10n * MILLION))
    ])
    const power = 129n
    await bed.block({
      misbehavior: [
        offence(bed, 'val1', {
          height: infraction,
          validator: { address: person('val1').consensusAddress, power }
        })
      ]
    })
    // A twentieth of 129: 0.5 from each 10 that went, the rest from what is there.
    expect(await recordOf(bed, 'val1')).toMatchObject({ tokens: 109n * MILLION - (6_450_000n - MILLION) })
    expect(await recordOf(bed, 'val2')).toMatchObject({ tokens: 109_500_000n })
    await audit(bed.store)
    await bed.block({ seconds: 3 * DAY })
    const coins = (await recordsOf(bed.store, BALANCES)).get(balanceId(alice.account, DENOM))!.amount
    expect(coins).toBe(70n * MILLION + MILLION + 9_500_000n)
    await audit(bed.store)
  })

  it('S-01: one who has left the set and is still unbonding is slashed', async () => {
    const bed = await start()
    const { address, operator } = person('val1')
    await bed.blocks(2)
    await bed.run('val1', [undelegateMessage(address, operator, upnyx(100n * MILLION - 1n))])
    expect(await recordOf(bed, 'val1')).toMatchObject({ status: 'unbonding', tokens: 1n })
    await bed.blocks(3)
    await bed.block({ misbehavior: [offence(bed, 'val1', { height: 2 })] })
    await bed.block({ seconds: 2 * DAY })
    const coins = (await recordsOf(bed.store, BALANCES)).get(balanceId(person('val1').account, DENOM))!.amount
    expect(coins).toBe(95n * MILLION)
    await audit(bed.store)
  })

  it('S-02: by one who is gone for good, or was never here, is an event and nothing else', async () => {
    const bed = await start()
    const { address, operator } = person('val1')
    await bed.run('val1', [undelegateMessage(address, operator, upnyx(100n * MILLION))])
    await bed.block({ seconds: 2 * DAY })
    await bed.blocks(2)
    const before = await supply(bed)
    const strange = offence(bed, 'stranger', {
      validator: { address: person('stranger').consensusAddress, power: 5n }
    })
    await bed.block({ misbehavior: [offence(bed, 'val1', { height: 1 }), strange] })
    expect(typesOf(bed)).toEqual(['slash_ignored', 'slash_ignored'])
    expect(await supply(bed)).toBe(before)
    await audit(bed.store)
  })

  it('S-05: with a key that was replaced since is its operator’s; the new key cannot be let out, the old never comes back', async () => {
    const bed = await start()
    await bed.blocks(2)
    const rotate = (name: string, publicKey: PublicKey): Any => ({
      typeUrl: '/cosmos.staking.v1beta1.MsgRotateConsPubKey',
      value: MSG_ROTATE_KEY.encode({
        validatorAddress: person(name).operator,
        newPubkey: keyToAny(publicKey)
      })
    })
    expect(await bed.run('val1', [rotate('val1', person('fresh').consensusKey)])).toMatchObject({ code: 0 })
    expect(bed.last!.validatorUpdates).toEqual([
      { publicKey: person('val1').consensusKey, power: 0n },
      { publicKey: person('fresh').consensusKey, power: 100n }
    ])
    await bed.blocks(3)
    expect(bed.sets.get(bed.height)!.has(person('fresh').consensusAddress)).toBe(true)
    await bed.block({ misbehavior: [offence(bed, 'val1', { height: 2 })] })
    expect(typesOf(bed)).toEqual(['slash', 'jail', 'tombstone'])
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('fresh').consensusKey, power: 0n }])
    await bed.block({ seconds: 2 * DAY })
    expect(await unjail(bed, 'val1')).toMatchObject({ code: REFUSED.tombstoned.code, codespace: 'slashing' })
    for (const [name, key] of [
      ['val0', 'val1'],
      ['val0', 'fresh'],
      ['val1', 'val1']
    ] as const) {
      const result = await bed.run(name, [rotate(name, person(key).consensusKey)])
      expect(result).toMatchObject({ code: REFUSED.keyExists.code, codespace: 'staking' })
    }
    await audit(bed.store)
  })

  it('S-08: evidence comes before an unjail of the same block', async () => {
    const bed = await start()
    await jailForDowntime(bed, 'val3')
    await bed.block({ seconds: 600 })
    const tx = await bed.tx('val3', [unjailMessage(person('val3').operator)])
    const { txResults } = await bed.block({ txs: [tx], misbehavior: [offence(bed, 'val3', { height: 9 })] })
    expect(txResults[0]).toMatchObject({ code: REFUSED.tombstoned.code, codespace: 'slashing' })
    await audit(bed.store)
  })

  it('S-13: and staying away in one block are two slashes, one jail', async () => {
    const bed = await start()
    await bed.blocks(11, { absent: ['val3'] })
    await bed.block({ absent: ['val3'], misbehavior: [offence(bed, 'val3', { height: 9 })] })
    expect(typesOf(bed)).toEqual(['liveness', 'slash', 'jail', 'slash', 'tombstone'])
    expect((await recordsOf(bed.store, SLASHES)).size).toBe(2)
    await audit(bed.store)
  })

  it('S-17: by everybody slashes all and keeps one of them in the set, with an alarm, until somebody new comes', async () => {
    const bed = await start({ val0: 100n * MILLION, val1: 100n * MILLION })
    await bed.blocks(3)
    await bed.block({ misbehavior: [offence(bed, 'val0'), offence(bed, 'val1')] })
    expect((await recordsOf(bed.store, SLASHES)).size).toBe(2)
    const seats = await recordsOf(bed.store, SEATS)
    expect(seats.size).toBe(1)
    expect(typesOf(bed)).toContain('validator_set_kept')
    await audit(bed.store)
    await bed.blocks(3)
    expect(typesOf(bed)).toEqual(['validator_set_kept'])
    expect(bed.sets.get(bed.height)!.size).toBe(1)
    await audit(bed.store)
    const joining = createValidatorMessage({
      delegatorAddress: alice.address,
      validatorAddress: alice.operator,
      publicKey: alice.consensusKey,
      description: { moniker: 'alice', identity: '', website: '', securityContact: '', details: '' },
      commission: DEFAULT_COMMISSION,
      minSelfDelegation: 1n,
      stake: upnyx(MILLION)
    })
    expect(await bed.run('alice', [joining])).toMatchObject({ code: 0 })
    await bed.blocks(3)
    expect([...bed.sets.get(bed.height)!.keys()]).toEqual([alice.consensusAddress])
    await audit(bed.store)
  })
})

describe('unjail', () => {
  it.each<[string, string, (bed: Bed) => Promise<void>]>([
    ['before its time', 'val3', bed => jailForDowntime(bed, 'val3')],
    [
      'once tombstoned',
      'val3',
      async bed => {
        await bed.blocks(3)
        await bed.block({ misbehavior: [offence(bed, 'val3')] })
      }
    ],
    [
      'without own stake',
      'val3',
      async bed => {
        const { address, operator } = person('val3')
        await bed.run('alice', [delegateMessage(alice.address, operator, upnyx(10n * MILLION))])
        await bed.run('val3', [undelegateMessage(address, operator, upnyx(100n * MILLION))])
      }
    ]
  ])('%s changes nothing', async (_, name, happen) => {
    const bed = await start()
    await happen(bed)
    await bed.blocks(3)
    const before = [await recordOf(bed, name), await infoOf(bed, name)]
    const { code, log } = await unjail(bed, name)
    expect(code).not.toBe(0)
    expect(log).toMatch(/cannot be unjailed/)
    expect([await recordOf(bed, name), await infoOf(bed, name)]).toEqual(before)
    expect(bed.last!.validatorUpdates).toEqual([])
    await audit(bed.store)
  })

  it.each([
    ['by one who is no validator', 'alice', REFUSED.noOwnValidator],
    ['by one who is not in jail', 'val0', REFUSED.notJailed]
  ])('%s is refused', async (_name, name, { code, codespace }) => {
    const bed = await start()
    expect(await unjail(bed, name)).toMatchObject({ code, codespace })
    await audit(bed.store)
  })

  it('needs the own stake that was promised, and then no time', async () => {
    const bed = await start()
    const { address, operator } = person('val1')
    await bed.run('alice', [delegateMessage(alice.address, operator, upnyx(10n * MILLION))])
    await bed.run('val1', [undelegateMessage(address, operator, upnyx(100n * MILLION))])
    expect(await unjail(bed, 'val1')).toMatchObject({
      code: REFUSED.missingSelfBond.code,
      codespace: 'slashing'
    })
    await bed.block({ seconds: 2 * DAY })
    await bed.run('val1', [delegateMessage(address, operator, upnyx(MILLION))])
    expect(await unjail(bed, 'val1')).toMatchObject({ code: 0 })
    expect(bed.last!.validatorUpdates).toEqual([{ publicKey: person('val1').consensusKey, power: 11n }])
    await audit(bed.store)
  })
})
