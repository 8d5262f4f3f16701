import type { Command } from 'commander'
import { createFile, formatNodeKey, generateKeyPair, SECRET_FILE_MODE } from '../../config/index.ts'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'

export function addGenNodeKeyCommand(program: Command, io: CliIo): void {
  const command = program
    .command('gen-node-key')
    .description("make this node's network key and print its id")
    .addHelpText('after', '\nExample:\n  $ pnyx gen-node-key --home ./node')
  withOutput(command).action(({ output }: { output: OutputFormat }, self: Command) => {
    const { nodeKeyFile } = loadSettings(self, io).paths
    const key = generateKeyPair()
    if (!createFile(nodeKeyFile, formatNodeKey(key), SECRET_FILE_MODE)) {
      throw new CliError('REFUSED', `${nodeKeyFile} exists; it is never replaced`)
    }
    printAnswer(io, output, { node_id: key.address, file: nodeKeyFile }, ({ node_id }) => node_id)
  })
}
