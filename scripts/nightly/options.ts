import { Command, InvalidArgumentError } from 'commander'
import { UsageError } from '../../src/cli/cli-error.ts'
import { wholeNumber } from '../../src/cli/numbers.ts'
import { SIM_LIMITS } from '../../src/sim/index.ts'

export interface NightlyOptions {
  readonly minutes: number
  /** Most seeds; null for as many as the time allows. */
  readonly seeds: number | null
  readonly jobs: number
  /** Sizes of the network, one after the other; null for as each seed draws it. */
  readonly validators: readonly number[] | null
  /** Seeds are this text with a number behind it. */
  readonly base: string
  /** Where the figures go as JSON. */
  readonly json: string | null
}

const MAX_MINUTES = 7 * 24 * 60
const MAX_SEEDS = 100_000_000
const MAX_JOBS = 64

/** Reads the command line. Throws UsageError, or commander's error for --help and unknown flags. */
export function parseNightlyOptions(args: readonly string[]): NightlyOptions {
  const command = new Command('npm run simulate:nightly --')
    .description('Run seeds of the simulator with every kind of fault, until one fails.')
    .option('--minutes <number>', 'end after so long', wholeNumber(1, MAX_MINUTES), 60)
    .option(
      '--seeds <number>',
      'end after so many (default: only the time ends it)',
      wholeNumber(1, MAX_SEEDS)
    )
    .option('--jobs <number>', 'processes that share the seeds', wholeNumber(1, MAX_JOBS), 2)
    .option(
      '--validators <range>',
      "sizes of the network; 'any' for as each seed draws it",
      sizes,
      sizes('4-10')
    )
    .option(
      '--seed <text>',
      'seeds are this text with a number behind it',
      `night-${Date.now().toString(36)}`
    )
    .option('--json <file>', 'write the figures there as well')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse([...args], { from: 'user' })
  if (command.args.length > 0)
    throw new UsageError(`unexpected "${command.args[0]}"; --help lists the options`)
  const { minutes, seeds, jobs, validators, seed: base, json } = command.opts()
  if (!/^[\w.-]{1,50}$/.test(base)) {
    throw new UsageError(`--seed ${base}: letters, digits, '-', '.' and '_', at most 50 of them`)
  }
  return {
    minutes,
    seeds: seeds ?? null,
    jobs,
    validators: validators.length === 0 ? null : validators,
    base,
    json: json ?? null
  }
}

/** `4-10`, `7`, or `any` for none in particular. */
function sizes(text: string): readonly number[] {
  if (text === 'any') return []
  const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text)
  const from = Number(match?.[1])
  const to = Number(match?.[2] ?? from)
  if (match === null || from < 1 || to < from || to > SIM_LIMITS.validators) {
    throw new InvalidArgumentError(
      `it must be a range from 1 to ${SIM_LIMITS.validators}, as 4-10, or 'any'.`
    )
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
