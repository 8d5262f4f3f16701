import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { resetSigner, resetToText } from '../reset.ts'

export function addUnsafeResetPrivValidatorCommand(program: Command, io: CliIo): void {
  const command = program
    .command('unsafe-reset-priv-validator')
    .description('forget what was signed (unsafe); blocks and state are kept')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nUnsafe: only for a key that has never signed on this chain.\n\n' +
        'Example:\n  $ pnyx unsafe-reset-priv-validator --home ./node'
    )
  withOutput(command).action(
    async ({ yes = false, output }: { yes?: boolean; output: OutputFormat }, self: Command) => {
      printAnswer(io, output, await resetSigner(loadSettings(self, io).paths, yes, io), resetToText)
    }
  )
}
