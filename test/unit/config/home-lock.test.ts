import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockHome } from '../../../src/config/index.ts'

let home: string
let lockFile: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pnyx-lock-'))
  lockFile = join(home, 'pnyx.lock')
})
afterEach(() => rmSync(home, { recursive: true }))

function leaveLock(holder: object): void {
  writeFileSync(lockFile, JSON.stringify({ pid: 1, host: hostname(), started: '', ...holder }))
}

/** The pid of a process that has just ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid
}

async function startContender(): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'lock-contender.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, lockFile], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  expect(await nextLine(child)).toBe('ready')
  return child
}

function nextLine(child: ChildProcess, input = ''): Promise<string> {
  return new Promise(done => {
    child.stdout?.once('data', data => done(String(data).trim()))
    if (input !== '') child.stdin?.write(input)
  })
}

describe('the lock of a home directory', () => {
  it('keeps a second one out until it is released', () => {
    const lock = lockHome(lockFile)
    expect(() => lockHome(lockFile)).toThrow(`this home is in use by process ${process.pid}`)
    lock.release()
    lock.release()
    expect(readdirSync(home)).toEqual([])
    lockHome(lockFile).release()
  })

  it('makes no home where there is none', () => {
    expect(() => lockHome(join(home, 'typo', 'pnyx.lock'))).toThrow(
      `there is no home directory ${join(home, 'typo')}`
    )
    expect(readdirSync(home)).toEqual([])
  })

  it('names a process that is running', () => {
    leaveLock({ pid: process.ppid })
    expect(() => lockHome(lockFile)).toThrow(`in use by process ${process.ppid} (${lockFile}); stop it first`)
    expect(existsSync(lockFile)).toBe(true)
  })

  it('is taken over from a process that is gone', () => {
    leaveLock({ pid: deadPid() })
    const lock = lockHome(lockFile)
    expect(JSON.parse(readFileSync(lockFile, 'utf8')).pid).toBe(process.pid)
    lock.release()
    expect(readdirSync(home)).toEqual([])
  })

  it('is taken over from an earlier process of our own pid, as containers have', () => {
    leaveLock({ pid: process.pid, started: 'an-earlier-boot:1' })
    lockHome(lockFile).release()
  })

  it.runIf(process.platform === 'linux')(
    'is taken over when the pid now belongs to a younger process',
    () => {
      leaveLock({ pid: process.ppid, started: 'an-earlier-boot:1' })
      lockHome(lockFile).release()
    }
  )

  it('of another host is left alone, since nobody here can tell whether it runs', () => {
    leaveLock({ pid: deadPid(), host: 'another-host' })
    expect(() => lockHome(lockFile)).toThrow(
      /on host another-host .*; if that host no longer runs it, delete /
    )
  })

  it.each(['', '{', '[]', '{"pid":0,"host":"","started":""}', '{"pid":"1"}'])(
    '%j is left alone, and said to be odd',
    text => {
      writeFileSync(lockFile, text)
      expect(() => lockHome(lockFile)).toThrow(`${lockFile} cannot be read: if no other pnyx process`)
    }
  )

  it('goes to one of many that want it at the same moment', async () => {
    leaveLock({ pid: deadPid() })
    const contenders = await Promise.all(Array.from({ length: 4 }, startContender))
    const answers = await Promise.all(contenders.map(contender => nextLine(contender, 'go\n')))
    for (const contender of contenders) contender.kill('SIGKILL')
    expect(answers.filter(answer => answer === 'won')).toHaveLength(1)
    const winner = contenders[answers.indexOf('won')]!
    for (const answer of answers)
      if (answer !== 'won') expect(answer).toContain(`in use by process ${winner.pid}`)
    expect(JSON.parse(readFileSync(lockFile, 'utf8')).pid).toBe(winner.pid)
    expect(readdirSync(home)).toEqual(['pnyx.lock'])
  })

  it('is not removed when it has become the lock of another', () => {
    const lock = lockHome(lockFile)
    leaveLock({ pid: process.ppid })
    lock.release()
    expect(existsSync(lockFile)).toBe(true)
  })
})
