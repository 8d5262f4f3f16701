import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newStakingGenesis, stakingGenesisToJson } from '../../../src/app/index.ts'
import {
  consensusTiming,
  faultOptions,
  networkOptions,
  rpcConfig,
  txPoolConfig,
  walDirectory
} from '../../../src/cli/node/room-settings.ts'
import { homePaths, resolveConfig, SECTIONS, type Section, settingName } from '../../../src/config/index.ts'
import { DEFAULT_SLASHING_PARAMS } from '../../../src/evidence/index.ts'
import { DEFAULT_TX_POOL_CONFIG } from '../../../src/mempool/index.ts'
import { DEFAULT_RPC_CONFIG } from '../../../src/rpc/index.ts'

const SOURCE = join(import.meta.dirname, '../../../src')
const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

function configOf(fileText: string) {
  return resolveConfig({ fileText, filePath: 'config.toml', environment: {}, flags: {} }).config
}

/** The code that hands settings on, without its imports. */
function handingOn(): string {
  const folder = join(SOURCE, 'cli', 'node')
  const files = [
    ...readdirSync(folder).map(file => join(folder, file)),
    join(SOURCE, 'cli', 'commands', 'start.ts'),
    join(SOURCE, 'cli', 'commands', 'show-node-id.ts'),
    join(SOURCE, 'config', 'home-paths.ts')
  ]
  return files.map(file => readFileSync(file, 'utf8').replaceAll(/^import [^']*'[^']*'$/gm, '')).join('\n')
}

describe('settings of the rooms', () => {
  const source = handingOn()
  const wholesale: readonly Section[] = [SECTIONS.consensus, SECTIONS.rpc]
  const properties = Object.values<Section>(SECTIONS)
    .filter(section => !wholesale.includes(section))
    .flatMap(section =>
      Object.entries(section.fields).map(
        ([property, { key }]) => [settingName(section.table, key), property] as const
      )
    )

  it.each(properties)('%s is handed on', (_, property) => {
    expect(source).toMatch(new RegExp(`(?:\\.|[{,]\\s*)${property}\\b`))
  })

  it('come from config.toml', () => {
    const config = configOf(`
moniker = "a"
[rpc]
laddr = "tcp://[::1]:7"
max_open_connections = 9
[p2p]
laddr = "tcp://127.0.0.1:5"
persistent_peers = "${PEER}@10.0.0.1:6"
allow_list = "${PEER}"
max_num_inbound_peers = 3
dial_timeout = "2s"
[mempool]
size = 11
[consensus]
wal_file = "logs/wal"
timeout_propose = "1500ms"
`)
    expect(
      networkOptions(config, { privateKeySeed: new Uint8Array(32), genesisHash: 'ab', version: '1' })
    ).toEqual({
      directTopics: ['consensus', 'parts'],
      privateKeySeed: new Uint8Array(32),
      genesisHash: 'ab',
      version: '1',
      moniker: 'a',
      listenAddresses: ['/ip4/127.0.0.1/tcp/5'],
      persistentPeers: [`/ip4/10.0.0.1/tcp/6/p2p/${PEER}`],
      seeds: [],
      allowList: [PEER],
      maxInboundPeers: 3,
      maxOutboundPeers: 10,
      allowDuplicateIp: false,
      timing: { dialTimeoutMs: 2000 }
    })
    expect(rpcConfig(config, null)).toMatchObject({
      listenAddress: 'tcp://[::1]:7',
      maxOpenConnections: 9,
      tls: null
    })
    expect(txPoolConfig(config).size).toBe(11)
    expect(consensusTiming(config)).toMatchObject({ timeoutProposeMs: 1500, pullIntervalMs: 100 })
    expect(walDirectory(homePaths('/h', config))).toBe('/h/logs')
  })

  it('name nothing a room does not know', () => {
    const config = configOf('')
    expect(Object.keys(rpcConfig(config, null)!).sort()).toEqual(Object.keys(DEFAULT_RPC_CONFIG).sort())
    expect(Object.keys(txPoolConfig(config)).sort()).toEqual(Object.keys(DEFAULT_TX_POOL_CONFIG).sort())
    const timing = readFileSync(join(SOURCE, 'validator/host/timeouts.ts'), 'utf8')
    for (const property of Object.keys(consensusTiming(config)))
      expect(timing).toContain(`readonly ${property}:`)
  })

  it('let everyone in unless there is a list, and serve no RPC when told so', () => {
    const config = configOf('[rpc]\nladdr = ""\n')
    expect(rpcConfig(config, null)).toBeNull()
    const options = networkOptions(config, {
      privateKeySeed: new Uint8Array(32),
      genesisHash: '',
      version: ''
    })
    expect(options).not.toHaveProperty('allowList')
  })

  it('look for faults as config.toml says, and record downtime by the rule of the application', () => {
    const { faults, base } = configOf(`
[faults]
fault_window_blocks = 20
equivocation_threshold = 2
downtime_threshold = 7
monitor_interval = "3s"
`)
    const given = { equivocationThreshold: 2, downtimeThreshold: 7, monitorIntervalMs: 3_000 }
    expect(faults.windowBlocks).toBe(20)
    const appState = stakingGenesisToJson(
      newStakingGenesis({
        testNetwork: true,
        slashing: { ...DEFAULT_SLASHING_PARAMS, signedBlocksWindow: 30, minSigned: 12 }
      })
    )
    const options = (proxyApp: string, state: string) =>
      faultOptions({ ...configOf(''), faults, base: { ...base, proxyApp } }, {
        appState: state
      } as Parameters<typeof faultOptions>[1])
    expect(options('staking', appState)).toEqual({ ...given, downtimeRules: { window: 30, threshold: 18 } })
    expect(options('kvstore', appState)).toEqual(given)
    expect(options('staking', '')).toEqual(given)
  })

  it.each([
    ['fault_window_blocks = 0', /faults\.fault_window_blocks.* 1 to 10000/],
    ['equivocation_threshold = 0', /faults\.equivocation_threshold.* 1 to 1000/],
    ['downtime_threshold = 1.5', /faults\.downtime_threshold.*a whole number/],
    ['monitor_interval = "1ms"', /faults\.monitor_interval.*from 100ms to 1h/],
    ['fault_window = 3', /line 2: unknown key fault_window in \[faults\]/]
  ])('refuse [faults] %s', (line, message) => {
    expect(() => configOf(`[faults]\n${line}\n`)).toThrow(message)
  })
})
