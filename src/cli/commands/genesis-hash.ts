import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { loadGenesis } from '../genesis-file.ts'
import { loadSettings } from '../globals.ts'

export function addGenesisHashCommand(group: Command, io: CliIo): void {
  group
    .command('hash')
    .description(
      'print the sha256 of the file, which must be the same on every node (`start --genesis-hash` checks it)'
    )
    .argument('[file]', 'the genesis file (default: that of the home)')
    .addHelpText('after', '\nExample:\n  $ pnyx genesis hash --home ./node')
    .action((file: string | undefined, _options: unknown, command: Command) => {
      io.print(loadGenesis(file ?? loadSettings(command, io).paths.genesisFile).hash)
    })
}
