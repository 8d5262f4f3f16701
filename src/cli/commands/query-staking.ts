import type { Command } from 'commander'
import { Addresses, askChain } from '../../app/index.ts'
import { askApp } from '../app-query.ts'
import type { CliIo } from '../cli-io.ts'
import { homeOf, rpcClientOf, withNode } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { accountNamed } from '../send-tx.ts'
import { accountToText, askAccountOverview, askOperators, operatorsToText } from '../staking-queries.ts'

interface Options {
  readonly output: OutputFormat
}

/** Questions to the staking application that people ask. */
export function addStakingQueries(group: Command, io: CliIo): void {
  const account = group
    .command('account')
    .description('print coins and stake of an account')
    .argument('<account>', 'an address, or a key of the home')
    .addHelpText('after', '\nExample:\n  $ pnyx query account alice')
  withOutput(withNode(account)).action(async (text: string, { output }: Options, self: Command) => {
    const client = rpcClientOf(self, io)
    const chain = await askApp(client, askChain())
    const addresses = new Addresses(chain.bech32_prefix)
    const address = accountNamed(text, { addresses, home: homeOf(self, io) })
    printAnswer(io, output, await askAccountOverview(client, address, chain.bond_denom), accountToText)
  })

  const operators = group
    .command('operators')
    .description('print who operates validators, and the stake with each')
    .addHelpText('after', '\nExample:\n  $ pnyx query operators')
  withOutput(withNode(operators)).action(async ({ output }: Options, self: Command) => {
    printAnswer(io, output, await askOperators(rpcClientOf(self, io)), operatorsToText)
  })
}
