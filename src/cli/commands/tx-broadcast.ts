import { type Command, Option } from 'commander'
import { type BroadcastMode, broadcastModeOption, broadcastTx } from '../broadcast.ts'
import { UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { rpcClientOf, withNode } from '../globals.ts'
import { type OutputFormat, withOutput } from '../output.ts'

interface BroadcastOptions {
  readonly mode: BroadcastMode
  readonly encoding: 'text' | 'hex' | 'base64'
  readonly output: OutputFormat
}

export function addTxBroadcastCommand(group: Command, io: CliIo): void {
  const command = group
    .command('broadcast')
    .description('send a transaction and say what became of it')
    .argument('<tx>', 'the transaction')
    .addOption(broadcastModeOption())
    .addOption(
      new Option('--encoding <encoding>', 'how <tx> is written')
        .choices(['text', 'hex', 'base64'])
        .default('text')
    )
    .addHelpText('after', "\nExample:\n  $ pnyx tx broadcast 'name=satoshi'")
  withOutput(withNode(command)).action(async (text: string, options: BroadcastOptions, self: Command) => {
    await broadcastTx(rpcClientOf(self, io), io, decodeTx(text, options.encoding), options)
  })
}

function decodeTx(text: string, encoding: BroadcastOptions['encoding']): Uint8Array {
  if (encoding === 'text') return Buffer.from(text, 'utf8')
  const bytes = Buffer.from(text, encoding)
  if (bytes.toString(encoding) !== (encoding === 'hex' ? text.toLowerCase() : text)) {
    throw new UsageError(`the transaction is not ${encoding}`)
  }
  return bytes
}
