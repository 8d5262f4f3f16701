import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { addTxAccountCommands } from './tx-account.ts'
import { addTxBroadcastCommand } from './tx-broadcast.ts'
import { addTxCreateValidatorCommand } from './tx-create-validator.ts'

export function addTxCommands(program: Command, io: CliIo): void {
  const group = program.command('tx').description('send transactions')
  addTxAccountCommands(group, io)
  addTxCreateValidatorCommand(group, io)
  addTxBroadcastCommand(group, io)
}
