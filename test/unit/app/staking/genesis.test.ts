import { describe, expect, it } from 'vitest'
import {
  isTestNetwork,
  parseStakingGenesis,
  StakingApp,
  stakingGenesisToJson
} from '../../../../src/app/index.ts'
import { VALIDATORS } from '../../../../src/app/staking/records/validators.ts'
import { MemoryKeyValueStore } from '../../../../src/blockstore/index.ts'
import { addressOf } from '../../../../src/crypto/index.ts'
import { DEFAULT_CONSENSUS_PARAMS, type ValidatorUpdate } from '../../../../src/types/index.ts'
import { audit, recordsOf } from './audit.ts'
import { Bed, genesisOf, initRequest, person } from './staking-bed.ts'

const MILLION = 1_000_000n
const plan = { stakes: { val0: 3n * MILLION, val1: 2n * MILLION }, coins: { alice: 5n } }

/** app_state as text after a change of its JSON. */
function changed(change: (json: ReturnType<typeof JSON.parse>) => void): string {
  const json = JSON.parse(stakingGenesisToJson(genesisOf(plan)))
  change(json)
  return JSON.stringify(json)
}

async function open(): Promise<StakingApp> {
  return StakingApp.open({ store: new MemoryKeyValueStore() })
}

describe('app_state of a staking chain', () => {
  it('is read as it was written, and every param has a default', () => {
    const genesis = genesisOf(plan)
    expect(parseStakingGenesis(stakingGenesisToJson(genesis))).toEqual(genesis)
    const short = changed(json => {
      delete json.params
      delete json.test_network
      for (const validator of json.validators) delete validator.commission
    })
    expect(parseStakingGenesis(short)).toEqual({ ...genesis, testNetwork: false })
  })

  it.each<[string, string | ((json: ReturnType<typeof JSON.parse>) => void), string]>([
    ['no JSON', '{', 'it is not JSON'],
    ['a list', '[]', 'expected object'],
    ['a field nobody knows', json => Object.assign(json, { extra: 1 }), 'extra'],
    ['a prefix with capitals', json => Object.assign(json, { bech32_prefix: 'Pnyx' }), 'bech32_prefix'],
    [
      'an address of another chain',
      json => Object.assign(json, { bech32_prefix: 'other' }),
      'accounts[0].address'
    ],
    ['an account twice', json => json.accounts.push(json.accounts[0]), 'accounts[1].address: it comes twice'],
    ['a number where a string is due', json => (json.validators[0].stake = 5), 'validators[0].stake'],
    [
      'stake of nothing',
      json => (json.validators[0].stake = '0'),
      'validators[0].stake: expected more than 0'
    ],
    [
      'an operator twice',
      json => (json.validators[1].operator = json.validators[0].operator),
      'validators[1].operator'
    ],
    [
      'a key twice',
      json => (json.validators[1].pub_key = json.validators[0].pub_key),
      'validators[1].pub_key'
    ],
    ['a key that is none', json => (json.validators[0].pub_key.value = 'AA=='), 'validators[0].pub_key'],
    [
      'a promise above the stake',
      json => (json.validators[0].min_self_delegation = '3000001'),
      'min_self_delegation'
    ],
    [
      'a fraction above 1',
      json => (json.params.slashing.slash_fraction_downtime = '1.1'),
      'slash_fraction_downtime'
    ],
    ['a window of nothing', json => (json.params.slashing.signed_blocks_window = 0), 'signed_blocks_window'],
    [
      'so many blocks to sign that a third of the proposers can have anybody jailed',
      json => (json.params.slashing.min_signed = 58),
      'params.slashing.min_signed is 58 of 100 blocks'
    ],
    [
      'more than there can be',
      json => (json.accounts[0].coins[0].amount = '9'.repeat(38)),
      'accounts: all upnyx'
    ],
    [
      'a time without unit',
      json => (json.params.staking.unbonding_time = '5'),
      'params.staking.unbonding_time'
    ],
    [
      'a coin twice',
      json => json.accounts[0].coins.push(json.accounts[0].coins[0]),
      'accounts[0].coins: duplicate'
    ]
  ])('with %s is refused by the name of the field', (_name, change, words) => {
    const text = typeof change === 'string' ? change : changed(json => void change(json))
    let message = ''
    try {
      parseStakingGenesis(text)
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'GENESIS_INVALID' })
      message = (thrown as Error).message
    }
    expect(message).toContain(words)
    expect(message).not.toContain('\n')
  })

  it('says whether the chain may be played with', () => {
    expect(isTestNetwork(stakingGenesisToJson(genesisOf(plan)))).toBe(true)
    for (const text of ['', '{', 'null', '[]', '{"test_network":"true"}', '{"test_network":false}']) {
      expect(isTestNetwork(text)).toBe(false)
    }
  })
})

describe('the first state of a chain', () => {
  it('has the validators the genesis names, and gives them to consensus where it names none', async () => {
    const app = await open()
    const { validators, appHash } = await app.initChain(initRequest(plan))
    expect(validators.map(({ power }) => power)).toEqual([3n, 2n])
    expect(appHash).toHaveLength(32)
    const named = await (await open()).initChain({ ...initRequest(plan), validators })
    expect(named).toEqual({ consensusParams: null, validators: [], appHash })
  })

  it('is refused where genesis and app_state name different validators', async () => {
    const { validators } = await (await open()).initChain(initRequest(plan))
    const others: readonly (readonly ValidatorUpdate[])[] = [
      validators.slice(1),
      [...validators, { publicKey: person('x').consensusKey, power: 1n }],
      [{ ...validators[0]!, power: 4n }, validators[1]!]
    ]
    for (const named of others) {
      const result = (await open()).initChain({ ...initRequest(plan), validators: named })
      await expect(result).rejects.toMatchObject({ code: 'GENESIS_INVALID' })
    }
  })

  it('is refused where evidence would outlive the stake it is about', async () => {
    const short = { ...DEFAULT_CONSENSUS_PARAMS.evidence, maxAgeDuration: 60_000_000_000n }
    const consensusParams = { ...DEFAULT_CONSENSUS_PARAMS, evidence: short }
    const genesis = { staking: { ...genesisOf(plan).staking, unbondingTime: 61_000_000_000n } }
    const result = (await open()).initChain({ ...initRequest({ ...plan, genesis }), consensusParams })
    await expect(result).rejects.toMatchObject({ code: 'GENESIS_INVALID' })
    const manyBlocks = (await open()).initChain({ ...initRequest(plan), consensusParams })
    await expect(manyBlocks).rejects.toThrow('max_age_num_blocks')
  })

  it('is made of the validators alone where there is no app_state', async () => {
    const store = new MemoryKeyValueStore()
    const app = await StakingApp.open({ store })
    const validators = ['val0', 'val1'].map(name => ({ publicKey: person(name).consensusKey, power: 7n }))
    await app.initChain({ ...initRequest(plan), appState: '', validators })
    await app.finalizeBlock((await Bed.start(plan)).request())
    await app.commit()
    const records = await recordsOf(store, VALIDATORS)
    expect([...records.keys()].sort()).toEqual(validators.map(({ publicKey }) => addressOf(publicKey)).sort())
    expect([...records.values()].map(({ tokens }) => tokens)).toEqual([7n * MILLION, 7n * MILLION])
    await audit(store)
  })

  it('depends on what is in it, not on the order of its accounts, but for their numbers', async () => {
    const hash = async (coins: Record<string, bigint>) =>
      Buffer.from((await (await open()).initChain(initRequest({ ...plan, coins }))).appHash).toString('hex')
    const one = await hash({ alice: 1n, bob: 2n })
    expect(await hash({ alice: 1n, bob: 2n })).toBe(one)
    expect(await hash({ bob: 2n, alice: 1n })).not.toBe(one)
  })

  it('is not gone on with from a state that another version wrote', async () => {
    const store = new MemoryKeyValueStore()
    const bed = await Bed.start(plan, store)
    await bed.block()
    await StakingApp.open({ store })
    const key = Buffer.from('meta')
    // Field 1 is the format.
    const before = Uint8Array.from([...store.get(key)!]).fill(1, 1, 2)
    await store.batch([{ type: 'put', key, value: before }], { sync: false })
    await expect(StakingApp.open({ store })).rejects.toThrow('has format 1, this program writes 2')
  })

  it('knows nothing and takes nothing before there is a chain', async () => {
    const app = await open()
    expect(await app.info()).toMatchObject({ lastBlockHeight: 0, lastBlockAppHash: new Uint8Array(0) })
    const { code } = await app.query({
      path: '/cosmos.bank.v1beta1.Query/Params',
      data: new Uint8Array(0),
      height: 0,
      prove: false
    })
    expect(code).toBe(26)
    await expect(app.checkTx({ tx: Uint8Array.of(1), type: 'new' })).rejects.toMatchObject({
      code: 'NO_BLOCK'
    })
    await expect(app.commit()).rejects.toMatchObject({ code: 'NO_BLOCK' })
  })
})
