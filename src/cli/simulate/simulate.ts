import { closeSync, openSync, writeSync } from 'node:fs'
import {
  drawOptions,
  optionsText,
  planLines,
  runSimulation,
  type SimOptions,
  type SimReport,
  type SimRequest,
  shrink,
  violationText
} from '../../sim/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import type { OutputFormat } from '../output.ts'
import { ProgressBar } from './progress-bar.ts'
import { reportToText, totalsToText } from './report-text.ts'
import { localRunner, processRunner, type SeedOutcome } from './runners.ts'
import { saveScenario } from './scenario.ts'
import type { SimulateFlags } from './simulate-flags.ts'
import { parseOptions, repeatCommand } from './simulate-flags.ts'
import { sweep } from './sweep.ts'

const MAX_SHRINK_RUNS = 400

/** One run: options first, then what came of it. */
export async function simulateOne(
  flags: SimulateFlags & { readonly seed: string },
  io: CliIo
): Promise<void> {
  const people = forPeople(io, flags.output)
  const request = requestOf(flags)
  const options = flags.options === undefined ? drawOptions(request) : parseOptions(flags.options)
  people.print(optionsText(options))
  const startedMs = performance.now()
  const report = await runTraced(options, flags.traceFile)
  people.print(`\n${reportToText(report, performance.now() - startedMs)}`)
  if (flags.output === 'json') io.print(JSON.stringify(report, null, 2))
  if (flags.save !== undefined) await saveScenario(options, flags.save, people)
  if (report.violation !== null) await fail(report, request, flags, people)
}

/** With `--output json` the answer alone goes where answers go; what people read while they wait is a note. */
function forPeople(io: CliIo, output: OutputFormat): CliIo {
  return output === 'json' ? { ...io, print: line => io.note(line) } : io
}

/** Many runs, until one fails. */
export async function simulateSweep(
  flags: SimulateFlags & { readonly seed: string; readonly seeds: number },
  io: CliIo
): Promise<void> {
  const people = forPeople(io, flags.output)
  const { seeds, jobs } = flags
  const request = requestOf(flags)
  people.print(`seeds ${seedAt(flags.seed, 0)} to ${seedAt(flags.seed, seeds - 1)}`)
  const bar = new ProgressBar(process.stderr, seeds, performance.now())
  const startedMs = performance.now()
  const { totals, failure } = await sweep({
    requests: requestsOf(request, seeds),
    runners: jobs === 1 ? [localRunner()] : Array.from({ length: jobs }, () => processRunner()),
    onDone: ({ runs, heights }) => {
      const seconds = Math.max(0.001, (performance.now() - startedMs) / 1000)
      bar.draw(runs, `${Math.round(heights / seconds)} heights a second`, performance.now())
    }
  })
  bar.clear()
  if (flags.output === 'json') io.print(JSON.stringify({ passed: totals, failure }, null, 2))
  if (failure === null) {
    people.print(totalsToText(totals, performance.now() - startedMs))
    return
  }
  people.print(`${totals.runs} seeds passed before one failed`)
  await reportFailure(failure, request, flags, people)
}

async function reportFailure(
  failure: SeedOutcome,
  request: SimRequest,
  flags: SimulateFlags,
  io: CliIo
): Promise<void> {
  if (failure.kind === 'died') {
    const again = repeatCommand(failure.request)
    throw new CliError(
      'SIMULATION_FAILED',
      `seed ${failure.request.seed}: ${failure.reason}; repeat with: ${again}`
    )
  }
  const { report } = failure
  io.print(`\n${optionsText(report.options)}`)
  if (flags.traceFile !== undefined) await runTraced(report.options, flags.traceFile)
  if (flags.save !== undefined) await saveScenario(report.options, flags.save, io)
  await fail(report, { ...request, seed: report.options.seed }, flags, io)
}

/** Says how to repeat a failure, makes it smaller if asked to, and ends the command with exit code 1. */
async function fail(report: SimReport, request: SimRequest, flags: SimulateFlags, io: CliIo): Promise<never> {
  const { violation, options } = report
  const again =
    flags.options === undefined
      ? repeatCommand(request)
      : `pnyx simulate --options '${JSON.stringify(options)}'`
  if (flags.shrink) await shrinkAndPrint(report, io)
  const sentence = violation === null ? 'nothing is broken' : violationText(violation)
  throw new CliError('SIMULATION_FAILED', `seed ${options.seed}: ${sentence}; repeat with: ${again}`)
}

async function shrinkAndPrint(report: SimReport, io: CliIo): Promise<void> {
  const bar = new ProgressBar(process.stderr, MAX_SHRINK_RUNS, performance.now())
  let runs = 0
  const smallest = await shrink(report, {
    maxRuns: MAX_SHRINK_RUNS,
    run: options => {
      bar.draw(++runs, 'shrinking', performance.now())
      return runSimulation(options)
    }
  })
  bar.clear()
  const { options, violation } = smallest
  io.print(`\nthe smallest run found that fails, of ${runs}:\n${optionsText(options)}`)
  for (const line of planLines(options)) io.print(`  ${line}`)
  if (violation !== null) io.print(violationText(violation))
  io.print(`pnyx simulate --options '${JSON.stringify(options)}'`)
}

/** Runs with every line of the trace going to a file, if one is named. */
async function runTraced(options: SimOptions, file: string | undefined): Promise<SimReport> {
  if (file === undefined) return runSimulation(options)
  const descriptor = openFile(file)
  try {
    writeSync(descriptor, `${optionsText(options)}\n\n`)
    const report = await runSimulation(options, { trace: line => writeSync(descriptor, `${line}\n`) })
    if (report.violation !== null) writeSync(descriptor, `${violationText(report.violation)}\n`)
    return report
  } finally {
    closeSync(descriptor)
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'w')
  } catch {
    throw new UsageError(`--trace ${file}: this file cannot be written`)
  }
}

function requestOf(flags: SimulateFlags & { readonly seed: string }): SimRequest {
  const { seed, validators, heights, byzantine, faults, twins, app, crypto: scheme, without } = flags
  return { seed, validators, heights, byzantine, faults, twins, app, scheme, without }
}

function* requestsOf(request: SimRequest, seeds: number): Generator<SimRequest> {
  for (let index = 0; index < seeds; index++) yield { ...request, seed: seedAt(request.seed, index) }
}

/** The seeds behind a number are the next numbers; behind a word, the word with a number. */
function seedAt(first: string, index: number): string {
  return /^\d{1,15}$/.test(first) ? String(Number(first) + index) : `${first}-${index}`
}
