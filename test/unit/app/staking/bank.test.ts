import { MsgMultiSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx'
import { describe, expect, it } from 'vitest'
import { Addresses, type Any, sendMessage } from '../../../../src/app/index.ts'
import { MODULE_ACCOUNTS } from '../../../../src/app/staking/addresses.ts'
import { BALANCES, balanceId } from '../../../../src/app/staking/records/accounts.ts'
import { VALIDATORS } from '../../../../src/app/staking/records/validators.ts'
import { audit, recordsOf } from './audit.ts'
import { addresses, Bed, DENOM, person, upnyx } from './staking-bed.ts'

const [alice, bob] = [person('alice'), person('bob')]

async function balance(bed: Bed, account: string): Promise<bigint> {
  return (await recordsOf(bed.store, BALANCES)).get(balanceId(account, DENOM))?.amount ?? 0n
}

describe('sending', () => {
  it('moves coins and says so as Cosmos SDK does', async () => {
    const bed = await Bed.start({ coins: { alice: 1000n } })
    const result = await bed.run('alice', [sendMessage(alice.address, bob.address, [upnyx(300)])], {
      fee: [upnyx(7)]
    })
    expect(result).toMatchObject({ code: 0, log: '', gasWanted: 1_000_000n })
    expect(await balance(bed, alice.account)).toBe(693n)
    expect(await balance(bed, bob.account)).toBe(300n)
    const types = result.events.map(({ type }) => type)
    expect(types).toEqual([
      'coin_spent',
      'coin_received',
      'transfer',
      'tx',
      'tx',
      'tx',
      'message',
      'coin_spent',
      'coin_received',
      'transfer'
    ])
    expect(result.events.at(-1)!.attributes.map(({ key, value }) => [key, value])).toEqual([
      ['recipient', bob.address],
      ['sender', alice.address],
      ['amount', '300upnyx'],
      ['msg_index', '0']
    ])
    await audit(bed.store)
  })
})

describe('sending to many', () => {
  const multiSend = (from: string, to: readonly [string, number][], total: number): Any => ({
    typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend',
    value: MsgMultiSend.encode({
      inputs: [{ address: from, coins: [{ denom: DENOM, amount: `${total}` }] }],
      outputs: to.map(([address, amount]) => ({ address, coins: [{ denom: DENOM, amount: `${amount}` }] }))
    }).finish()
  })

  it('pays each, and nobody when the sum is wrong', async () => {
    const bed = await Bed.start({ coins: { alice: 1000n } })
    const to: [string, number][] = [
      [bob.address, 10],
      [person('carol').address, 20]
    ]
    expect(await bed.run('alice', [multiSend(alice.address, to, 30)])).toMatchObject({ code: 0 })
    expect(await balance(bed, person('carol').account)).toBe(20n)
    expect(await bed.run('alice', [multiSend(alice.address, to, 31)])).toMatchObject({ code: 10 })
    expect(await balance(bed, alice.account)).toBe(970n)
    await audit(bed.store)
  })
})

describe('sending what cannot be sent', () => {
  const cases: readonly [string, Any, number][] = [
    ['more than there is', sendMessage(alice.address, bob.address, [upnyx(1001)]), 5],
    ['nothing', sendMessage(alice.address, bob.address, [upnyx(0)]), 10],
    ['no coins', sendMessage(alice.address, bob.address, []), 10],
    ['a coin twice', sendMessage(alice.address, bob.address, [upnyx(1), upnyx(1)]), 10],
    ['a coin without a name', sendMessage(alice.address, bob.address, [{ denom: 'x', amount: 1n }]), 10],
    ['to no address', sendMessage(alice.address, 'pnyx1qqqq', [upnyx(1)]), 7],
    [
      'to another chain',
      sendMessage(alice.address, new Addresses('cosmos').ofAccount(bob.account), [upnyx(1)]),
      7
    ],
    ['to an operator', sendMessage(alice.address, bob.operator, [upnyx(1)]), 7],
    [
      'to a pool of the app',
      sendMessage(alice.address, addresses.ofAccount(MODULE_ACCOUNTS.bondedPool), [upnyx(1)]),
      4
    ]
  ]
  it.each(cases)('%s', async (_name, message, code) => {
    const bed = await Bed.start({ coins: { alice: 1000n } })
    expect(await bed.run('alice', [message])).toMatchObject({ code, codespace: 'sdk' })
    expect(await balance(bed, alice.account)).toBe(1000n)
    await audit(bed.store)
  })

  it('to oneself changes nothing', async () => {
    const bed = await Bed.start({ coins: { alice: 1000n } })
    expect(await bed.run('alice', [sendMessage(alice.address, alice.address, [upnyx(1000)])])).toMatchObject({
      code: 0
    })
    expect(await balance(bed, alice.account)).toBe(1000n)
  })
})

describe('fees', () => {
  it('go to who signed the last block, by power: commission to the operator, the rest into the stake', async () => {
    const bed = await Bed.start({
      stakes: { val0: 300_000_000n, val1: 100_000_000n, val2: 100_000_000n },
      coins: { alice: 1_000_000n }
    })
    await bed.run('alice', [sendMessage(alice.address, bob.address, [upnyx(1)])], { fee: [upnyx(1001)] })
    const before = await recordsOf(bed.store, VALIDATORS)
    await bed.block({ absent: ['val2'] })
    const after = await recordsOf(bed.store, VALIDATORS)
    const gained = (name: string) =>
      after.get(person(name).account)!.tokens - before.get(person(name).account)!.tokens
    // 1001 by 300 and 100: 750 and 250 rounded down, a tenth of it commission rounded down; 1 waits.
    expect([gained('val0'), gained('val1'), gained('val2')]).toEqual([675n, 225n, 0n])
    expect(await balance(bed, person('val0').account)).toBe(75n)
    expect(await balance(bed, MODULE_ACCOUNTS.feeCollector)).toBe(1n)
    await audit(bed.store)
  })
})
