import { randomBytes } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type RawValue, readRequiredFile, resolveConfig, type TcpAddress } from '../../config/index.ts'
import { peerIdFromPublicKey } from '../../network/index.ts'
import { UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { LOCAL_PORTS_PER_NODE, localPorts, localSettings } from '../local-ports.ts'
import { chooseChainId } from '../new-genesis.ts'
import { wholeNumber } from '../numbers.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { STAKING_APP, TEST_NETWORK_HELP } from '../staking-genesis.ts'
import { makeTestnet, type PlannedNode } from '../testnet-files.ts'

const MAX_VALIDATORS = 200

interface TestnetOptions {
  readonly v: number
  readonly n: number
  readonly o: string
  readonly config?: string
  readonly nodeDirPrefix: string
  readonly initialHeight: number
  readonly populatePersistentPeers: string
  readonly hostnamePrefix: string
  readonly hostnameSuffix: string
  readonly hostname: readonly string[]
  readonly startingIpAddress?: string
  readonly p2pPort: number
  readonly randomMonikers?: boolean
  readonly chainId?: string
  readonly app?: string
  readonly basePort?: number
  readonly testNetwork?: boolean
  readonly output: OutputFormat
}

export function addTestnetCommand(program: Command, io: CliIo): void {
  const command = program
    .command('testnet')
    .description('make the homes of a network: one genesis file, and each node knowing the others')
    .option('-v, --v <number>', 'validators', wholeNumber(1, MAX_VALIDATORS), 4)
    .option('-n, --n <number>', 'full nodes besides', wholeNumber(0, MAX_VALIDATORS), 0)
    .option('-o, --o <dir>', 'where the homes go', './mytestnet')
    .option('--chain-id <id>', 'the name of the chain (default: chain- and six letters)')
    .option('--app <name>', 'the application: staking, or kvstore, which has no accounts (default: staking)')
    .option('--config <file>', 'a config.toml to start from')
    .option('--node-dir-prefix <text>', 'the homes are called this and a number', 'node')
    .option('--initial-height <height>', 'of the first block', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .addOption(
      new Option('--populate-persistent-peers [true|false]', 'tell each node the addresses of the others')
        .choices(['true', 'false'])
        .default('true')
    )
    .option('--hostname-prefix <text>', 'host names: this, the number and the suffix', 'node')
    .option('--hostname-suffix <text>', 'such as .example.org', '')
    .option('--hostname <name>', 'the host names one by one; repeat it', collect, [])
    .option('--starting-ip-address <ip>', 'IPv4 addresses from this one upwards, instead of names')
    .option('--p2p-port <port>', 'where all nodes listen for peers', wholeNumber(1, 65_535), 26656)
    .option('--random-monikers', 'give every node a random name')
    .option('--test-network', TEST_NETWORK_HELP)
    .option(
      '--base-port <port>',
      `all nodes on this machine: node i has ports <port>+${LOCAL_PORTS_PER_NODE}i for peers, +1 for RPC, +4 for metrics`,
      wholeNumber(1, 65_535)
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ pnyx testnet --v 4 -o ./mytestnet --starting-ip-address 192.168.10.2'
    )
  withOutput(command).action((options: TestnetOptions) => testnet(options, io))
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function testnet(options: TestnetOptions, io: CliIo): void {
  const count = options.v + options.n
  if (options.hostname.length > 0 && options.hostname.length !== count) {
    throw new UsageError(`--hostname was given ${options.hostname.length} times for ${count} nodes`)
  }
  if (options.basePort !== undefined && localPorts(options.basePort, count).p2p > 65_535) {
    throw new UsageError(`--base-port ${options.basePort} leaves too few ports for ${count} nodes`)
  }
  const template = templateSettings(options.config)
  const nodes = Array.from({ length: count }, (_, index) => planNode(options, index, template))
  const chainId = chooseChainId(options.chainId, 'chain-')
  const made = makeTestnet({
    directory: resolve(options.o),
    chainId,
    nodes,
    validators: options.v,
    initialHeight: options.initialHeight || 1,
    app: options.app ?? String(template.proxy_app ?? STAKING_APP),
    testNetwork: options.testNetwork ?? false,
    populatePersistentPeers: options.populatePersistentPeers !== 'false',
    timeMs: Date.now(),
    peerIdOf: peerIdFromPublicKey
  })
  const answer = {
    chain_id: chainId,
    nodes: made.map(({ name, home, multiaddr, validatorKey }, index) => ({
      name,
      home,
      multiaddr,
      validator: index < options.v ? validatorKey.address.toUpperCase() : null
    }))
  }
  printAnswer(io, options.output, answer, ({ nodes: homes }) =>
    [
      ...homes.map(({ home, multiaddr }) => `${home}  ${multiaddr}`),
      `made ${count} nodes, ${options.v} of them validators; start each with: pnyx start --home DIR`
    ].join('\n')
  )
}

/** What the given config.toml says, by setting name. */
function templateSettings(path: string | undefined): Record<string, RawValue> {
  if (path === undefined) return {}
  const fileText = readRequiredFile(path, 'config file', '--config names it')
  const { settings } = resolveConfig({ fileText, filePath: path, environment: {}, flags: {} })
  const fromFile = [...settings].filter(([, { source }]) => source === 'file')
  return Object.fromEntries(fromFile.map(([name, { value }]) => [name, value]))
}

function planNode(options: TestnetOptions, index: number, template: Record<string, RawValue>): PlannedNode {
  const name = `${options.nodeDirPrefix}${index}`
  const moniker = options.randomMonikers ? randomBytes(8).toString('hex') : name
  const { basePort } = options
  if (basePort !== undefined) {
    const { reachedAt, settings } = localSettings(basePort, index)
    return { name, moniker, reachedAt, settings: { ...template, ...settings } }
  }
  const settings = {
    'p2p.laddr': `tcp://0.0.0.0:${options.p2pPort}`,
    'p2p.allow_duplicate_ip': true,
    ...template
  }
  return { name, moniker, reachedAt: addressOf(options, index), settings }
}

function addressOf(options: TestnetOptions, index: number): TcpAddress {
  const { startingIpAddress, p2pPort } = options
  const named = options.hostname[index]
  if (named !== undefined) return { host: named, port: p2pPort }
  if (startingIpAddress !== undefined) return { host: nthAddress(startingIpAddress, index), port: p2pPort }
  const host = `${options.hostnamePrefix}${index}${options.hostnameSuffix}`
  return { host: host === '' ? hostname() : host, port: p2pPort }
}

function nthAddress(first: string, index: number): string {
  if (!isIPv4(first)) throw new UsageError(`--starting-ip-address ${first} is no IPv4 address`)
  const bytes = first.split('.').map(Number)
  const last = bytes[3]! + index
  if (last > 255)
    throw new UsageError(`--starting-ip-address ${first}: too few addresses follow for that many nodes`)
  return [...bytes.slice(0, 3), last].join('.')
}
