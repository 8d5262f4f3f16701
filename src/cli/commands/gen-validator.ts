import type { Command } from 'commander'
import { formatValidatorKey, generateKeyPair } from '../../config/index.ts'
import type { CliIo } from '../cli-io.ts'
import { withOutput } from '../output.ts'

export function addGenValidatorCommand(program: Command, io: CliIo): void {
  const command = program
    .command('gen-validator')
    .description('print a new validator key; it is kept nowhere')
    .addHelpText('after', '\nExample:\n  $ (umask 077; pnyx gen-validator > priv_validator_key.json)')
  // A key file is JSON in any case.
  withOutput(command).action(() => io.print(formatValidatorKey(generateKeyPair())))
}
