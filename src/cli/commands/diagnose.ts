import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { askDiagnosis } from '../diagnosis/ask-node.ts'
import { rpcClientOf, withNode } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { diagnosisToText } from '../text/diagnosis-text.ts'

export function addDiagnoseCommand(program: Command, io: CliIo): void {
  const command = program
    .command('diagnose')
    .description('say why the chain goes on or does not: what is awaited, and from whom')
    .addHelpText(
      'after',
      '\nAny CometBFT v0.38 node can be asked; what it does not tell is left out. Asking several nodes tells more.\n\n' +
        'Example:\n  $ pnyx diagnose --node tcp://127.0.0.1:26657'
    )
  withOutput(withNode(command)).action(async (options: { output: OutputFormat }, self: Command) => {
    const answer = await askDiagnosis(rpcClientOf(self, io), Date.now)
    printAnswer(io, options.output, answer, diagnosisToText)
  })
}
