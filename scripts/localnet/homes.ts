import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { isTestNetwork } from '../../src/app/index.ts'
import { CliError } from '../../src/cli/cli-error.ts'
import { loadGenesis } from '../../src/cli/genesis-file.ts'
import { localSettings } from '../../src/cli/local-ports.ts'
import { chooseChainId } from '../../src/cli/new-genesis.ts'
import { STAKING_APP } from '../../src/cli/staking-genesis.ts'
import { makeTestnet } from '../../src/cli/testnet-files.ts'
import { type HomePaths, loadConfig, loadNodeKey, lockHome, peerMultiaddr } from '../../src/config/index.ts'
import { peerIdFromPublicKey } from '../../src/network/index.ts'
import { type LocalnetOptions, validatorCount } from './options.ts'

export interface LocalHome {
  readonly name: string
  readonly home: string
  /** Flags of `pnyx start` that put it to its place in this network. */
  readonly flags: readonly string[]
  /** Starts it alone, by hand: only what differs from its config.toml is a flag; the others dial it. */
  readonly command: string
}

export interface LocalHomes {
  readonly homes: readonly LocalHome[]
  /** False when the chain of the last time goes on. */
  readonly made: boolean
}

const PEERS = 'p2p.persistent_peers'
const HOME_NAME = /^node(\d+)$/

/** Makes the homes of the network, or finds those of the last time. Throws CliError when they do not fit the options. */
export function prepareHomes(options: LocalnetOptions): LocalHomes {
  if (options.fresh) removeHomes(options.directory)
  const found = homeNames(options.directory)
  if (found.length === 0) {
    makeHomes(options)
    return { homes: withFlags(options, homeNames(options.directory)), made: true }
  }
  if (options.validators !== null && options.validators !== found.length) {
    throw new CliError(
      'REFUSED',
      `${options.directory} holds a chain of ${found.length} validators, not ${options.validators}: --fresh starts a new one`
    )
  }
  if (options.testNetwork && !isTestNetwork(genesisOf(options.directory, found[0]!))) {
    throw new CliError(
      'REFUSED',
      `${options.directory} holds a chain that is no test network: --fresh starts a new one`
    )
  }
  return { homes: withFlags(options, found), made: false }
}

/** How many validators a start with these options will have. */
export function plannedValidators(options: LocalnetOptions): number {
  const found = options.fresh ? 0 : homeNames(options.directory).length
  return found === 0 ? validatorCount(options) : found
}

function homeNames(directory: string): readonly string[] {
  if (!existsSync(directory)) return []
  const numbers = readdirSync(directory).flatMap(name => HOME_NAME.exec(name)?.[1] ?? [])
  return numbers
    .map(Number)
    .sort((a, b) => a - b)
    .map(number => `node${number}`)
}

/** Nothing is deleted while one of the homes is in use, and nothing but homes. */
function removeHomes(directory: string): void {
  const names = homeNames(directory)
  for (const name of names) lockHome(pathsOf(directory, name).lockFile).release()
  for (const name of names) rmSync(join(directory, name), { recursive: true, force: true })
}

function genesisOf(directory: string, name: string): string {
  return loadGenesis(pathsOf(directory, name).genesisFile).genesis.appState
}

function pathsOf(directory: string, name: string): HomePaths {
  return loadConfig(join(directory, name)).paths
}

function makeHomes(options: LocalnetOptions): void {
  const count = validatorCount(options)
  const nodes = Array.from({ length: count }, (_, index) => {
    const name = `node${index}`
    return { name, moniker: name, ...localSettings(options.basePort, index) }
  })
  makeTestnet({
    directory: options.directory,
    chainId: chooseChainId(undefined, 'localnet-'),
    nodes,
    validators: count,
    initialHeight: 1,
    app: options.app ?? STAKING_APP,
    testNetwork: options.testNetwork,
    populatePersistentPeers: true,
    timeMs: Date.now(),
    peerIdOf: peerIdFromPublicKey
  })
}

/** Ports and peers are given anew at each start, so that --base-port can move a chain. */
function withFlags(options: LocalnetOptions, names: readonly string[]): readonly LocalHome[] {
  const nodes = names.map((name, index) => {
    const { nodeKeyFile } = pathsOf(options.directory, name)
    const { reachedAt, settings } = localSettings(options.basePort, index)
    const peerId = peerIdFromPublicKey(loadNodeKey(nodeKeyFile).publicKey.bytes)
    return {
      name,
      home: join(options.directory, name),
      settings,
      multiaddr: peerMultiaddr(reachedAt, peerId)
    }
  })
  return nodes.map(({ name, home, settings, multiaddr }) => {
    const others = nodes.map(node => node.multiaddr).filter(address => address !== multiaddr)
    const flags: Record<string, string> = { [PEERS]: others.join(',') }
    for (const [setting, value] of Object.entries(settings)) flags[setting] = String(value)
    if (options.timeoutCommit !== null) flags['consensus.timeout_commit'] = options.timeoutCommit
    if (options.app !== null) flags.proxy_app = options.app
    const asFlag = (setting: string) => `--${setting}=${flags[setting]}`
    const { settings: configured } = loadConfig(home)
    const different = Object.keys(flags).filter(
      setting => setting !== PEERS && flags[setting] !== String(configured.get(setting)?.value)
    )
    const command = ['npx pnyx start --home', relative('.', home), ...different.map(asFlag)].join(' ')
    return { name, home, flags: Object.keys(flags).map(asFlag), command }
  })
}
