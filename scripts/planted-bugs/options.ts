import { Command } from 'commander'
import { UsageError } from '../../src/cli/cli-error.ts'
import { wholeNumber } from '../../src/cli/numbers.ts'
import { PLANTED_BUGS } from './bugs.ts'
import type { PlantedBug } from './plant.ts'

export interface PlantedBugsOptions {
  readonly bugs: readonly PlantedBug[]
  /** Most seeds run for one bug. */
  readonly seeds: number
  readonly firstSeed: number
  readonly jobs: number
}

const MAX_SEEDS = 1_000_000
const MAX_JOBS = 64

/** Reads the command line. Throws UsageError, or commander's error for --help and unknown flags. */
export function parsePlantedBugsOptions(args: readonly string[]): PlantedBugsOptions {
  const command = new Command('npm run planted-bugs --')
    .description(
      'Plant known defects in a copy of the sources, one at a time, and run seeds until one fails.'
    )
    .option('--only <texts...>', 'bugs whose names hold one of these texts')
    .option('--seeds <number>', 'give a bug up after so many', wholeNumber(1, MAX_SEEDS), 400)
    .option('--first <number>', 'the first seed', wholeNumber(0, MAX_SEEDS), 1)
    .option('--jobs <number>', 'bugs hunted at once', wholeNumber(1, MAX_JOBS), 2)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse([...args], { from: 'user' })
  if (command.args.length > 0)
    throw new UsageError(`unexpected "${command.args[0]}"; --help lists the options`)
  const { only, seeds, first: firstSeed, jobs } = command.opts()
  const texts: readonly string[] = only ?? ['']
  const bugs = PLANTED_BUGS.filter(({ name }) => texts.some(text => name.includes(text)))
  if (bugs.length === 0) throw new UsageError(`--only ${texts.join(' ')}: no bug has such a name`)
  return { bugs, seeds, firstSeed, jobs }
}
