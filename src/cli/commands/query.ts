import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { FAULT_QUERIES } from '../fault-queries.ts'
import { rpcClientOf, withNode } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { QUERIES, type Query, type QueryOptions } from '../queries.ts'
import { addStakingQueries } from './query-staking.ts'

export function addQueryCommands(program: Command, io: CliIo): void {
  const group = program.command('query').alias('q').description('ask a running node')
  for (const query of [...QUERIES, ...FAULT_QUERIES]) addQuery(group, query, io)
  addStakingQueries(group, io)
}

function addQuery(group: Command, query: Query, io: CliIo): void {
  const command = group.command(query.name).description(query.description)
  for (const [name, description] of query.args) command.argument(name, description)
  for (const option of query.options?.() ?? []) command.addOption(option)
  command.addHelpText('after', `\nExample:\n  $ pnyx query ${query.example}`)
  withOutput(withNode(command)).action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command
    const options = self.opts<QueryOptions & { output: OutputFormat }>()
    const { method, params } = query.request(self.processedArgs as (string | string[] | undefined)[], options)
    const answer = await rpcClientOf(self, io).call(method, params)
    printAnswer(io, options.output, answer, query.toText)
  })
}
