import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { resetSigner } from '../reset.ts'

export function addUnsafeResetPrivValidatorCommand(program: Command, io: CliIo): void {
  program
    .command('unsafe-reset-priv-validator')
    .description('forget what was signed (unsafe); blocks and state are kept')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nUnsafe: only for a key that has never signed on this chain.\n\n' +
        'Example:\n  $ pnyx unsafe-reset-priv-validator --home ./node'
    )
    .action(async (options: { yes?: boolean }, command: Command) => {
      await resetSigner(loadSettings(command, io).paths, options.yes ?? false, io)
    })
}
