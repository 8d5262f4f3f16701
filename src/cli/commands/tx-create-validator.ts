import { type Command, InvalidArgumentError, Option } from 'commander'
import { createValidatorMessage } from '../../app/index.ts'
import { loadValidatorKey } from '../../config/index.ts'
import { type Fraction, fractionFromText } from '../../evidence/index.ts'
import type { CliIo } from '../cli-io.ts'
import { readConsensusKey } from '../consensus-key.ts'
import { loadSettings } from '../globals.ts'
import { readCoin, sendMessages, withSending } from '../send-tx.ts'

interface CreateOptions {
  readonly stake: string
  readonly pubKey?: string
  readonly moniker?: string
  readonly identity: string
  readonly website: string
  readonly securityContact: string
  readonly details: string
  readonly commissionRate: Fraction
  readonly commissionMaxRate: Fraction
  readonly commissionMaxChangeRate: Fraction
  readonly minSelfDelegation: bigint
}

export function addTxCreateValidatorCommand(group: Command, io: CliIo): void {
  const command = group
    .command('create-validator')
    .description(
      'become a validator: the key --from operates it, the validator key of the home signs its blocks'
    )
    .requiredOption('--stake <coin>', 'its own stake, such as 1000000upnyx')
    .option(
      '--pub-key <key>',
      'the key it signs blocks with: base64, or what `pnyx show-validator` prints (default: that of the home)'
    )
    .option('--moniker <name>', 'its name (default: that of the home)')
    .option('--identity <text>', 'such as a Keybase id', '')
    .option('--website <url>', 'of those who run it', '')
    .option('--security-contact <address>', 'whom to tell of trouble', '')
    .option('--details <text>', 'anything else', '')
    .addOption(rateOption('--commission-rate <decimal>', 'its share of the fees', '0.1'))
    .addOption(rateOption('--commission-max-rate <decimal>', 'which it will never exceed', '0.2'))
    .addOption(rateOption('--commission-max-change-rate <decimal>', 'the most it will rise a day', '0.01'))
    .addOption(
      new Option('--min-self-delegation <amount>', 'own stake below which it goes to jail')
        .argParser(amount)
        .default(1n, '1')
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ pnyx tx create-validator --stake 5000000upnyx --from alice --home ./node'
    )
  withSending(command).action(async (options: CreateOptions, self: Command) => {
    const { paths, config } = loadSettings(self, io)
    const publicKey =
      options.pubKey === undefined
        ? loadValidatorKey(paths.validatorKeyFile).publicKey
        : readConsensusKey(options.pubKey)
    const stake = readCoin(options.stake)
    const { identity, website, securityContact, details, minSelfDelegation } = options
    const moniker = options.moniker ?? config.base.moniker
    await sendMessages(self, io, ({ address, operatorAddress }) => [
      createValidatorMessage({
        delegatorAddress: address,
        validatorAddress: operatorAddress,
        publicKey,
        description: { moniker, identity, website, securityContact, details },
        commission: {
          rate: options.commissionRate,
          maxRate: options.commissionMaxRate,
          maxChangeRate: options.commissionMaxChangeRate
        },
        minSelfDelegation,
        stake
      })
    ])
  })
}

function rateOption(flags: string, description: string, usual: string): Option {
  return new Option(flags, description).argParser(rate).default(rate(usual), usual)
}

function rate(text: string): Fraction {
  const value = fractionFromText(text)
  if (value !== null) return value
  throw new InvalidArgumentError('it must be a decimal from 0 to 1, such as 0.1.')
}

function amount(text: string): bigint {
  if (/^[1-9]\d{0,37}$/.test(text)) return BigInt(text)
  throw new InvalidArgumentError('it must be a whole number above 0.')
}
