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

const REPORT_EVERY_MS = 60_000

const io = processIo()

function* requests({ base, seeds, validators }: NightlyOptions, untilMs: number): Generator<SimRequest> {
  for (let index = 0; index < (seeds ?? Number.POSITIVE_INFINITY) && performance.now() < untilMs; index++) {
    const size = validators?.[index % validators.length]
    yield { seed: `${base}-${index}`, ...(size !== undefined && { validators: size }) }
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
  const { base, validators } = options
  const sizes = validators === null ? 'any number of' : validators.join(', ')
  io.print(`seeds ${base}-0 upwards, ${sizes} validators`)
  const runners = Array.from({ length: options.jobs }, () => processRunner())
  const { totals, failure } = await sweep({ requests: requests(options, untilMs), runners, onDone })
  bar?.clear()
  const figures = figuresOf(totals, memory, performance.now() - startedMs)
  io.print(figuresToText(figures))
  const failed = failure === null ? null : told(failure, options)
  if (options.json !== null)
    writeFileSync(options.json, `${JSON.stringify({ ...figures, failure: failed }, null, 2)}\n`)
  if (failed !== null) throw new CliError('SIMULATION_FAILED', failed)
}

/** Seed, options, one sentence, and how to see it again. */
function told(failure: SeedOutcome, { validators }: NightlyOptions): string {
  if (failure.kind === 'died') {
    const { request, reason } = failure
    return `seed ${request.seed}: ${reason}; repeat with: ${repeatCommand(request)}`
  }
  const { options, violation } = failure.report
  const { seed, powers } = options
  io.print(optionsText(options))
  const again = repeatCommand({ seed, ...(validators !== null && { validators: powers.length }) })
  return `seed ${seed}: ${violationText(violation!)}; repeat with: ${again}`
}

try {
  await run(parseNightlyOptions(process.argv.slice(2)))
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') io.note(`simulate:nightly: ${line}`)
  process.exitCode = exitCode
}
