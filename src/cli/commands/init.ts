import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { Command } from 'commander'
import {
  createFile,
  type HomePaths,
  type KeyPair,
  loadConfig,
  PUBLIC_FILE_MODE,
  resolveConfig
} from '../../config/index.ts'
import { genesisToJson } from '../../types/index.ts'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { loadGenesis } from '../genesis-file.ts'
import { homeOf } from '../globals.ts'
import { type FileReport, makeNodeFiles, requireSignState } from '../home-files.ts'
import { chooseChainId, genesisValidator, newGenesis } from '../new-genesis.ts'

const POWER = 10n

interface InitOptions {
  readonly chainId?: string
  readonly moniker?: string
}

export function addInitCommand(program: Command, io: CliIo): void {
  program
    .command('init')
    .description('make the keys, the settings and the genesis file of a chain of one validator')
    .option('--chain-id <id>', 'the name of the chain (default: test-chain- and six letters)')
    .option('--moniker <name>', 'a name for this node (default: the host name)')
    .addHelpText(
      'after',
      '\nFiles that exist are kept.\n\nExample:\n  $ pnyx init --chain-id my-chain --home ./node'
    )
    .action((options: InitOptions, command: Command) => init(homeOf(command, io), options, io))
}

function init(home: string, options: InitOptions, io: CliIo): void {
  const settings = options.moniker === undefined ? {} : { moniker: options.moniker }
  resolveConfig({ fileText: null, filePath: '', environment: {}, flags: settings })
  const { paths } = loadConfig(home, { flags: {}, environment: io.environment })
  const files = makeNodeFiles(paths, settings)
  const genesis = makeGenesis(paths, files.validatorKey, options)
  for (const { path, made } of [...files.reports, genesis.report])
    io.print(`${made ? 'made' : 'kept'} ${path}`)
  requireSignState(paths)
  io.print(`chain ${genesis.chainId}, validator ${files.validatorKey.address.toUpperCase()}`)
  io.print(`start it with: pnyx start --home ${home}`)
}

function makeGenesis(
  paths: HomePaths,
  key: KeyPair,
  options: InitOptions
): { readonly chainId: string; readonly report: FileReport } {
  const path = relative(paths.home, paths.genesisFile)
  if (existsSync(paths.genesisFile)) {
    const { chainId } = loadGenesis(paths.genesisFile).genesis
    if (options.chainId !== undefined && options.chainId !== chainId) {
      throw new CliError('REFUSED', `${paths.genesisFile} is of the chain ${chainId}, not ${options.chainId}`)
    }
    return { chainId, report: { path, made: false } }
  }
  const chainId = chooseChainId(options.chainId, 'test-chain-')
  const genesis = newGenesis({ chainId, validators: [genesisValidator(key, POWER, '')], timeMs: Date.now() })
  const made = createFile(paths.genesisFile, genesisToJson(genesis), PUBLIC_FILE_MODE)
  return { chainId, report: { path, made } }
}
