import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CliError } from '../../src/cli/cli-error.ts'
import type { Invariant } from '../../src/sim/index.ts'
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
  /** The one checker that is asked, where others are sooner. */
  readonly only?: Invariant
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
/** A defect that makes a run endless is found by that: no seed takes so long otherwise, on however busy a machine. */
const MAX_SEED_MS = 180_000
const MOST_STDERR = 2000
const ROOT = resolve(import.meta.dirname, '../..')

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
      const order = JSON.stringify({ ...plan, request: bug.request ?? {}, only: bug.only })
      return { name: bug.name, ...(await this.#run(order)) }
    } finally {
      writeFileSync(path, original)
    }
  }

  close(): void {
    rmSync(this.#home, { recursive: true, force: true })
  }

  /** The hunt says a line a seed; the last one is the answer. */
  #run(order: string): Promise<Omit<PlantedResult, 'name'>> {
    // In one process: a wrapper would be killed alone, and leave the hunt behind.
    const tsx = import.meta.resolve('tsx')
    return new Promise((resolveRun, reject) => {
      const hunt = spawn(process.execPath, ['--import', tsx, join(this.#home, HUNT), order], {
        cwd: this.#home
      })
      let [said, failed, isEndless] = ['', '', false]
      const watchdog = setTimeout(() => {
        isEndless = true
        hunt.kill('SIGKILL')
      }, MAX_SEED_MS)
      hunt.stdout.on('data', data => {
        said += data
        watchdog.refresh()
      })
      hunt.stderr.on('data', data => {
        failed = `${failed}${data}`.slice(-MOST_STDERR)
      })
      hunt.on('error', reject)
      hunt.on('close', () => {
        clearTimeout(watchdog)
        const lines = said.trim().split('\n')
        const last = lines.at(-1) ?? ''
        if (last.startsWith('{')) resolveRun(JSON.parse(last))
        else if (isEndless) resolveRun(endless(lines))
        else reject(new CliError('SIMULATION_FAILED', `the hunt ended with: ${failed}`))
      })
    })
  }
}

function endless(seedsDone: readonly string[]): Omit<PlantedResult, 'name'> {
  const seeds = seedsDone.filter(line => line !== '').length + 1
  return { seeds, seed: null, invariant: 'termination', sentence: 'the run does not end' }
}
