import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { LocalHome } from './homes.ts'

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli/main.js')
const MAX_REASON_LENGTH = 2_000

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last line the process wrote about it, '' for none. */
  readonly reason: string
}

/** One validator in a process of its own. */
export interface ValidatorProcess {
  readonly name: string
  readonly pid: number | undefined
  readonly logFile: string
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<Exit>
  /** Null while it runs. */
  readonly exit: Exit | null
  kill(signal: NodeJS.Signals): void
}

/**
 * Starts `pnyx start` in the home. Its log goes to node.log there. It has a process group of its own, so that Ctrl-C
 * reaches it only through this script, and it ends by itself when this script is gone, whatever ended that.
 * `nodeOptions` are for node itself.
 */
export function startValidator(
  { name, home, flags }: Omit<LocalHome, 'command'>,
  nodeOptions: readonly string[] = []
): ValidatorProcess {
  const logFile = join(home, 'node.log')
  const log = openSync(logFile, 'a', 0o600)
  const args = [...nodeOptions, PROGRAM, 'start', '--home', home, '--stop-with-stdin', ...flags]
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', log, 'pipe'] })
  closeSync(log)
  const validator = { name, pid: child.pid, logFile, exit: null as Exit | null }
  const exited = watch(child).then(exit => {
    validator.exit = exit
    return exit
  })
  return Object.assign(validator, { exited, kill: (signal: NodeJS.Signals) => void child.kill(signal) })
}

function watch(child: ChildProcess): Promise<Exit> {
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-MAX_REASON_LENGTH)
  })
  // Writing is never tried; the pipe only tells the child that this process lives.
  child.stdin?.on('error', () => {})
  const reason = () => errors.trim().split('\n').at(-1) ?? ''
  return new Promise(done => {
    child.once('error', error => done({ code: null, signal: null, reason: error.message }))
    child.once('close', (code, signal) => done({ code, signal, reason: reason() }))
  })
}

/** What happened, in one line. */
export function describeExit({ name, logFile }: ValidatorProcess, { code, signal, reason }: Exit): string {
  const how = signal === null ? `stopped with exit code ${code}` : `was ended by ${signal}`
  return `${name} ${how}${reason === '' ? '' : `: ${reason}`} (log: ${logFile})`
}
