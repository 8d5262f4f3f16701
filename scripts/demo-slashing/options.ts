import { Command, Option } from 'commander'
import { UsageError } from '../../src/cli/cli-error.ts'

export const BEHAVIOURS = ['double-vote', 'double-proposal', 'downtime', 'amnesia'] as const
export type Behaviour = (typeof BEHAVIOURS)[number]

export interface DemoOptions {
  readonly behaviour: Behaviour
  /** Leave the homes of the validators where they are. */
  readonly keep: boolean
}

/** Reads the command line. Throws UsageError, or commander's error for --help and unknown flags. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const command = new Command('npm run demo:slashing --')
    .description('Four validators on this machine, one of which breaks the rules: watch what becomes of it.')
    .addOption(
      new Option('--behaviour <behaviour>', 'what the fourth validator does')
        .choices(BEHAVIOURS)
        .default('double-vote')
    )
    .option('--keep', 'keep the homes and logs of the validators afterwards', false)
    .addHelpText('after', '\nExample:\n  $ npm run demo:slashing -- --behaviour double-proposal')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse([...args], { from: 'user' })
  if (command.args.length > 0)
    throw new UsageError(`unexpected "${command.args[0]}"; --help lists the options`)
  return command.opts<{ behaviour: Behaviour; keep: boolean }>()
}
