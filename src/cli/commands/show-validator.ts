import type { Command } from 'commander'
import { loadValidatorKey } from '../../config/index.ts'
import { publicKeyToAminoJson } from '../../types/index.ts'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'

export function addShowValidatorCommand(program: Command, io: CliIo): void {
  program
    .command('show-validator')
    .description("print this validator's public key, as genesis.json has it")
    .option('--address', 'print its address instead')
    .addHelpText('after', '\nExample:\n  $ pnyx show-validator --home ./node')
    .action((options: { address?: boolean }, command: Command) => {
      const key = loadValidatorKey(loadSettings(command, io).paths.validatorKeyFile)
      io.print(
        options.address ? key.address.toUpperCase() : JSON.stringify(publicKeyToAminoJson(key.publicKey))
      )
    })
}
