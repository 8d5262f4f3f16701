import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { removeChainData } from '../reset.ts'

export function addResetStateCommand(program: Command, io: CliIo): void {
  program
    .command('reset-state')
    .description('delete the blocks, the state and the write-ahead log; what was signed last is kept')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nThe node then syncs again from its peers. Keys, settings and the state of the signer stay.\n\n' +
        'Example:\n  $ pnyx reset-state --home ./node'
    )
    .action(async (options: { yes?: boolean }, command: Command) => {
      await removeChainData(
        loadSettings(command, io).paths,
        { resetSigner: false, yes: options.yes ?? false },
        io
      )
    })
}
