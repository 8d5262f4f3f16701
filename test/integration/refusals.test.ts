import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterNode, PROGRAM } from '../../scripts/cluster/cluster.ts'
import { LevelKeyValueStore } from '../../src/blockstore/index.ts'
import { cleanUp, makeCluster, START_MS, temporaryDirectory } from './support/cluster-bed.ts'

const LOCK = 'pnyx.lock'

interface Refusal {
  readonly code: number | null
  readonly error: string
}

let node: ClusterNode
let other: ClusterNode

/** Two chains of one validator each, with some blocks, both stopped. */
beforeAll(async () => {
  const chains = await Promise.all([1, 2].map(() => makeCluster({ validators: 1, flags: [] })))
  ;[node, other] = chains.map(({ nodes }) => nodes[0]!) as [ClusterNode, ClusterNode]
  const flags = ['--consensus.timeout_commit=10ms']
  node.start(flags)
  other.start(flags)
  await Promise.all([node.reach(3, START_MS), other.reach(3, START_MS)])
  await Promise.all([node.end('SIGTERM'), other.end('SIGTERM')])
})
afterAll(cleanUp)

/** Starts the node in `home` and expects that it ends by itself. */
function start(home: string, ...flags: string[]): Promise<Refusal> {
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [PROGRAM, 'start', '--home', home, ...flags],
      { timeout: START_MS, killSignal: 'SIGKILL' },
      (failure, _out, error) => {
        const code = failure === null ? 0 : failure.code
        resolve({ code: typeof code === 'number' ? code : null, error })
      }
    )
  })
}

/** What is in the home, without the database's own files, which it rewrites whenever it is opened. */
function contents(home: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visit = (directory: string): void => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name)
      if (name === 'chain.db' || name === 'node.log' || name === LOCK) continue
      if (statSync(path).isDirectory()) visit(path)
      else found.set(relative(home, path), createHash('sha256').update(readFileSync(path)).digest('hex'))
    }
  }
  visit(home)
  return found
}

function copyOf(home: string): string {
  const copy = join(temporaryDirectory(), 'home')
  cpSync(home, copy, { recursive: true })
  return copy
}

async function expectRefusal(home: string, reason: RegExp, ...flags: string[]): Promise<void> {
  const before = contents(home)
  const { code, error } = await start(home, ...flags)
  expect(error).toMatch(/^pnyx: [^\n]+\n$/)
  expect(error).toMatch(reason)
  expect(code).toBe(1)
  expect(contents(home)).toEqual(before)
  expect(existsSync(join(home, LOCK))).toBe(false)
}

describe('a node that must not start says why, exits with 1, and writes and signs nothing', () => {
  it('on the data directory of another chain', async () => {
    const home = copyOf(node.home)
    rmSync(join(home, 'data', 'chain.db'), { recursive: true })
    cpSync(join(other.home, 'data', 'chain.db'), join(home, 'data', 'chain.db'), { recursive: true })
    await expectRefusal(
      home,
      /belongs to a chain with another genesis file \(sha256 [0-9a-f]{64}, not [0-9a-f]{64}\)/
    )
  })

  it('without the state of its signer', async () => {
    const home = copyOf(node.home)
    rmSync(join(home, 'data', 'priv_validator_state.json'))
    await expectRefusal(home, /priv_validator_state\.json is missing/)
  })

  it('asked to break the rules of a chain where something is at stake', async () => {
    const home = copyOf(node.home)
    await expectRefusal(home, /--byzantine is for test networks alone/, '--byzantine=double-vote@10')
  })

  it('while another process has its database open', async () => {
    const home = copyOf(node.home)
    const path = join(home, 'data', 'chain.db')
    const store = await LevelKeyValueStore.open({ path })
    try {
      await expectRefusal(home, /another process is using .*chain\.db/)
    } finally {
      await store.close()
    }
  })
})

const DISK_BYTES = 8 * 1024 * 1024
/** Left on the disk: room for some heights, and not for many. */
const FREE_BYTES = 600_000

/** Where a small disk is mounted; null where this user may not mount one. */
function mountSmallDisk(): string | null {
  const directory = temporaryDirectory()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', directory], {
      stdio: 'ignore'
    })
    return directory
  } catch {
    return null
  }
}

const disk = mountSmallDisk()
if (disk === null) console.log('the test of a full disk needs the right to mount one')
// Of the file, not of its test: also when nothing came so far, and before the directory is removed.
else afterAll(() => void execFileSync('umount', [disk]))

describe.skipIf(disk === null)('a node whose disk is full', () => {
  it('stops with one clear line, and goes on where it was when there is room again', async () => {
    const home = join(disk!, 'home')
    const filler = join(disk!, 'filler')
    cpSync(node.home, home, { recursive: true })
    const { bavail, bsize } = statfsSync(disk!)
    writeFileSync(filler, Buffer.alloc(bavail * bsize - FREE_BYTES, 1))
    const { code, error } = await start(home, '--consensus.timeout_commit=0s')
    expect(error).toMatch(/^pnyx: [^\n]*no space left[^\n]*\n$/)
    expect(code).toBe(1)
    rmSync(filler)

    const signed = JSON.parse(readFileSync(join(home, 'data', 'priv_validator_state.json'), 'utf8'))
    const height = Number(signed.height)
    expect(height).toBeGreaterThan(3)
    rmSync(node.home, { recursive: true })
    cpSync(home, node.home, { recursive: true })
    node.start(['--consensus.timeout_commit=10ms'])
    await node.reach(height + 2, START_MS)
    await node.end('SIGTERM')
    expect(node.lastExit).toEqual({ code: 0, signal: null, reason: '' })
  })
})
