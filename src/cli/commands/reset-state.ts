import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { removeChainData, resetToText } from '../reset.ts'

export function addResetStateCommand(program: Command, io: CliIo): void {
  const command = program
    .command('reset-state')
    .description('delete the blocks, the state and the write-ahead log; what was signed last is kept')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nThe node then syncs again from its peers. Keys, settings and the state of the signer stay.\n\n' +
        'Example:\n  $ pnyx reset-state --home ./node'
    )
  withOutput(command).action(
    async ({ yes = false, output }: { yes?: boolean; output: OutputFormat }, self: Command) => {
      const { paths } = loadSettings(self, io)
      printAnswer(io, output, await removeChainData(paths, { resetSigner: false, yes }, io), resetToText)
    }
  )
}
