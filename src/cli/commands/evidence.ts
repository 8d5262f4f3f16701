import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type ValidatorsSource, verdictToText, verifyEvidenceFile } from '../evidence/verify.ts'
import { loadGenesis } from '../genesis-file.ts'
import { rpcClientOf } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'

interface VerifyOptions {
  readonly genesis: string
  readonly validators?: string
  readonly node?: string
  readonly output: OutputFormat
}

export function addEvidenceCommands(program: Command, io: CliIo): void {
  const group = program.command('evidence').description('judge evidence of misbehaviour')
  const command = group
    .command('verify')
    .description('prove or refuse a piece of evidence, trusting no node')
    .argument('<file>', 'the evidence, as `pnyx query evidence HASH --output json` writes it')
    .requiredOption('--genesis <file>', 'the genesis file of the chain')
    .option(
      '--validators <file>',
      'the validators of that height, as `pnyx query validators HEIGHT` has them'
    )
    .option('--node <address>', 'or a node to ask for them; its answers are proved from the genesis')
    .addHelpText(
      'after',
      '\nExample:\n  $ pnyx evidence verify evidence.json --genesis genesis.json --node tcp://127.0.0.1:26657'
    )
  withOutput(command).action(async (file: string, options: VerifyOptions, self: Command) => {
    const verdict = await verifyEvidenceFile(
      file,
      loadGenesis(options.genesis).genesis,
      sourceOf(options, self, io)
    )
    printAnswer(io, options.output, verdict, verdictToText)
  })
}

function sourceOf({ validators, node }: VerifyOptions, command: Command, io: CliIo): ValidatorsSource {
  if ((validators === undefined) === (node === undefined)) {
    throw new UsageError(
      'give either --validators FILE or --node ADDRESS: the accused must be found among them'
    )
  }
  return validators === undefined
    ? { kind: 'node', client: rpcClientOf(command, io) }
    : { kind: 'file', path: validators }
}
