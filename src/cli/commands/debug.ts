import { type Command, InvalidArgumentError } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { dumpNode } from '../dump/dump-node.ts'
import { loadSettings, rpcClientOf, withNode } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'

export function addDebugCommands(program: Command, io: CliIo): void {
  const group = program.command('debug').description('collect what is needed to find out what is wrong')
  const command = group
    .command('dump')
    .description('write what a node says of itself, and what its home holds, into a new directory')
    .argument('<directory>', 'where to write; made, and refused when it exists', nonEmpty)
    .addHelpText(
      'after',
      '\nNo keys, no tokens: fit to be sent to somebody else. What cannot be had is named in errors.txt; the node need not run.\n\n' +
        'Example:\n  $ pnyx debug dump ./dump --home ./node'
    )
  withOutput(withNode(command))
  command.action(async (directory: string, { output }: { output: OutputFormat }, self: Command) => {
    const files = await dumpNode({
      directory,
      client: rpcClientOf(self, io),
      loaded: loadSettings(self, io),
      nowMs: Date.now
    })
    printAnswer(io, output, { directory, files }, () => files.map(name => `${directory}/${name}`).join('\n'))
  })
}

function nonEmpty(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('it must name a directory.')
}
