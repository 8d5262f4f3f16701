import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { addGenesisAddAccountCommand } from './genesis-add-account.ts'
import { addGenesisAddValidatorCommand } from './genesis-add-validator.ts'
import { addGenesisHashCommand } from './genesis-hash.ts'
import { addGenesisValidateCommand } from './genesis-validate.ts'

export function addGenesisCommands(program: Command, io: CliIo): void {
  const group = program.command('genesis').description('work on a genesis file')
  addGenesisAddAccountCommand(group, io)
  addGenesisAddValidatorCommand(group, io)
  addGenesisValidateCommand(group, io)
  addGenesisHashCommand(group, io)
}
