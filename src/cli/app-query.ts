import * as z from 'zod'
import type { AppQuestion } from '../app/index.ts'
import { CliError } from './cli-error.ts'
import { printable } from './output.ts'
import { readAnswer } from './read-answer.ts'
import type { RpcClient } from './rpc-client.ts'

const answerSchema = z.looseObject({
  response: z.looseObject({
    code: z.number().default(0),
    log: z.string().default(''),
    value: z.string().nullish()
  })
})

/** Asks the application of a node. Throws CliError (REFUSED) with what it said, or when it is another application. */
export async function askApp<A>(client: RpcClient, { path, data, read }: AppQuestion<A>): Promise<A> {
  const params = { path, data: Buffer.from(data).toString('hex') }
  const { code, log, value } = readAnswer(answerSchema, await client.call('abci_query', params)).response
  if (code !== 0) throw new CliError('REFUSED', `the application answered: ${printable(log)}`)
  try {
    return read(Buffer.from(value ?? '', 'base64'))
  } catch (cause) {
    throw new CliError('REFUSED', `the application of ${client.url} is not the staking app`, { cause })
  }
}
