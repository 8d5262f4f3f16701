import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of the project, and all it has written. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly out: () => string
  readonly err: () => string
}

const children = new Set<ChildProcess>()
const directories: string[] = []

/** Starts a TypeScript file of the project. */
export function run(
  file: string,
  args: readonly string[],
  environment: Record<string, string> = {}
): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, file), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  children.add(child)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    err += text
  })
  const ended = new Promise<Ended>(done => {
    child.once('close', (code, signal) => {
      children.delete(child)
      done({ code, signal })
    })
  })
  return { child, ended, out: () => out, err: () => err }
}

export function pnyx(...args: string[]): Running {
  return run('src/cli/main.ts', args)
}

/** Runs a command line to its end. */
export async function finish(
  running: Running
): Promise<Ended & { readonly out: string; readonly err: string }> {
  const ended = await running.ended
  return { ...ended, out: running.out(), err: running.err() }
}

/** The first value of `look` that is neither null nor undefined; fails after a time that is never needed. */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | Promise<T | null | undefined>
): Promise<T> {
  const deadline = performance.now() + 100_000
  for (;;) {
    const value = await look()
    if (value !== null && value !== undefined) return value
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await setTimeout(50)
  }
}

/** The height a node tells over RPC, null while it does not answer. */
export async function heightOf(rpcPort: number): Promise<number | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${rpcPort}/status`)
    const { result } = (await response.json()) as { result: { sync_info: { latest_block_height: string } } }
    return Number(result.sync_info.latest_block_height)
  } catch {
    return null
  }
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-integration-'))
  directories.push(directory)
  return directory
}

/** Ends what a test left running, and removes what it wrote. */
export async function cleanUp(): Promise<void> {
  for (const child of children) child.kill('SIGKILL')
  await until('the children to end', () => (children.size === 0 ? true : null))
  for (const directory of directories.splice(0))
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
}
