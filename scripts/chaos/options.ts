import { Command } from 'commander'
import { UsageError } from '../../src/cli/cli-error.ts'
import { wholeNumber } from '../../src/cli/numbers.ts'

export interface ChaosOptions {
  readonly validators: number
  readonly kills: number
  /** The late joiner starts when the others are at this height. */
  readonly lateHeight: number
  readonly seed: string
  readonly keep: boolean
}

/** Reads the command line. Throws UsageError, or commander's error for --help and unknown flags. */
export function parseChaosOptions(args: readonly string[]): ChaosOptions {
  const command = new Command('npx tsx scripts/chaos.ts')
    .description('Kill validator processes at random, let one join late, and check that nothing was lost.')
    .option('--validators <number>', 'how many', wholeNumber(4, 32), 4)
    .option(
      '--kills <number>',
      'how many times a process is killed; 0 for none',
      wholeNumber(0, 100_000),
      100
    )
    .option(
      '--late-height <number>',
      'the late joiner starts here; 0 for none',
      wholeNumber(0, 1_000_000),
      500
    )
    .option('--seed <text>', 'chooses whom and when', String(Date.now()))
    .option('--keep', 'leave the homes and logs where they are')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse([...args], { from: 'user' })
  if (command.args.length > 0)
    throw new UsageError(`unexpected "${command.args[0]}"; --help lists the options`)
  const given = command.opts()
  return {
    validators: given.validators,
    kills: given.kills,
    lateHeight: given.lateHeight,
    seed: given.seed,
    keep: given.keep ?? false
  }
}
