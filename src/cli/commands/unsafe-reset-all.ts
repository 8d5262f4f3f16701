import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { removeChainData, resetToText } from '../reset.ts'

export function addUnsafeResetAllCommand(program: Command, io: CliIo): void {
  const command = program
    .command('unsafe-reset-all')
    .description('delete the blocks, the state, the log, and the memory of what was signed (unsafe)')
    .option('--yes', 'do not ask')
    .option(
      '--keep-addr-book',
      'taken for the sake of scripts written for CometBFT; there is no address book'
    )
    .addHelpText(
      'after',
      '\nUnsafe: on a chain that lives on, a validator that forgot what it signed can sign twice and be slashed.\n' +
        'To sync again use reset-state. Keys and settings stay; the old state of the signer is kept beside the new one.\n\n' +
        'Example:\n  $ pnyx unsafe-reset-all --home ./node'
    )
  withOutput(command).action(
    async ({ yes = false, output }: { yes?: boolean; output: OutputFormat }, self: Command) => {
      const { paths } = loadSettings(self, io)
      printAnswer(io, output, await removeChainData(paths, { resetSigner: true, yes }, io), resetToText)
    }
  )
}
