import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseNodeKey, parseValidatorKey, resolveConfig } from '../../../src/config/index.ts'
import { parseGenesis } from '../../../src/types/index.ts'
import vectors from '../../fixtures/vectors/priv_validator.json' with { type: 'json' }
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
let count = 0
let home: string
beforeEach(() => {
  home = join(directory, `home${count++}`)
})

const read = (...path: string[]) => readFileSync(join(home, ...path), 'utf8')
const mode = (...path: string[]) => statSync(join(home, ...path)).mode & 0o777

describe('pnyx init', () => {
  it('makes everything a chain of one validator needs', async () => {
    const { code, out } = await pnyx(['init', '--chain-id', 'my-chain', '--moniker', 'alice', '--home', home])
    expect(code).toBe(0)
    const genesis = parseGenesis(read('config', 'genesis.json'))
    const key = parseValidatorKey(read('config', 'priv_validator_key.json'), '')
    parseNodeKey(read('config', 'node_key.json'), '')
    expect(genesis.chainId).toBe('my-chain')
    expect(genesis.consensusParams.block).toEqual({ maxBytes: 4_194_304, maxGas: -1 })
    expect(genesis.validators).toEqual([
      { address: key.address, publicKey: key.publicKey, power: 10n, name: '' }
    ])
    expect(JSON.parse(read('data', 'priv_validator_state.json'))).toEqual({ height: '0', round: 0, step: 0 })
    const fileText = read('config', 'config.toml')
    const { config, warnings } = resolveConfig({ fileText, filePath: '', environment: {}, flags: {} })
    expect(config.base.moniker).toBe('alice')
    expect(warnings).toEqual([])
    expect(out).toContain('made config/genesis.json')
    expect(out).toContain(`pnyx start --home ${home}`)
    expect(out).not.toContain(Buffer.from(key.seed).toString('base64').slice(0, 20))
  })

  it('closes secrets to others', async () => {
    await pnyx(['init', '--home', home])
    expect(mode('config', 'priv_validator_key.json')).toBe(0o600)
    expect(mode('config', 'node_key.json')).toBe(0o600)
    expect(mode('data', 'priv_validator_state.json')).toBe(0o600)
    expect(mode('config')).toBe(0o700)
    expect(readdirSync(join(home, 'config')).filter(name => name.includes('tmp'))).toEqual([])
  })

  it('names a chain by itself, another each time', async () => {
    await pnyx(['init', '--home', home])
    const { chainId } = parseGenesis(read('config', 'genesis.json'))
    expect(chainId).toMatch(/^test-chain-[A-Za-z]{6}$/)
    home = join(directory, `home${count++}`)
    await pnyx(['init', '--home', home])
    expect(parseGenesis(read('config', 'genesis.json')).chainId).not.toBe(chainId)
  })

  it('keeps every file that is there', async () => {
    await pnyx(['init', '--chain-id', 'my-chain', '--home', home])
    const files = ['config.toml', 'genesis.json', 'node_key.json', 'priv_validator_key.json']
    const before = files.map(file => read('config', file))
    const { code, out } = await pnyx(['init', '--home', home])
    expect(code).toBe(0)
    expect(files.map(file => read('config', file))).toEqual(before)
    expect(out).not.toContain('made')
    expect(out.match(/kept/g)).toHaveLength(5)
  })

  it('makes what is missing beside what is there', async () => {
    await pnyx(['init', '--home', home])
    rmSync(join(home, 'config', 'node_key.json'))
    const { out } = await pnyx(['init', '--home', home])
    expect(out.match(/made .*/g)).toEqual(['made config/node_key.json'])
  })

  it('refuses another name for a chain that has one', async () => {
    await pnyx(['init', '--chain-id', 'one', '--home', home])
    const { code, notes } = await pnyx(['init', '--chain-id', 'two', '--home', home])
    expect(code).toBe(1)
    expect(notes).toContain('is of the chain one, not two')
  })

  it('never makes a fresh state for a key that may have signed', async () => {
    await pnyx(['init', '--home', home])
    rmSync(join(home, 'data', 'priv_validator_state.json'))
    const { code, notes } = await pnyx(['init', '--home', home])
    expect(code).toBe(1)
    expect(notes).toContain('unsafe-reset-priv-validator')
    expect(existsSync(join(home, 'data', 'priv_validator_state.json'))).toBe(false)
  })

  it('takes the key of a CometBFT validator with its state', async () => {
    mkdirSync(join(home, 'config'), { recursive: true })
    mkdirSync(join(home, 'data'))
    const comet = vectors.cases[0]!.json as { address: string }
    const keyFile = join(home, 'config', 'priv_validator_key.json')
    writeFileSync(keyFile, JSON.stringify(comet, null, 2), { mode: 0o600 })
    const state = '{\n  "height": "10",\n  "round": 1,\n  "step": 1\n}'
    writeFileSync(join(home, 'data', 'priv_validator_state.json'), state, { mode: 0o600 })
    const { code, out } = await pnyx(['init', '--home', home])
    expect(code).toBe(0)
    expect(out).toContain(comet.address)
    expect(read('data', 'priv_validator_state.json')).toBe(state)
  })

  it.each([
    ['with spaces', ['--chain-id', 'my chain']],
    ['too long', ['--chain-id', 'x'.repeat(51)]],
    ['empty', ['--chain-id', '']]
  ])('refuses a chain id %s', async (_, args) => {
    const { code, notes } = await pnyx(['init', ...args, '--home', home])
    expect(code).toBe(64)
    expect(notes).toContain('--chain-id must have')
  })

  it('refuses a moniker that cannot be shown, before it makes anything', async () => {
    const { code } = await pnyx(['init', '--moniker', 'a\u001b[31m', '--home', home])
    expect(code).toBe(64)
    expect(existsSync(home)).toBe(false)
  })

  it('says what is wrong with a genesis file that is there', async () => {
    await pnyx(['init', '--home', home])
    writeFileSync(join(home, 'config', 'genesis.json'), '{"chain_id": 3}')
    const { code, notes } = await pnyx(['init', '--home', home])
    expect(code).toBe(1)
    expect(notes).toMatch(/^pnyx: genesis file .*genesis\.json: [^\n]+$/)
  })

  it('uses the paths of a config.toml that is there', async () => {
    await pnyx(['init', '--home', home])
    const other = join(directory, 'moved')
    mkdirSync(join(other, 'config'), { recursive: true })
    cpSync(join(home, 'config', 'config.toml'), join(other, 'config', 'config.toml'))
    const moved = read('config', 'config.toml').replace('config/node_key.json', 'keys/node.json')
    writeFileSync(join(other, 'config', 'config.toml'), moved)
    await pnyx(['init', '--home', other])
    expect(existsSync(join(other, 'keys', 'node.json'))).toBe(true)
    expect(existsSync(join(other, 'config', 'node_key.json'))).toBe(false)
  })
})
