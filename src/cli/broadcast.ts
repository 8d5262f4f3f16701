import { Option } from 'commander'
import * as z from 'zod'
import { txHash } from '../types/index.ts'
import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { type OutputFormat, printAnswer, printable } from './output.ts'
import { readAnswer } from './read-answer.ts'
import type { RpcClient } from './rpc-client.ts'

/** What broadcast_tx_commit answers when its time is over. */
const NO_BLOCK_IN_TIME = 'timed out waiting for tx to be included in a block'

export type BroadcastMode = 'commit' | 'sync' | 'async'

const checkSchema = z.looseObject({ code: z.number().default(0), log: z.string().default('') })
const sentSchema = checkSchema.extend({ hash: z.string() })
const committedSchema = z.looseObject({
  check_tx: checkSchema,
  tx_result: checkSchema.nullish(),
  hash: z.string(),
  height: z.string()
})

export function broadcastModeOption(): Option {
  return new Option(
    '--mode <mode>',
    'wait for the block (commit), for the check (sync) or for nothing (async)'
  )
    .choices(['commit', 'sync', 'async'])
    .default('commit')
}

/** Sends a transaction and prints what became of it. Throws CliError (TX_FAILED) when the application turned it down. */
export async function broadcastTx(
  client: RpcClient,
  io: CliIo,
  tx: Uint8Array,
  { mode, output }: { readonly mode: BroadcastMode; readonly output: OutputFormat }
): Promise<void> {
  const answer = await send(client, tx, mode)
  printAnswer(io, output, answer, value => resultToText(value, mode))
  const refusal = refusalIn(answer, mode)
  if (refusal !== null) throw new CliError('TX_FAILED', refusal)
}

async function send(client: RpcClient, tx: Uint8Array, mode: BroadcastMode): Promise<unknown> {
  try {
    return await client.call(`broadcast_tx_${mode}`, { tx: Buffer.from(tx).toString('base64') })
  } catch (error) {
    if (!(error instanceof CliError) || !error.message.includes(NO_BLOCK_IN_TIME)) throw error
    const hash = txHash(tx).toUpperCase()
    const advice = `it waits and may still be in one: see \`pnyx query tx ${hash}\``
    throw new CliError('TX_FAILED', `no block took the transaction in time; ${advice}`, { cause: error })
  }
}

function resultToText(answer: unknown, mode: BroadcastMode): string {
  if (mode !== 'commit') {
    const { hash } = readAnswer(sentSchema, answer)
    return `hash ${hash}`
  }
  const { hash, height } = readAnswer(committedSchema, answer)
  return height === '0' ? `hash ${hash}` : `hash ${hash}\nheight ${height}`
}

/** Why the application turned the transaction down, or null. */
function refusalIn(answer: unknown, mode: BroadcastMode): string | null {
  if (mode !== 'commit') return failed('refused', readAnswer(sentSchema, answer))
  const { check_tx, tx_result } = readAnswer(committedSchema, answer)
  return failed('refused', check_tx) ?? (tx_result ? failed('committed, but failed', tx_result) : null)
}

function failed(what: string, { code, log }: z.infer<typeof checkSchema>): string | null {
  if (code === 0) return null
  return `the transaction was ${what}: code ${code}${log === '' ? '' : `, ${printable(log)}`}`
}
