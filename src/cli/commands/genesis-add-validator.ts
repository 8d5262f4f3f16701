import { existsSync, readdirSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { type HomePaths, loadValidatorKey, PUBLIC_FILE_MODE, replaceFile } from '../../config/index.ts'
import { addressOf } from '../../crypto/index.ts'
import {
  type Genesis,
  type GenesisValidator,
  genesisToJson,
  type PublicKey,
  parseGenesis,
  publicKeyFromAminoJson
} from '../../types/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { loadGenesis } from '../genesis-file.ts'
import { loadSettings } from '../globals.ts'
import { votingPower } from '../numbers.ts'

const ED25519_TYPE = 'tendermint/PubKeyEd25519'

interface AddValidatorOptions {
  readonly pubKey?: string
  readonly power: bigint
  readonly name: string
}

export function addGenesisAddValidatorCommand(group: Command, io: CliIo): void {
  group
    .command('add-validator')
    .description('add a validator to the genesis file of the home')
    .option(
      '--pub-key <key>',
      'its ed25519 public key: base64, or the JSON that `pnyx show-validator` prints (default: the key of the home)'
    )
    .addOption(new Option('--power <number>', 'its voting power').argParser(votingPower).default(10n, '10'))
    .option('--name <text>', 'a name for people', '')
    .addHelpText(
      'after',
      '\nExample:\n  $ pnyx genesis add-validator --home ./node --power 10 --name alice \\\n' +
        '      --pub-key "$(pnyx show-validator --home ./alice)"'
    )
    .action((options: AddValidatorOptions, command: Command) => {
      const { paths } = loadSettings(command, io)
      const validator = readValidator(options, paths)
      const hash = addValidator(paths, validator)
      io.print(
        `added ${validator.address.toUpperCase()} with power ${validator.power}; the genesis hash is now ${hash}`
      )
    })
}

function readValidator(options: AddValidatorOptions, paths: HomePaths): GenesisValidator {
  const publicKey =
    options.pubKey === undefined
      ? loadValidatorKey(paths.validatorKeyFile).publicKey
      : readPublicKey(options.pubKey)
  return { address: addressOf(publicKey), publicKey, power: options.power, name: options.name }
}

/** The base64 of an ed25519 key, or JSON with the type beside it. */
function readPublicKey(text: string): PublicKey {
  const json = text.trim().startsWith('{') ? parseJson(text) : { type: ED25519_TYPE, value: text.trim() }
  const key = publicKeyFromAminoJson(json)
  if (key !== null) return key
  throw new UsageError('--pub-key must be 32 bytes of base64, or the JSON that `pnyx show-validator` prints')
}

function parseJson(text: string): { readonly type?: unknown; readonly value?: unknown } {
  try {
    return JSON.parse(text) as { type?: unknown; value?: unknown }
  } catch {
    throw new UsageError('--pub-key starts like JSON and is none')
  }
}

/** Returns the new hash of the file. A chain that has blocks cannot get another genesis. */
function addValidator(paths: HomePaths, validator: GenesisValidator): string {
  const { genesis } = loadGenesis(paths.genesisFile)
  if (hasChainData(paths)) {
    throw new CliError(
      'REFUSED',
      `${paths.dataDirectory} has blocks of this chain: its genesis cannot change any more (validators join by the application)`
    )
  }
  if (genesis.validators.some(one => one.address === validator.address)) {
    throw new CliError('REFUSED', `${validator.address.toUpperCase()} is a validator of this genesis already`)
  }
  const changed: Genesis = { ...genesis, validators: [...genesis.validators, validator] }
  const text = genesisToJson(changed)
  parseGenesis(text)
  replaceFile(paths.genesisFile, text, PUBLIC_FILE_MODE)
  return loadGenesis(paths.genesisFile).hash
}

/** A new home has nothing in its data directory but the state of the signer. */
function hasChainData(paths: HomePaths): boolean {
  if (!existsSync(paths.dataDirectory)) return false
  return readdirSync(paths.dataDirectory, { withFileTypes: true }).some(entry => entry.isDirectory())
}
