import { writeFileSync } from 'node:fs'
import { CliError } from '../src/cli/cli-error.ts'
import { processIo } from '../src/cli/cli-io.ts'
import { failureOf } from '../src/cli/exit-codes.ts'
import { ProgressBar } from '../src/cli/simulate/progress-bar.ts'
import { processRunner, type SeedOutcome } from '../src/cli/simulate/runners.ts'
import { repeatCommand } from '../src/cli/simulate/simulate-flags.ts'
import { type SweepTotals, sweep } from '../src/cli/simulate/sweep.ts'
import { optionsText, type SimRequest, violationText } from '../src/sim/index.ts'
import { figuresOf, figuresToText, MemoryCurve } from './nightly/figures.ts'
import { type NightlyOptions, parseNightlyOptions } from './nightly/options.ts'

/** Sizes of the network, one after the other. */
const VALIDATORS = [4, 5, 6, 7, 8, 9, 10]
const REPORT_EVERY_MS = 60_000

const io = processIo()

function* requests({ base, seeds }: NightlyOptions, untilMs: number): Generator<SimRequest> {
  for (let index = 0; index < (seeds ?? Number.POSITIVE_INFINITY) && performance.now() < untilMs; index++) {
    yield { seed: `${base}-${index}`, validators: VALIDATORS[index % VALIDATORS.length]! }
  }
}

/** Throws CliError with the first seed that fails. */
async function run(options: NightlyOptions): Promise<void> {
  const startedMs = performance.now()
  const memory = new MemoryCurve()
  const untilMs = startedMs + options.minutes * 60_000
  const bar = options.seeds === null ? null : new ProgressBar(process.stderr, options.seeds, startedMs)
  let toldMs = startedMs
  const onDone = (totals: SweepTotals, outcome: SeedOutcome): void => {
    memory.add(outcome)
    bar?.draw(totals.runs, `${totals.heights} heights`, performance.now())
    if ((bar !== null && process.stderr.isTTY) || performance.now() - toldMs < REPORT_EVERY_MS) return
    toldMs = performance.now()
    io.note(`${totals.runs} seeds, ${totals.heights} heights, ${totals.crashes} crashes`)
  }
  io.print(`seeds ${options.base}-0 upwards, ${VALIDATORS[0]} to ${VALIDATORS.at(-1)} validators`)
  const runners = Array.from({ length: options.jobs }, () => processRunner())
  const { totals, failure } = await sweep({ requests: requests(options, untilMs), runners, onDone })
  bar?.clear()
  const figures = figuresOf(totals, memory, performance.now() - startedMs)
  io.print(figuresToText(figures))
  const failed = failure === null ? null : told(failure)
  if (options.json !== null)
    writeFileSync(options.json, `${JSON.stringify({ ...figures, failure: failed }, null, 2)}\n`)
  if (failed !== null) throw new CliError('SIMULATION_FAILED', failed)
}

/** Seed, options, one sentence, and how to see it again. */
function told(failure: SeedOutcome): string {
  if (failure.kind === 'died') return `seed ${failure.seed}: ${failure.reason}`
  const { options, violation } = failure.report
  io.print(optionsText(options))
  const again = repeatCommand({ seed: options.seed, validators: options.powers.length })
  return `seed ${options.seed}: ${violationText(violation!)}; repeat with: ${again}`
}

try {
  await run(parseNightlyOptions(process.argv.slice(2)))
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') io.note(`simulate:nightly: ${line}`)
  process.exitCode = exitCode
}
