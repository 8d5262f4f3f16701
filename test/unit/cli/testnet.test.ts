import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Config, loadConfig, loadNodeKey, loadValidatorKey } from '../../../src/config/index.ts'
import { peerIdFromPublicKey } from '../../../src/network/index.ts'
import { parseGenesis } from '../../../src/types/index.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
let count = 0
let net: string
beforeEach(() => {
  net = join(directory, `net${count++}`)
})

function configOf(name: string): Config {
  const { config, warnings } = loadConfig(join(net, name))
  expect(warnings).toEqual([])
  return config
}

function multiaddrOf(name: string, host: string, port: number): string {
  const { publicKey } = loadNodeKey(join(net, name, 'config', 'node_key.json'))
  return `${host}/tcp/${port}/p2p/${peerIdFromPublicKey(publicKey.bytes)}`
}

describe('pnyx testnet', () => {
  it('makes validators and full nodes with one genesis', async () => {
    const { code, out } = await pnyx(['testnet', '--v', '4', '--n', '2', '--o', net, '--chain-id', 'net'])
    expect(code).toBe(0)
    const names = ['node0', 'node1', 'node2', 'node3', 'node4', 'node5']
    expect(readdirSync(net).sort()).toEqual(names)
    const texts = names.map(name => readFileSync(join(net, name, 'config', 'genesis.json'), 'utf8'))
    expect(new Set(texts).size).toBe(1)
    const genesis = parseGenesis(texts[0]!)
    expect(genesis.chainId).toBe('net')
    const keys = names
      .slice(0, 4)
      .map(name => loadValidatorKey(join(net, name, 'config', 'priv_validator_key.json')))
    expect(genesis.validators.map(({ address, power, name }) => ({ address, power, name }))).toEqual(
      keys.map(({ address }, i) => ({ address, power: 100n, name: `node${i}` }))
    )
    expect(out).toContain('made 6 nodes, 4 of them validators')
  })

  it('tells each node where the others are', async () => {
    await pnyx(['testnet', '-v', '3', '-o', net, '--hostname-suffix', '.example'])
    const peers = configOf('node1').p2p.persistentPeers.map(({ multiaddr }) => multiaddr)
    expect(peers).toEqual([
      multiaddrOf('node0', '/dns/node0.example', 26656),
      multiaddrOf('node2', '/dns/node2.example', 26656)
    ])
  })

  it.each([
    [['--starting-ip-address', '10.0.0.9'], '/ip4/10.0.0.10'],
    [['--hostname', 'a', '--hostname', 'b.example'], '/dns/b.example'],
    [['--hostname_prefix', 'val'], '/dns/val1']
  ])('%j gives addresses', async (args, host) => {
    await pnyx(['testnet', '--v', '2', '--o', net, ...args, '--p2p-port', '7000'])
    const config = configOf('node0')
    expect(config.p2p.persistentPeers[0]!.multiaddr).toBe(multiaddrOf('node1', host, 7000))
    expect(config.p2p.laddr).toEqual({ host: '0.0.0.0', port: 7000 })
  })

  it('puts all nodes on this machine for --base-port', async () => {
    await pnyx(['testnet', '--v', '2', '--o', net, '--base-port', '30000'])
    const { p2p, rpc, instrumentation } = configOf('node1')
    expect(p2p.laddr).toEqual({ host: '127.0.0.1', port: 30010 })
    expect(rpc.laddr).toEqual({ host: '127.0.0.1', port: 30011 })
    expect(instrumentation.prometheusListenAddr).toEqual({ host: '127.0.0.1', port: 30014 })
    expect(p2p.persistentPeers[0]!.multiaddr).toBe(multiaddrOf('node0', '/ip4/127.0.0.1', 30000))
  })

  it('follows its other flags', async () => {
    const args = [
      '--initial-height',
      '7',
      '--node-dir-prefix',
      'val',
      '--random-monikers',
      '--populate-persistent-peers=false'
    ]
    await pnyx(['testnet', '--v', '2', '--o', net, ...args])
    expect(
      parseGenesis(readFileSync(join(net, 'val1', 'config', 'genesis.json'), 'utf8')).initialHeight
    ).toBe(7)
    const { base, p2p } = configOf('val1')
    expect(base.moniker).toMatch(/^[0-9a-f]{16}$/)
    expect(p2p.persistentPeers).toEqual([])
  })

  it('starts from a given config.toml', async () => {
    const template = join(directory, 'template.toml')
    writeFileSync(template, '[consensus]\ntimeout_commit = "5s"\n')
    await pnyx(['testnet', '--v', '1', '--o', net, '--config', template])
    expect(configOf('node0').consensus.timeoutCommitMs).toBe(5000)
  })

  it('writes nothing when one of the homes exists', async () => {
    await pnyx(['testnet', '--v', '1', '--o', net])
    const { code, notes } = await pnyx(['testnet', '--v', '2', '--o', net])
    expect(code).toBe(1)
    expect(notes).toContain('exists already')
    expect(existsSync(join(net, 'node1'))).toBe(false)
  })

  it.each([
    [['--v', '0']],
    [['--v', '201']],
    [['--v', 'x']],
    [['--hostname', 'a']],
    [['--starting-ip-address', 'a']],
    [['--starting-ip-address', '10.0.0.253']],
    [['--base-port', '65500']],
    [['--populate-persistent-peers', 'maybe']],
    [['--output', 'x']]
  ])('%j is refused in one line', async args => {
    const { code, notes, out } = await pnyx(['testnet', '--o', net, ...args])
    expect(code).toBe(64)
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(out).toBe('')
    expect(existsSync(net)).toBe(false)
  })
})
