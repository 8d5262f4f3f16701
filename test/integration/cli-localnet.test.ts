import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimRange } from '../../scripts/cluster/ports.ts'
import {
  cleanUp,
  finish,
  heightOf,
  ROOT,
  type Running,
  run,
  temporaryDirectory,
  until
} from './cli-process.ts'

// Processes take long to start on a busy machine; nothing here waits for a fixed time.
vi.setConfig({ testTimeout: 240_000 })

const VALIDATORS = 4
const directory = join(temporaryDirectory(), 'net')
let basePort: number
let stoppedAt: number

const localnet = (...args: string[]): Running =>
  run('scripts/localnet.ts', [
    '--dir',
    directory,
    '--base-port',
    String(basePort),
    '--timeout-commit',
    '50ms',
    ...args
  ])

const allReach = (height: number) =>
  until(`height ${height} everywhere`, async () => {
    const heights = await Promise.all(
      Array.from({ length: VALIDATORS }, (_, i) => heightOf(basePort + 10 * i + 1))
    )
    return heights.every(one => one !== null && one >= height) ? Math.max(...heights.map(Number)) : null
  })

/** Process ids of the validators, from their locks. */
function validatorPids(): readonly number[] {
  return Array.from({ length: VALIDATORS }, (_, i) => {
    return JSON.parse(readFileSync(join(directory, `node${i}`, 'pnyx.lock'), 'utf8')).pid as number
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const allGone = (pids: readonly number[]) =>
  until('the validators to end', () => (pids.some(isAlive) ? null : true))

beforeAll(async () => {
  basePort = await claimRange(10 * VALIDATORS)
  expect(existsSync(join(ROOT, 'dist', 'cli', 'main.js')), 'run `npm run build` first').toBe(true)
})
afterAll(cleanUp)

describe('the localnet', () => {
  it('runs four validators, bears the loss of one, and leaves nobody behind', async () => {
    const net = localnet()
    const height = await allReach(3)
    expect(net.out()).toContain('new chain of 4 validators')
    const pids = validatorPids()

    process.kill(pids[2]!, 'SIGKILL')
    await until('word of the lost validator', () =>
      net.out().includes('node2 was ended by SIGKILL') ? true : null
    )
    await until('the others to go on', async () => ((await heightOf(basePort + 1)) ?? 0) > height + 2 || null)

    const [, command] = /^start it again with: npx pnyx (.*)$/m.exec(net.out()) ?? []
    expect(command).toMatch(/^start --home \S+node2 --consensus.timeout_commit=50ms$/)
    const byHand = run('src/cli/main.ts', command!.split(' '))
    await until('the lost validator to be shown again', () =>
      /node2 {2}height/.test(net.out().split('was ended by SIGKILL')[1] ?? '') ? true : null
    )

    const second = await finish(localnet())
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toMatch(/^localnet: port \d+ \(p2p of node0\) is in use: [^\n]+\n$/)

    net.child.kill('SIGINT')
    expect(await net.ended).toEqual({ code: 1, signal: null })
    stoppedAt = Number(/stopped at height (\d+)\n$/.exec(net.out())?.[1])
    expect(stoppedAt).toBeGreaterThan(height)
    expect(pids.some(isAlive)).toBe(false)
    expect(net.out()).toContain('node2 was started by hand and goes on')
    byHand.child.kill('SIGINT')
    expect(await byHand.ended).toEqual({ code: 0, signal: null })
  })

  it('goes on with the same chain, and takes its validators along even when killed', async () => {
    const before = await finish(
      run('src/cli/main.ts', ['genesis', 'hash', '--home', join(directory, 'node0')])
    )
    const net = localnet()
    await allReach(stoppedAt + 1)
    expect(net.out()).toContain('going on with the chain of 4 validators')
    expect(
      await finish(run('src/cli/main.ts', ['genesis', 'hash', '--home', join(directory, 'node0')]))
    ).toEqual(before)
    expect(net.out()).toMatch(/^node0 {2}(starting|height \d+ )/m)
    const pids = validatorPids()
    net.child.kill('SIGKILL')
    await net.ended
    await allGone(pids)
  })

  it('says why a validator does not start, and that none is left', async () => {
    const net = await finish(localnet('--app', 'nothing'))
    expect(net.code).toBe(1)
    expect(net.out).toMatch(
      /node0 stopped with exit code 1: pnyx: proxy_app = "nothing": there is no such application/
    )
    expect(net.out).toMatch(/no validator is left\n$/)
  })
})
