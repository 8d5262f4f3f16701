import { type Command, Option } from 'commander'
import {
  ConfigError,
  homeDirectory,
  type LoadedConfig,
  loadConfig,
  parseTcpAddress,
  SECTIONS,
  type Section,
  settingName,
  tcpAddressToHttpUrl
} from '../config/index.ts'
import { UsageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { makeRpcClient, type RpcClient } from './rpc-client.ts'

/** Flags every command takes. */
export function addGlobalFlags(program: Command): void {
  program
    .option('--home <dir>', 'the home directory of the node (default: $PNYX_HOME or ~/.pnyx)')
    .option('--log_level <levels>', 'what is logged: info, or one a module as in "consensus:debug,*:error"')
    .option('--log_format <format>', 'plain or json')
    .option('--trace', 'print where an error came from')
}

export function homeOf(command: Command, io: CliIo): string {
  return homeDirectory(command.optsWithGlobals<{ home?: string }>().home, io.environment)
}

const HELPFUL = new Set([
  'moniker',
  'proxy_app',
  'rpc.laddr',
  'p2p.laddr',
  'p2p.external_address',
  'p2p.persistent_peers',
  'consensus.timeout_commit',
  'consensus.create_empty_blocks',
  'consensus.double_sign_check_height',
  'instrumentation.prometheus'
])

/**
 * Makes every key of config.toml a flag of `command`, those of CometBFT that do nothing here too: scripts give them. Only
 * the most used are shown in its help.
 */
export function addSettingFlags(command: Command): void {
  for (const section of Object.values<Section>(SECTIONS)) {
    for (const field of Object.values(section.fields)) {
      const name = settingName(section.table, field.key)
      if (name === 'log_level' || name === 'log_format') continue
      const option = new Option(
        `--${name} ${field.kind === 'boolean' ? '[true|false]' : '<value>'}`,
        field.comment
      )
      command.addOption(HELPFUL.has(name) ? option : option.hideHelp())
    }
    for (const { key, reason, usual } of section.withoutEffect) {
      const value = typeof usual === 'boolean' ? '[true|false]' : '<value>'
      const option = new Option(`--${settingName(section.table, key)} ${value}`, `no effect: ${reason}`)
      command.addOption(option.hideHelp())
    }
  }
}

/** What is said of settings by flags, by name, for `resolveConfig`. */
export function settingFlags(command: Command): Record<string, string> {
  const values = command.optsWithGlobals<Record<string, unknown>>()
  const flags: Record<string, string> = {}
  for (const section of Object.values<Section>(SECTIONS)) {
    for (const { key } of [...Object.values(section.fields), ...section.withoutEffect]) {
      const name = settingName(section.table, key)
      const value = values[attributeOf(name)]
      if (value !== undefined) flags[name] = String(value)
    }
  }
  return flags
}

/** The name under which commander keeps an option's value. */
function attributeOf(name: string): string {
  return new Option(`--${name}`).attributeName()
}

/** The node's settings by flags, environment, config.toml and defaults. */
export function loadSettings(command: Command, io: CliIo): LoadedConfig {
  return loadConfig(homeOf(command, io), { flags: settingFlags(command), environment: io.environment })
}

/** Adds `--node` to a command that asks a running node. */
export function withNode(command: Command): Command {
  return command.option(
    '--node <address>',
    'the RPC address of the node, as tcp://HOST:PORT or an http URL (default: $PNYX_NODE, or rpc.laddr of the home)'
  )
}

/** A client for the node that `--node`, PNYX_NODE or the home's config.toml names. */
export function rpcClientOf(command: Command, io: CliIo): RpcClient {
  const given = command.opts<{ node?: string }>().node ?? io.environment.PNYX_NODE
  return makeRpcClient(given === undefined ? urlOfHome(command, io) : nodeUrl(given))
}

function nodeUrl(given: string): string {
  if (/^https?:\/\/[^\s/]/.test(given) && URL.canParse(given)) return given
  const address = parseTcpAddress(given)
  if (address === undefined)
    throw new UsageError(`--node ${given} is neither tcp://HOST:PORT nor an http URL`)
  return tcpAddressToHttpUrl(address)
}

function urlOfHome(command: Command, io: CliIo): string {
  const { config, paths } = loadSettings(command, io)
  if (config.rpc.laddr !== null) {
    const url = tcpAddressToHttpUrl(config.rpc.laddr)
    return config.rpc.tlsCertFile === '' ? url : url.replace('http:', 'https:')
  }
  throw new ConfigError('BAD_VALUE', `${paths.configFile} turns RPC off (rpc.laddr = ""): give --node`)
}
