import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { loadGenesis } from '../genesis-file.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'

export function addGenesisHashCommand(group: Command, io: CliIo): void {
  const command = group
    .command('hash')
    .description(
      'print the sha256 of the file, which must be the same on every node (`start --genesis-hash` checks it)'
    )
    .argument('[file]', 'the genesis file (default: that of the home)')
    .addHelpText('after', '\nExample:\n  $ pnyx genesis hash --home ./node')
  withOutput(command).action(
    (given: string | undefined, { output }: { output: OutputFormat }, self: Command) => {
      const file = given ?? loadSettings(self, io).paths.genesisFile
      printAnswer(io, output, { file, hash: loadGenesis(file).hash }, ({ hash }) => hash)
    }
  )
}
