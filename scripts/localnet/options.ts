import { resolve } from 'node:path'
import { Command } from 'commander'
import { UsageError } from '../../src/cli/cli-error.ts'
import { DEFAULT_BASE_PORT, localPorts } from '../../src/cli/local-ports.ts'
import { wholeNumber } from '../../src/cli/numbers.ts'
import { TEST_NETWORK_HELP } from '../../src/cli/staking-genesis.ts'
import { parseDuration } from '../../src/config/index.ts'

const MAX_VALIDATORS = 32
const DEFAULT_VALIDATORS = 4

export interface LocalnetOptions {
  /** Null where the command line does not say. */
  readonly validators: number | null
  /** Forget the chain of the last time. */
  readonly fresh: boolean
  /** A duration as config.toml has it; null leaves what the homes say. */
  readonly timeoutCommit: string | null
  /** A built-in application; null leaves what the homes say. */
  readonly app: string | null
  /** Make a chain whose validators may be told to misbehave. */
  readonly testNetwork: boolean
  readonly basePort: number
  /** Absolute; holds one home a validator. */
  readonly directory: string
}

interface Given {
  readonly validators?: number
  readonly fresh?: boolean
  readonly timeoutCommit?: string
  readonly app?: string
  readonly testNetwork?: boolean
}

/** Reads the command line. Throws UsageError, or commander's error for --help and unknown flags. */
export function parseLocalnetOptions(args: readonly string[]): LocalnetOptions {
  const command = new Command('npm run localnet --')
    .description('Start a network of validators on this machine and watch it.')
    .option(
      '--validators <number>',
      `how many (default: ${DEFAULT_VALIDATORS}, or as many as there are)`,
      wholeNumber(1, MAX_VALIDATORS)
    )
    .option('--fresh', 'forget the chain of the last time')
    .option('--timeout-commit <duration>', 'the pause between blocks, such as 0s or 500ms')
    .option('--test-network', TEST_NETWORK_HELP)
    .option('--app <name>', 'the application that runs the transactions')
    .option(
      '--base-port <port>',
      'validator i has ports from this + 10 i on',
      wholeNumber(1, 65_535),
      DEFAULT_BASE_PORT
    )
    .option('--dir <directory>', 'where the homes are', './.localnet')
    .addHelpText('after', '\nExample:\n  $ npm run localnet -- --validators 7 --fresh --timeout-commit 0s')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse([...args], { from: 'user' })
  if (command.args.length > 0)
    throw new UsageError(`unexpected "${command.args[0]}"; --help lists the options`)
  const given = command.opts<Given>()
  const { basePort, dir } = command.opts<{ basePort: number; dir: string }>()
  const timeoutCommit = given.timeoutCommit ?? null
  if (timeoutCommit !== null && parseDuration(timeoutCommit) === null) {
    throw new UsageError(`--timeout-commit ${timeoutCommit} is no duration such as 0s, 500ms or 1s`)
  }
  const validators = given.validators ?? null
  if (localPorts(basePort, validators ?? MAX_VALIDATORS).p2p > 65_535) {
    throw new UsageError(`--base-port ${basePort} leaves too few ports above it`)
  }
  return {
    validators,
    fresh: given.fresh ?? false,
    timeoutCommit,
    app: given.app ?? null,
    testNetwork: given.testNetwork ?? false,
    basePort,
    directory: resolve(dir)
  }
}

export function validatorCount(options: LocalnetOptions): number {
  return options.validators ?? DEFAULT_VALIDATORS
}
