import { describe, expect, it } from 'vitest'
import { sendMessage } from '../../../../src/app/index.ts'
import { BALANCES, balanceId } from '../../../../src/app/staking/records/accounts.ts'
import { audit, recordsOf } from './audit.ts'
import { Bed, DENOM, person, upnyx } from './staking-bed.ts'

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
