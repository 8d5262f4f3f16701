import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { printAnswer, toPlainText, withOutput } from '../output.ts'
import { PNYX_VERSION, PROTOCOL_VERSIONS } from '../version.ts'

export function addVersionCommand(program: Command, io: CliIo): void {
  const command = program
    .command('version')
    .description('print the version')
    .option('-v, --verbose', 'and the protocols it speaks')
    .addHelpText('after', '\nExample:\n  $ pnyx version --verbose')
  withOutput(command).action((options: { verbose?: boolean; output: 'json' | 'text' }) => {
    if (options.output === 'text' && !options.verbose) io.print(PNYX_VERSION)
    else printAnswer(io, options.output, PROTOCOL_VERSIONS, toPlainText)
  })
}
