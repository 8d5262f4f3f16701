import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { claimPorts } from '../../../scripts/cluster/ports.ts'
import { plannedValidators, prepareHomes } from '../../../scripts/localnet/homes.ts'
import { type LocalnetOptions, parseLocalnetOptions } from '../../../scripts/localnet/options.ts'
import { readAnswers, type Snapshot } from '../../../scripts/localnet/poll.ts'
import { requireFreePorts } from '../../../scripts/localnet/ports.ts'
import { BlockInterval, renderLines, Screen } from '../../../scripts/localnet/view.ts'
import { lockHome } from '../../../src/config/index.ts'
import { parseGenesis } from '../../../src/types/index.ts'
import { temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
let count = 0

function optionsOf(change: Partial<LocalnetOptions> = {}): LocalnetOptions {
  return { ...parseLocalnetOptions([]), directory: join(directory, `net${count++}`), ...change }
}

const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  atMs: 0,
  height: 1,
  round: 0,
  step: 'propose',
  peers: 3,
  txs: 0,
  isCatchingUp: false,
  ...change
})

describe('localnet options', () => {
  it('are four validators on the usual ports unless said otherwise', () => {
    const options = parseLocalnetOptions([])
    expect(options).toMatchObject({
      validators: null,
      fresh: false,
      timeoutCommit: null,
      app: null,
      testNetwork: false,
      basePort: 26656
    })
    expect(plannedValidators(optionsOf())).toBe(4)
  })

  it('are taken from the command line', () => {
    const args = [
      '--validators',
      '7',
      '--fresh',
      '--timeout-commit',
      '0s',
      '--app',
      'noop',
      '--base-port',
      '30000'
    ]
    expect(parseLocalnetOptions(args)).toMatchObject({
      validators: 7,
      fresh: true,
      timeoutCommit: '0s',
      app: 'noop',
      basePort: 30000
    })
  })

  it.each([
    [['--validators', '0']],
    [['--timeout-commit', 'soon']],
    [['--base-port', '65530']],
    [['extra']],
    [['--unknown']]
  ])('%j is refused', args => {
    expect(() => parseLocalnetOptions(args)).toThrow()
  })
})

describe('localnet homes', () => {
  it('are made once and then found again', () => {
    const options = optionsOf({ validators: 2 })
    const first = prepareHomes(options)
    const second = prepareHomes({ ...options, validators: null })
    expect(first.made).toBe(true)
    expect(second).toEqual({ ...first, made: false })
    const genesis = parseGenesis(
      readFileSync(join(options.directory, 'node1', 'config', 'genesis.json'), 'utf8')
    )
    expect(genesis.validators).toHaveLength(2)
  })

  it('are put to their ports anew at each start', () => {
    const options = optionsOf({ validators: 2 })
    prepareHomes(options)
    const moved = prepareHomes({ ...options, basePort: 30000, timeoutCommit: '0s', app: 'noop' }).homes[1]!
      .flags
    expect(moved).toContain('--p2p.laddr=tcp://127.0.0.1:30010')
    expect(moved).toContain('--rpc.laddr=tcp://127.0.0.1:30011')
    expect(moved).toContain('--instrumentation.prometheus_listen_addr=127.0.0.1:30014')
    expect(moved).toContain('--consensus.timeout_commit=0s')
    expect(moved).toContain('--proxy_app=noop')
    expect(moved.find(flag => flag.startsWith('--p2p.persistent_peers='))).toMatch(
      /=\/ip4\/127\.0\.0\.1\/tcp\/30000\/p2p\/12D3\w+$/
    )
  })

  it('of another number of validators are not mixed', () => {
    const options = optionsOf({ validators: 2 })
    prepareHomes(options)
    expect(() => prepareHomes({ ...options, validators: 3 })).toThrow(
      'holds a chain of 2 validators, not 3: --fresh'
    )
  })

  it('of a real network are not taken for those of a test network', () => {
    const options = optionsOf({ validators: 1 })
    prepareHomes(options)
    expect(() => prepareHomes({ ...options, testNetwork: true })).toThrow('no test network: --fresh')
    expect(prepareHomes({ ...options, testNetwork: true, fresh: true }).made).toBe(true)
    expect(prepareHomes({ ...options, testNetwork: true }).made).toBe(false)
    expect(prepareHomes(options).made).toBe(false)
  })

  it('are replaced by --fresh, and nothing else is', () => {
    const options = optionsOf({ validators: 2 })
    prepareHomes(options)
    writeFileSync(join(options.directory, 'notes.txt'), '')
    mkdirSync(join(options.directory, 'other'))
    const genesisFile = join(options.directory, 'node0', 'config', 'genesis.json')
    const before = readFileSync(genesisFile, 'utf8')
    expect(prepareHomes({ ...options, validators: 1, fresh: true }).made).toBe(true)
    expect(readdirSync(options.directory).sort()).toEqual(['node0', 'notes.txt', 'other'])
    expect(readFileSync(genesisFile, 'utf8')).not.toBe(before)
  })

  it('in use are not deleted', () => {
    const options = optionsOf({ validators: 1 })
    prepareHomes(options)
    const lock = lockHome(join(options.directory, 'node0', 'pnyx.lock'))
    expect(() => prepareHomes({ ...options, fresh: true })).toThrow('in use by process')
    lock.release()
    expect(readdirSync(options.directory)).toEqual(['node0'])
  })
})

describe('localnet ports', () => {
  it('that are taken are named before anything starts', async () => {
    const base = await claimPorts(1)
    const server = createServer()
    await new Promise<void>(done => server.listen(base + 1, '127.0.0.1', done))
    await expect(requireFreePorts(base, 1)).rejects.toThrow(`port ${base + 1} (rpc of node0) is in use`)
    await new Promise(done => server.close(done))
    await requireFreePorts(base, 1)
  })
})

describe('localnet view', () => {
  it('reads what a validator answers', () => {
    const answers = [
      { id: 3, result: { round_state: { 'height/round/step': '12/1/4' } } },
      { id: 0, result: { sync_info: { latest_block_height: '11', catching_up: false } } },
      { id: 2, result: { total: '5' } },
      { id: 1, result: { n_peers: '3' } }
    ]
    expect(readAnswers(answers, 7)).toEqual({
      atMs: 7,
      height: 11,
      round: 1,
      step: 'prevote',
      peers: 3,
      txs: 5,
      isCatchingUp: false
    })
    expect(readAnswers(answers.slice(0, 2), 7)).toMatchObject({ height: 11, peers: 0, txs: 0 })
    const failed = [...answers.slice(1), { id: 3, error: { code: -32603, message: 'Internal error' } }]
    expect(readAnswers(failed, 7)).toMatchObject({ height: 11, round: 0, step: '-', peers: 3 })
    for (const wrong of [null, {}, [], [{ id: 0, result: {} }], answers.slice(2)])
      expect(readAnswers(wrong, 0)).toBeNull()
  })

  it('tells the mean time between blocks it saw whole', () => {
    const interval = new BlockInterval()
    const see = (atMs: number, height: number) => interval.add(snapshot({ atMs, height }))
    see(0, 5)
    expect(interval.meanMs).toBeNull()
    see(400, 6)
    expect(interval.meanMs).toBeNull()
    see(1400, 7)
    expect(interval.meanMs).toBe(1000)
    see(3400, 9)
    expect(interval.meanMs).toBe(1000)
    for (let t = 4000; t <= 40_000; t += 1000) see(t, 9 + t / 500)
    expect(interval.meanMs).toBe(500)
  })

  it('has one line a validator', () => {
    const url = 'http://127.0.0.1:26657'
    const lines = renderLines([
      { name: 'node0', snapshot: snapshot({ height: 12 }), blockIntervalMs: 1034, state: 'running', url },
      { name: 'node10', snapshot: null, blockIntervalMs: null, state: 'starting', url },
      { name: 'node2', snapshot: snapshot(), blockIntervalMs: null, state: 'silent', url },
      { name: 'node3', snapshot: snapshot(), blockIntervalMs: 1000, state: 'stopped', url }
    ])
    expect(lines[0]).toBe(
      `node0   height 12      round 0   propose         peers 3   txs 0      block 1.03s  ${url}`
    )
    expect(lines[1]).toMatch(/^node10 {2}starting +http/)
    expect(lines[2]).toContain('no answer')
    expect(lines[3]).toMatch(/^node3 {3}stopped +http/)
    expect(new Set(lines.map(line => line.indexOf('http'))).size).toBe(1)
  })

  it('is drawn in place on a terminal, and line after line elsewhere', () => {
    const draw = (isTTY: boolean) => {
      let text = ''
      const out = {
        isTTY,
        columns: 9,
        write: (part: string) => (text += part)
      } as unknown as NodeJS.WriteStream
      const screen = new Screen(out)
      screen.draw(['one', 'a line too long'])
      screen.say('news')
      screen.draw(['two'])
      screen.draw(['three'])
      return text
    }
    expect(draw(true)).toBe('one\na line t\n\u001b[2A\u001b[Jnews\ntwo\n\u001b[1A\u001b[Jthree\n')
    expect(draw(false)).toBe('one\na line too long\nnews\ntwo\nthree\n')
  })
})
