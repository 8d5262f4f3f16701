import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { isTestNetwork, parseStakingGenesis, stakingGenesisProblem } from '../../../src/app/index.ts'
import { genesisValidator, newGenesis } from '../../../src/cli/new-genesis.ts'
import { newStakingAppState } from '../../../src/cli/staking-genesis.ts'
import { generateKeyPair } from '../../../src/config/index.ts'
import { type Genesis, parseGenesis } from '../../../src/types/index.ts'
import { person } from '../app/staking/staking-bed.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
const KEY = 'AT/+aaL1eB0477Mud9JMm8Sh8BIvOYlPGC9KkIUmFaE='
let count = 0
let home: string
beforeEach(() => {
  home = join(directory, `home${count++}`)
})

const genesisFile = () => join(home, 'config', 'genesis.json')
const genesisOf = (): Genesis => parseGenesis(readFileSync(genesisFile(), 'utf8'))
const stateOf = () => parseStakingGenesis(genesisOf().appState)
const run = (...args: string[]) => pnyx([...args, '--home', home])

describe('a new home of a staking chain', () => {
  it('has an operator with stake and coins, whose key can be used at once', async () => {
    const { code, out } = await run('init', '--chain-id', 'stake')
    expect(code).toBe(0)
    expect(out).toContain('made keys/operator.json')
    expect(readFileSync(join(home, 'config', 'config.toml'), 'utf8')).toContain('proxy_app = "staking"')
    const { accounts, validators, testNetwork } = stateOf()
    const shown = JSON.parse((await run('keys', 'show', 'operator', '--output', 'json')).out)
    expect(accounts).toEqual([{ address: shown.address, coins: [{ denom: 'upnyx', amount: 10n ** 12n }] }])
    expect(validators).toMatchObject([{ operator: shown.operator_address, stake: 10_000_000n }])
    expect(testNetwork).toBe(false)
    expect(stakingGenesisProblem(genesisOf())).toBeNull()
    expect(statSync(join(home, 'keys', 'operator.passphrase')).mode & 0o777).toBe(0o600)
    expect((await run('keys', 'export', 'operator', '--unsafe-hex')).out).toMatch(/^[0-9a-f]{64}$/)
    expect((await run('genesis', 'validate')).code).toBe(0)
  })

  it('takes an operator whose key is elsewhere, and the word of a test network', async () => {
    const { address, operator } = person('alice')
    expect((await run('init', '--operator', address, '--test-network')).code).toBe(0)
    expect(stateOf()).toMatchObject({ testNetwork: true, validators: [{ operator }] })
    expect(existsSync(join(home, 'keys'))).toBe(false)
  })

  it('refuses an operator that is none, and makes nothing of the chain', async () => {
    const { code, notes } = await run('init', '--operator', 'cosmos1abc')
    expect(code).toBe(64)
    expect(notes).toMatch(/^pnyx: --operator cosmos1abc is no address [^\n]+$/)
    expect(existsSync(genesisFile())).toBe(false)
  })

  it('is one of kvstore where that is asked for', async () => {
    await run('init', '--app', 'kvstore')
    expect(readFileSync(join(home, 'config', 'config.toml'), 'utf8')).toContain('proxy_app = "kvstore"')
    expect(genesisOf().appState).toBe('')
    expect(existsSync(join(home, 'keys'))).toBe(false)
  })

  it.each(['staking', 'kvstore'])('%s is of a test network only where that is said', async app => {
    for (const said of [[], ['--test-network']]) {
      const net = join(directory, `net${count++}`)
      await pnyx(['init', '--app', app, '--home', join(net, 'one'), ...said])
      await pnyx(['testnet', '--v', '1', '--o', join(net, 'more'), '--app', app, ...said])
      for (const made of ['one', 'more/node0']) {
        home = join(net, made)
        expect(isTestNetwork(genesisOf().appState)).toBe(said.length > 0)
      }
    }
  })

  it('has room for all its validators, however many', () => {
    const keys = Array.from({ length: 101 }, generateKeyPair)
    const validators = keys.map((key, index) => genesisValidator(key, 5n, `node${index}`))
    const appState = newStakingAppState(
      validators,
      keys.map(({ address }) => address),
      false
    )
    const genesis = newGenesis({ chainId: 'large', validators, timeMs: 0, appState })
    expect(stakingGenesisProblem(genesis)).toBeNull()
    expect(parseStakingGenesis(appState).staking.maxValidators).toBe(101)
  })

  it('is made for every validator of a testnet, with one state for all', async () => {
    const net = join(directory, `net${count++}`)
    expect((await pnyx(['testnet', '--v', '3', '--n', '1', '--o', net])).code).toBe(0)
    home = join(net, 'node3')
    const { validators } = stateOf()
    expect(stakingGenesisProblem(genesisOf())).toBeNull()
    for (const [index, { operator, moniker }] of validators.entries()) {
      home = join(net, `node${index}`)
      expect(moniker).toBe(`node${index}`)
      expect((await run('keys', 'show', 'operator', '--operator')).out).toBe(operator)
    }
    home = join(net, 'node3')
    expect(existsSync(join(home, 'keys'))).toBe(false)
  })
})

describe('pnyx genesis on a staking chain', () => {
  beforeEach(async () => {
    await run('init', '--chain-id', 'stake')
  })

  it('add-account gives coins, by address or by the name of a key', async () => {
    const { address } = person('alice')
    const { code, out } = await run('genesis', 'add-account', address, '5other,1000upnyx')
    expect(code).toBe(0)
    expect(out).toContain(`added ${address} with 5other,1000upnyx`)
    expect(out).toContain((await run('genesis', 'hash')).out)
    expect(stateOf().accounts.at(-1)!.address).toBe(address)
    const operator = (await run('keys', 'show', 'operator', '--address')).out
    const { notes } = await run('genesis', 'add-account', 'operator', '1upnyx')
    expect(notes).toContain(`${operator} is an account of this genesis already`)
  })

  it('add-validator --stake adds its stake to both', async () => {
    const { address, operator } = person('bob')
    const args = ['--pub-key', KEY, '--stake', '7500000', '--name', 'bob', '--operator', address]
    const { code, out } = await run('genesis', 'add-validator', ...args)
    expect(code).toBe(0)
    expect(out).toContain('with power 7')
    expect(genesisOf().validators[1]).toMatchObject({ power: 7n, name: 'bob' })
    expect(stateOf().validators[1]).toMatchObject({ operator, stake: 7_500_000n, moniker: 'bob' })
    expect(stakingGenesisProblem(genesisOf())).toBeNull()
  })

  it('add-validator keeps to the size of the set', async () => {
    const text = readFileSync(genesisFile(), 'utf8')
    const small = text.replace('"max_validators": 100', '"max_validators": 1')
    expect(small).not.toBe(text)
    writeFileSync(genesisFile(), small)
    const args = ['--pub-key', KEY, '--stake', '7500000', '--operator', person('bob').address]
    const { code, notes } = await run('genesis', 'add-validator', ...args)
    expect(code).toBe(1)
    expect(notes).toMatch(/^pnyx: app_state\.params\.staking\.max_validators is 1, [^\n]+$/)
    expect(readFileSync(genesisFile(), 'utf8')).toBe(small)
  })

  it('add-validator --power stakes what makes that power', async () => {
    const { operator } = person('bob')
    expect(
      (await run('genesis', 'add-validator', '--pub-key', KEY, '--power', '3', '--operator', operator)).code
    ).toBe(0)
    expect(stateOf().validators[1]).toMatchObject({ operator, stake: 3_000_000n })
  })

  const alice = person('alice').address
  it.each<[string[], number, string]>([
    [['add-account', 'nobody', '1upnyx'], 64, 'neither an address'],
    [['add-account', 'cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du', '1upnyx'], 64, 'neither an address'],
    [['add-account', alice, 'upnyx'], 64, 'no amount of coins'],
    [['add-account', alice, '0upnyx'], 64, 'no amount of coins'],
    [['add-account', alice, '1upnyx,1upnyx'], 1, 'duplicate denomination upnyx'],
    [['add-account', alice, `${10n ** 37n}upnyx`], 1, 'at most'],
    [['add-validator', '--pub-key', KEY, '--stake', '5'], 64, 'makes no power'],
    [['add-validator', '--pub-key', KEY, '--stake', 'much'], 64, 'whole number'],
    [['add-validator', '--pub-key', KEY, '--stake', '9000000', '--power', '9'], 64, 'give one of them'],
    [['add-validator', '--pub-key', KEY, '--stake', '9000000'], 64, '--operator is missing'],
    [
      ['add-validator', '--pub-key', KEY, '--operator', 'x', '--stake', '9000000'],
      64,
      '--operator x is no address'
    ]
  ])('%j is refused, and the file stays', async (args, code, words) => {
    const before = readFileSync(genesisFile(), 'utf8')
    const result = await run('genesis', ...args)
    expect(result.code).toBe(code)
    expect(result.notes).toMatch(/^pnyx: [^\n]+$/)
    expect(result.notes).toContain(words)
    expect(readFileSync(genesisFile(), 'utf8')).toBe(before)
  })

  it('validate finds stakes that are not those of the validators', async () => {
    writeFileSync(
      genesisFile(),
      readFileSync(genesisFile(), 'utf8').replace('"power": "10"', '"power": "11"')
    )
    const { code, notes } = await run('genesis', 'validate')
    expect(code).toBe(1)
    expect(notes).toContain('must be the same (power = stake / tokens_per_power)')
  })

  it('add-account needs a chain with accounts', async () => {
    home = join(directory, `home${count++}`)
    await run('init', '--app', 'kvstore')
    for (const args of [
      ['add-account', alice, '1upnyx'],
      ['add-validator', '--pub-key', KEY, '--stake', '9000000']
    ]) {
      const { code, notes } = await run('genesis', ...args)
      expect(code).toBe(1)
      expect(notes).toContain('has no accounts')
    }
  })
})
