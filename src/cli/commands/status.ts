import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { rpcClientOf, withNode } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { statusToText } from '../text/status-text.ts'

export function addStatusCommand(program: Command, io: CliIo): void {
  const command = program
    .command('status')
    .description('print where a running node is')
    .addHelpText('after', '\nExample:\n  $ pnyx status --node tcp://127.0.0.1:26657')
  withOutput(withNode(command)).action(async (options: { output: OutputFormat }, self: Command) => {
    const answer = await rpcClientOf(self, io).call('status')
    printAnswer(io, options.output, answer, statusToText)
  })
}
