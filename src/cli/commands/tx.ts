import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { addTxBroadcastCommand } from './tx-broadcast.ts'

export function addTxCommands(program: Command, io: CliIo): void {
  const group = program.command('tx').description('send transactions')
  addTxBroadcastCommand(group, io)
}
