import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimRange } from '../../scripts/cluster/ports.ts'
import { cleanUp, finish, heightOf, pnyx, type Running, temporaryDirectory, until } from './cli-process.ts'

// Processes take long to start on a busy machine; nothing here waits for a fixed time.
vi.setConfig({ testTimeout: 240_000 })

const directory = temporaryDirectory()
const home = join(directory, 'home')
let p2pPort: number
let rpcPort: number
const flags = () => [
  '--home',
  home,
  `--p2p.laddr=tcp://127.0.0.1:${p2pPort}`,
  `--rpc.laddr=tcp://127.0.0.1:${rpcPort}`,
  '--consensus.timeout_commit=10ms'
]
const start = (...more: string[]): Running => pnyx('start', ...flags(), ...more)
const reaches = (height: number) =>
  until(`height ${height}`, async () => ((await heightOf(rpcPort)) ?? 0) >= height || null)

beforeAll(async () => {
  p2pPort = await claimRange(2)
  rpcPort = p2pPort + 1
  expect((await finish(pnyx('init', '--chain-id', 'solo', '--app', 'kvstore', '--home', home))).code).toBe(0)
})
afterAll(cleanUp)

describe('pnyx as a process', () => {
  it('runs a chain of one, keeps a second process out, and goes on where it stopped', async () => {
    const first = start()
    await reaches(2)
    const second = await finish(start())
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toBe(
      `pnyx: this home is in use by process ${first.child.pid} (${join(home, 'pnyx.lock')}); stop it first\n`
    )

    const sent = await finish(
      pnyx('tx', 'broadcast', 'name=satoshi', '--home', home, '--node', `tcp://127.0.0.1:${rpcPort}`)
    )
    expect(sent).toMatchObject({ code: 0, err: '' })
    expect(sent.out).toMatch(/^hash [0-9A-F]{64}\nheight \d+\n$/)
    const found = await finish(pnyx('query', 'app', 'name', '--node', `http://127.0.0.1:${rpcPort}`))
    expect(found.out).toMatch(/^value +satoshi$/m)

    first.child.kill('SIGTERM')
    expect(await first.ended).toEqual({ code: 0, signal: null })
    expect(first.err()).toBe('')
    expect(existsSync(join(home, 'pnyx.lock'))).toBe(false)

    const signed = JSON.parse(readFileSync(join(home, 'data', 'priv_validator_state.json'), 'utf8'))
    const again = start('--log_format=json')
    await reaches(Number(signed.height) + 1)
    again.child.kill('SIGINT')
    expect(await again.ended).toEqual({ code: 0, signal: null })
    for (const line of again.out().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg')
  })

  it('takes over after kill -9, and stops with its standard input when told to', async () => {
    const first = start()
    const height = await until('a height', () => heightOf(rpcPort))
    first.child.kill('SIGKILL')
    await first.ended
    expect(existsSync(join(home, 'pnyx.lock'))).toBe(true)
    const second = start('--stop-with-stdin')
    await reaches(height + 1)
    second.child.stdin!.end()
    expect(await second.ended).toEqual({ code: 0, signal: null })
  })

  it('says in one line why it cannot start', async () => {
    const genesisFile = join(home, 'config', 'genesis.json')
    const keyFile = join(home, 'config', 'priv_validator_key.json')
    const stateFile = join(home, 'data', 'priv_validator_state.json')
    const [genesis, key, state] = [genesisFile, keyFile, stateFile].map(file => readFileSync(file))
    const blocker = createServer().listen(rpcPort, '127.0.0.1')
    const faults: readonly (readonly [() => void, RegExp, string[]])[] = [
      [() => {}, /cannot listen on tcp:\/\/127\.0\.0\.1:\d+/, []],
      [() => blocker.close(), /it is not the genesis you meant$/, ['--genesis_hash', 'ab'.repeat(32)]],
      [() => {}, /there is no such application; built in are .*kvstore/, ['--proxy_app', 'nothing']],
      [() => writeFileSync(genesisFile, '{"chain_id": "other"'), /genesis file .*genesis\.json: /, []],
      [() => writeFileSync(genesisFile, genesis!.toString().replace('"solo"', '"other"')), /other/, []],
      [() => chmodSync(keyFile, 0o644), /run: chmod 600 /, []],
      [() => writeFileSync(keyFile, key!.subarray(0, 50)), /key\.json is damaged: it is not JSON$/, []],
      [() => writeFileSync(stateFile, state!.subarray(0, 9)), /state\.json is damaged/, []]
    ]
    for (const [spoil, reason, more] of faults) {
      spoil()
      const { code, err } = await finish(start(...more))
      expect(code, err).toBe(1)
      expect(err).toMatch(/^pnyx: [^\n]+\n$/)
      expect(err.trim()).toMatch(reason)
      expect(existsSync(join(home, 'pnyx.lock'))).toBe(false)
      writeFileSync(genesisFile, genesis!)
      writeFileSync(keyFile, key!)
      writeFileSync(stateFile, state!)
      chmodSync(keyFile, 0o600)
    }
  })

  it('leaves quietly when nobody reads on', async () => {
    const { child, ended, err } = pnyx('start', '--help')
    child.stdout!.destroy()
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(err()).toBe('')
  })

  it('tells a wrong command line by its exit code', async () => {
    const { code, out, err } = await finish(pnyx('start', '--no-such-flag'))
    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toMatch(/^pnyx: unknown option '--no-such-flag'[^\n]*\n$/)
  })
})
