import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { Command } from 'commander'
import { Addresses, DEFAULT_BECH32_PREFIX } from '../../app/index.ts'
import {
  createFile,
  type HomePaths,
  type KeyPair,
  loadConfig,
  PUBLIC_FILE_MODE,
  resolveConfig
} from '../../config/index.ts'
import { genesisToJson } from '../../types/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { loadGenesis } from '../genesis-file.ts'
import { homeOf } from '../globals.ts'
import { type FileReport, makeNodeFiles, requireSignState } from '../home-files.ts'
import { chooseChainId, genesisValidator, newGenesis } from '../new-genesis.ts'
import { operatorOf } from '../operator-key.ts'
import { newStakingAppState, plainAppState, STAKING_APP, TEST_NETWORK_HELP } from '../staking-genesis.ts'

const POWER = 10n

interface InitOptions {
  readonly chainId?: string
  readonly moniker?: string
  readonly app?: string
  readonly operator?: string
  readonly testNetwork?: boolean
}

export function addInitCommand(program: Command, io: CliIo): void {
  program
    .command('init')
    .description('make the keys, the settings and the genesis file of a chain of one validator')
    .option('--chain-id <id>', 'the name of the chain (default: test-chain- and six letters)')
    .option('--moniker <name>', 'a name for this node (default: the host name)')
    .option('--app <name>', 'the application: staking, or kvstore, which has no accounts (default: staking)')
    .option(
      '--operator <address>',
      'the account that operates the validator (default: the key `operator` of the home, which is made)'
    )
    .option('--test-network', TEST_NETWORK_HELP)
    .addHelpText(
      'after',
      '\nFiles that exist are kept.\n\nExample:\n  $ pnyx init --chain-id my-chain --home ./node'
    )
    .action((options: InitOptions, command: Command) => init(homeOf(command, io), options, io))
}

function init(home: string, options: InitOptions, io: CliIo): void {
  const settings = {
    ...(options.moniker !== undefined && { moniker: options.moniker }),
    ...(options.app !== undefined && { proxy_app: options.app })
  }
  resolveConfig({ fileText: null, filePath: '', environment: {}, flags: settings })
  const { paths, config } = loadConfig(home, { flags: {}, environment: io.environment })
  const app = options.app ?? config.base.proxyApp
  const files = makeNodeFiles(paths, settings)
  const genesis = makeGenesis(paths, files.validatorKey, { ...options, app })
  for (const { path, made } of [...files.reports, ...genesis.reports])
    io.print(`${made ? 'made' : 'kept'} ${path}`)
  requireSignState(paths)
  io.print(`chain ${genesis.chainId}, validator ${files.validatorKey.address.toUpperCase()}`)
  io.print(`start it with: pnyx start --home ${home}`)
}

function makeGenesis(
  paths: HomePaths,
  key: KeyPair,
  options: InitOptions & { readonly app: string }
): { readonly chainId: string; readonly reports: readonly FileReport[] } {
  const path = relative(paths.home, paths.genesisFile)
  if (existsSync(paths.genesisFile)) {
    const { chainId } = loadGenesis(paths.genesisFile).genesis
    if (options.chainId !== undefined && options.chainId !== chainId) {
      throw new CliError('REFUSED', `${paths.genesisFile} is of the chain ${chainId}, not ${options.chainId}`)
    }
    return { chainId, reports: [{ path, made: false }] }
  }
  const chainId = chooseChainId(options.chainId, 'test-chain-')
  const validators = [genesisValidator(key, POWER, '')]
  const operator = operatorFor(paths.home, options)
  const isTest = options.testNetwork ?? false
  const appState =
    operator === null ? plainAppState(isTest) : newStakingAppState(validators, [operator.account], isTest)
  const genesis = newGenesis({ chainId, validators, timeMs: Date.now(), appState })
  const made = createFile(paths.genesisFile, genesisToJson(genesis), PUBLIC_FILE_MODE)
  const keyFiles = (operator?.made ?? []).map(file => ({ path: file, made: true }))
  return { chainId, reports: [{ path, made }, ...keyFiles] }
}

/** Null for an application that knows no operators. */
function operatorFor(home: string, { app, operator }: InitOptions): ReturnType<typeof operatorOf> | null {
  if (app !== STAKING_APP) return null
  if (operator === undefined) return operatorOf(home)
  const account = new Addresses(DEFAULT_BECH32_PREFIX).account(operator)
  if (account !== null) return { account, made: [] }
  throw new UsageError(`--operator ${operator} is no address that begins with ${DEFAULT_BECH32_PREFIX}1`)
}
