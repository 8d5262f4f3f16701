import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CliError } from '../../src/cli/cli-error.ts'
import { assert } from '../../src/util/index.ts'

/** A defect of one line, as a change of the source. */
export interface PlantedBug {
  readonly name: string
  /** In src. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** What the runs need to have a chance of meeting it; by default everything is drawn. */
  readonly request?: Readonly<Record<string, unknown>>
}

/** What the simulator made of a bug. */
export interface PlantedResult {
  readonly name: string
  /** Seeds run until one failed; null when none did. */
  readonly seeds: number | null
  readonly seed: string | null
  readonly invariant: string | null
  readonly sentence: string
}

const HUNT = 'scripts/planted-bugs/hunt.ts'
/** A defect that makes a run endless is found by that. */
const MAX_HUNT_MS = 600_000
const ROOT = resolve(import.meta.dirname, '../..')

const ENDLESS = JSON.stringify({
  seeds: 1,
  seed: null,
  invariant: 'termination',
  sentence: 'the run does not end'
})

/** A copy of the sources in which defects can be planted, one at a time. */
export class Nursery {
  readonly #home = mkdtempSync(join(tmpdir(), 'pnyx-planted-'))

  constructor() {
    cpSync(join(ROOT, 'src'), join(this.#home, 'src'), { recursive: true })
    mkdirSync(join(this.#home, 'scripts/planted-bugs'), { recursive: true })
    cpSync(join(ROOT, HUNT), join(this.#home, HUNT))
    writeFileSync(join(this.#home, 'package.json'), JSON.stringify({ type: 'module' }))
    symlinkSync(join(ROOT, 'node_modules'), join(this.#home, 'node_modules'))
  }

  /** Plants the bug, runs seeds until one fails, and takes the bug out again. */
  async hunt(
    bug: PlantedBug,
    plan: { readonly seeds: number; readonly firstSeed: number }
  ): Promise<PlantedResult> {
    const path = join(this.#home, 'src', bug.file)
    const original = readFileSync(path, 'utf8')
    const planted = original.split(bug.find)
    const count = planted.length - 1
    assert(count === 1, `${bug.name}: ${bug.file} holds the text ${count} times, not once`)
    writeFileSync(path, planted.join(bug.replace))
    try {
      const order = JSON.stringify({ ...plan, request: bug.request ?? {} })
      const answer = JSON.parse(await this.#run(order)) as Omit<PlantedResult, 'name'>
      return { name: bug.name, ...answer }
    } finally {
      writeFileSync(path, original)
    }
  }

  close(): void {
    rmSync(this.#home, { recursive: true, force: true })
  }

  #run(order: string): Promise<string> {
    const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs')
    return new Promise((resolveRun, reject) => {
      execFile(
        process.execPath,
        [tsx, join(this.#home, HUNT), order],
        { cwd: this.#home, maxBuffer: 10_000_000, timeout: MAX_HUNT_MS, killSignal: 'SIGKILL' },
        (error, stdout, stderr) => {
          const line = stdout.trim().split('\n').at(-1) ?? ''
          if (line.startsWith('{')) resolveRun(line)
          else if (error?.killed) resolveRun(ENDLESS)
          else
            reject(
              new CliError('SIMULATION_FAILED', `the hunt ended with: ${stderr.slice(-500)}`, {
                cause: error
              })
            )
        }
      )
    })
  }
}
