import { type Command, InvalidArgumentError, Option } from 'commander'
import { Addresses, DEFAULT_COMMISSION, type GenesisStake } from '../../app/index.ts'
import { type HomePaths, loadValidatorKey } from '../../config/index.ts'
import { addressOf } from '../../crypto/index.ts'
import type { Genesis, GenesisValidator } from '../../types/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { readConsensusKey } from '../consensus-key.ts'
import { editGenesis, requireStakingState, stakingStateOf, withStakingState } from '../edit-genesis.ts'
import { loadSettings } from '../globals.ts'
import { votingPower } from '../numbers.ts'
import { operatorOf } from '../operator-key.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'

const DEFAULT_POWER = 10n

interface AddValidatorOptions {
  readonly pubKey?: string
  readonly power?: bigint
  readonly stake?: bigint
  readonly operator?: string
  readonly name: string
  readonly output: OutputFormat
}

export function addGenesisAddValidatorCommand(group: Command, io: CliIo): void {
  const command = group
    .command('add-validator')
    .description('add a validator to the genesis file of the home')
    .option(
      '--pub-key <key>',
      'its ed25519 public key: base64, or the JSON that `pnyx show-validator` prints (default: the key of the home)'
    )
    .addOption(
      new Option('--power <number>', `its voting power (default: ${DEFAULT_POWER})`).argParser(votingPower)
    )
    .addOption(
      new Option(
        '--stake <amount>',
        'on a staking chain: its own stake, instead of the power it makes'
      ).argParser(stakeAmount)
    )
    .option(
      '--operator <address>',
      'on a staking chain: the account that operates it (default: the key `operator` of the home)'
    )
    .option('--name <text>', 'a name for people', '')
    .addHelpText(
      'after',
      '\nExample:\n  $ pnyx genesis add-validator --home ./node --stake 10000000 --name alice \\\n' +
        '      --operator pnyx1... --pub-key "$(pnyx show-validator --home ./alice)"'
    )
  withOutput(command).action((options: AddValidatorOptions, self: Command) => {
    if (options.power !== undefined && options.stake !== undefined) {
      throw new UsageError('--power and --stake: give one of them')
    }
    const added = addValidator(options, loadSettings(self, io).paths)
    printAnswer(
      io,
      options.output,
      added,
      ({ address, power, hash }) => `added ${address} with power ${power}; the genesis hash is now ${hash}`
    )
  })
}

function addValidator(options: AddValidatorOptions, paths: HomePaths) {
  let added = { address: '', power: '' }
  const hash = editGenesis(paths, genesis => {
    const validator = readValidator(options, paths, powerOf(genesis, options, paths))
    added = { address: validator.address.toUpperCase(), power: String(validator.power) }
    return withValidator(genesis, validator, options, paths)
  })
  return { file: paths.genesisFile, ...added, hash }
}

/** A commander parser for an amount of the staking coin, in its smallest unit. */
function stakeAmount(text: string): bigint {
  const amount = /^[1-9]\d{0,37}$/.test(text) ? BigInt(text) : null
  if (amount !== null) return amount
  throw new InvalidArgumentError('it must be a whole number above 0.')
}

function powerOf(genesis: Genesis, { power, stake }: AddValidatorOptions, paths: HomePaths): bigint {
  if (stake === undefined) return power ?? DEFAULT_POWER
  const { tokensPerPower } = requireStakingState(genesis, paths)
  if (stake >= tokensPerPower) return stake / tokensPerPower
  throw new UsageError(`--stake ${stake} makes no power: that takes ${tokensPerPower}`)
}

function readValidator(options: AddValidatorOptions, paths: HomePaths, power: bigint): GenesisValidator {
  const publicKey =
    options.pubKey === undefined
      ? loadValidatorKey(paths.validatorKeyFile).publicKey
      : readConsensusKey(options.pubKey)
  return { address: addressOf(publicKey), publicKey, power, name: options.name }
}

/** Adds it to the validators, and on a staking chain its stake to the state. */
function withValidator(
  genesis: Genesis,
  validator: GenesisValidator,
  options: AddValidatorOptions,
  paths: HomePaths
): Genesis {
  if (genesis.validators.some(one => one.address === validator.address)) {
    throw new CliError('REFUSED', `${validator.address.toUpperCase()} is a validator of this genesis already`)
  }
  const changed: Genesis = { ...genesis, validators: [...genesis.validators, validator] }
  const state = stakingStateOf(genesis)
  if (state === null) return changed
  const { maxValidators } = state.staking
  if (state.validators.length >= maxValidators) {
    const limit = `app_state.params.staking.max_validators is ${maxValidators}`
    throw new CliError('REFUSED', `${limit}, and there are as many validators: raise it in the file first`)
  }
  const staked: GenesisStake = {
    operator: operatorAddress(options, paths, new Addresses(state.bech32Prefix)),
    publicKey: validator.publicKey,
    moniker: validator.name,
    stake: options.stake ?? validator.power * state.tokensPerPower,
    minSelfBond: 1n,
    commission: DEFAULT_COMMISSION
  }
  return withStakingState(changed, { ...state, validators: [...state.validators, staked] })
}

/** An account address or an operator address does; without one it is the home's, if the validator is the home's too. */
function operatorAddress(
  { operator, pubKey }: AddValidatorOptions,
  paths: HomePaths,
  addresses: Addresses
): string {
  if (operator !== undefined) {
    const account = addresses.account(operator) ?? addresses.operator(operator)
    if (account !== null) return addresses.ofOperator(account)
    throw new UsageError(`--operator ${operator} is no address that begins with ${addresses.prefix}1`)
  }
  if (pubKey === undefined) return addresses.ofOperator(operatorOf(paths.home).account)
  throw new UsageError('--operator is missing: the account that is to operate the validator')
}
