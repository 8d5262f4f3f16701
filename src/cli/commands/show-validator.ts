import type { Command } from 'commander'
import { loadValidatorKey } from '../../config/index.ts'
import { publicKeyToAminoJson } from '../../types/index.ts'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'

export function addShowValidatorCommand(program: Command, io: CliIo): void {
  const command = program
    .command('show-validator')
    .description("print this validator's public key, as genesis.json has it")
    .option('--address', 'print its address instead')
    .addHelpText('after', '\nExample:\n  $ pnyx show-validator --home ./node')
  withOutput(command).action((options: { address?: boolean; output: OutputFormat }, self: Command) => {
    const key = loadValidatorKey(loadSettings(self, io).paths.validatorKeyFile)
    const address = key.address.toUpperCase()
    if (options.address) printAnswer(io, options.output, { address }, () => address)
    else printAnswer(io, options.output, publicKeyToAminoJson(key.publicKey), JSON.stringify)
  })
}
