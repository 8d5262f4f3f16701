import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'
import { drawOptions, runSimulation, type SimReport, type SimRequest } from '../../sim/index.ts'

/** What a run took of the process it ran in. */
export interface RunCosts {
  readonly cpuMs: number
  /** Memory of the process when it was over. */
  readonly rssBytes: number
}

/** What came of one seed; `died` says why there is no report. */
export type SeedOutcome =
  | { readonly kind: 'report'; readonly report: SimReport; readonly costs: RunCosts }
  | { readonly kind: 'died'; readonly request: SimRequest; readonly reason: string }

/** Runs one seed after the other. */
export interface SeedRunner {
  run(request: SimRequest): Promise<SeedOutcome>
  close(): void
}

/** A run that takes longer does not end by itself. */
const MAX_RUN_MS = 10 * 60_000

/** Runs one seed in this process. */
export async function runMeasured(request: SimRequest): Promise<SeedOutcome> {
  const before = process.cpuUsage()
  const report = await runSimulation(drawOptions(request))
  const { user, system } = process.cpuUsage(before)
  return {
    kind: 'report',
    report,
    costs: { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() }
  }
}

/** Runs seeds in this process. */
export function localRunner(): SeedRunner {
  return {
    run: runMeasured,
    close() {}
  }
}

/**
 * Runs seeds in a process of its own, so that several can run at once and none can take this one with it. `execArgv` are
 * the flags of that Node process; by default those of this one.
 */
export function processRunner(execArgv: readonly string[] = process.execArgv): SeedRunner {
  let child: ChildProcess | null = null
  const worker = join(import.meta.dirname, `worker${extname(import.meta.filename)}`)
  return {
    run: request =>
      new Promise(resolve => {
        child ??= fork(worker, [], { execArgv: [...execArgv], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
        const current = child
        let complaint = ''
        const finish = (outcome: SeedOutcome): void => {
          clearTimeout(timer)
          current.removeAllListeners()
          current.stderr?.removeAllListeners()
          resolve(outcome)
        }
        const die = (reason: string): void => {
          child = null
          finish({ kind: 'died', request, reason })
        }
        const timer = setTimeout(() => {
          current.kill('SIGKILL')
          die(`the run did not end within ${MAX_RUN_MS / 60_000} minutes`)
        }, MAX_RUN_MS)
        current.stderr?.on('data', data => {
          complaint = `${complaint}${data}`.slice(0, 2000)
        })
        current.once('exit', code => die(`its process ended with code ${code}: ${firstLine(complaint)}`))
        current.once('error', error => die(`its process could not be started: ${error.message}`))
        current.once('message', message => finish(message as SeedOutcome))
        current.send(request)
      }),
    close: () => {
      child?.disconnect()
      child = null
    }
  }
}

function firstLine(text: string): string {
  const lines = text.split('\n').map(line => line.trim())
  return lines.find(line => /error/i.test(line)) ?? lines.find(line => line !== '') ?? 'it said nothing'
}
