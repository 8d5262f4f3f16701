import { type Command, Option } from 'commander'
import * as z from 'zod'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { rpcClientOf, withNode } from '../globals.ts'
import { type OutputFormat, printAnswer, printable, withOutput } from '../output.ts'
import { readAnswer } from '../read-answer.ts'

interface BroadcastOptions {
  readonly mode: 'commit' | 'sync' | 'async'
  readonly encoding: 'text' | 'hex' | 'base64'
  readonly output: OutputFormat
}

const checkSchema = z.looseObject({ code: z.number().default(0), log: z.string().default('') })
const sentSchema = checkSchema.extend({ hash: z.string() })
const committedSchema = z.looseObject({
  check_tx: checkSchema,
  tx_result: checkSchema.nullish(),
  hash: z.string(),
  height: z.string()
})

export function addTxBroadcastCommand(group: Command, io: CliIo): void {
  const command = group
    .command('broadcast')
    .description('send a transaction and say what became of it')
    .argument('<tx>', 'the transaction')
    .addOption(
      new Option('--mode <mode>', 'wait for the block (commit), for the check (sync) or for nothing (async)')
        .choices(['commit', 'sync', 'async'])
        .default('commit')
    )
    .addOption(
      new Option('--encoding <encoding>', 'how <tx> is written')
        .choices(['text', 'hex', 'base64'])
        .default('text')
    )
    .addHelpText('after', "\nExample:\n  $ pnyx tx broadcast 'name=satoshi'")
  withOutput(withNode(command)).action(async (text: string, options: BroadcastOptions, self: Command) => {
    const tx = Buffer.from(decodeTx(text, options.encoding)).toString('base64')
    const answer = await rpcClientOf(self, io).call(`broadcast_tx_${options.mode}`, { tx })
    printAnswer(io, options.output, answer, value => resultToText(value, options.mode))
    const refusal = refusalIn(answer, options.mode)
    if (refusal !== null) throw new CliError('TX_FAILED', refusal)
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

function resultToText(answer: unknown, mode: BroadcastOptions['mode']): string {
  if (mode !== 'commit') {
    const { hash } = readAnswer(sentSchema, answer)
    return `hash ${hash}`
  }
  const { hash, height } = readAnswer(committedSchema, answer)
  return height === '0' ? `hash ${hash}` : `hash ${hash}\nheight ${height}`
}

/** Why the application turned the transaction down, or null. */
function refusalIn(answer: unknown, mode: BroadcastOptions['mode']): string | null {
  if (mode !== 'commit') return failed('refused', readAnswer(sentSchema, answer))
  const { check_tx, tx_result } = readAnswer(committedSchema, answer)
  return failed('refused', check_tx) ?? (tx_result ? failed('committed, but failed', tx_result) : null)
}

function failed(what: string, { code, log }: z.infer<typeof checkSchema>): string | null {
  if (code === 0) return null
  return `the transaction was ${what}: code ${code}${log === '' ? '' : `, ${printable(log)}`}`
}
