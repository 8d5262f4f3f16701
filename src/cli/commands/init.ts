import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { Command } from 'commander'
import { Addresses, DEFAULT_BECH32_PREFIX } from '../../app/index.ts'
import {
  createFile,
  type HomePaths,
  type KeyPair,
  loadConfig,
  loadNodeKey,
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
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { newStakingAppState, plainAppState, STAKING_APP, TEST_NETWORK_HELP } from '../staking-genesis.ts'

const POWER = 10n

interface InitOptions {
  readonly chainId?: string
  readonly moniker?: string
  readonly app?: string
  readonly operator?: string
  readonly testNetwork?: boolean
  readonly output: OutputFormat
}

interface InitAnswer {
  readonly home: string
  readonly chain_id: string
  readonly validator: string
  readonly node_id: string
  readonly made: readonly string[]
  readonly kept: readonly string[]
}

export function addInitCommand(program: Command, io: CliIo): void {
  const command = program
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
  withOutput(command).action((options: InitOptions, self: Command) => {
    printAnswer(io, options.output, init(homeOf(self, io), options, io), toText)
  })
}

function toText({ home, chain_id: chain, validator, made, kept }: InitAnswer): string {
  return [
    ...made.map(path => `made ${path}`),
    ...kept.map(path => `kept ${path}`),
    `chain ${chain}, validator ${validator}`,
    `start it with: pnyx start --home ${home}`
  ].join('\n')
}

function init(home: string, options: InitOptions, io: CliIo): InitAnswer {
  const settings = {
    ...(options.moniker !== undefined && { moniker: options.moniker }),
    ...(options.app !== undefined && { proxy_app: options.app })
  }
  resolveConfig({ fileText: null, filePath: '', environment: {}, flags: settings })
  const { paths, config } = loadConfig(home, { flags: {}, environment: io.environment })
  const app = options.app ?? config.base.proxyApp
  const files = makeNodeFiles(paths, settings)
  const genesis = makeGenesis(paths, files.validatorKey, { ...options, app })
  const reports = [...files.reports, ...genesis.reports]
  requireSignState(paths)
  return {
    home,
    chain_id: genesis.chainId,
    validator: files.validatorKey.address.toUpperCase(),
    node_id: loadNodeKey(paths.nodeKeyFile).address,
    made: reports.filter(({ made }) => made).map(({ path }) => path),
    kept: reports.filter(({ made }) => !made).map(({ path }) => path)
  }
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
