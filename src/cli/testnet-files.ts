import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  createFile,
  generateKeyPair,
  homePaths,
  type KeyPair,
  PUBLIC_FILE_MODE,
  peerMultiaddr,
  type RawValue,
  resolveConfig,
  type TcpAddress
} from '../config/index.ts'
import { genesisToJson, type Height } from '../types/index.ts'
import { CliError } from './cli-error.ts'
import { makeNodeFiles } from './home-files.ts'
import { genesisValidator, newGenesis } from './new-genesis.ts'
import { operatorOf } from './operator-key.ts'
import { newStakingAppState, plainAppState, STAKING_APP } from './staking-genesis.ts'

/** One node of a network that is to be made. */
export interface PlannedNode {
  /** Name of its directory. */
  readonly name: string
  readonly moniker: string
  /** Where the other nodes reach it. */
  readonly reachedAt: TcpAddress
  /** What its config.toml says besides moniker and peers, by setting name. */
  readonly settings: Readonly<Record<string, RawValue>>
}

export interface TestnetPlan {
  /** Gets one home directory a node. */
  readonly directory: string
  readonly chainId: string
  /** Validators first, full nodes after them. */
  readonly nodes: readonly PlannedNode[]
  readonly validators: number
  readonly initialHeight: Height
  /** The application; one that knows operators gets a key `operator` in each validator's home. */
  readonly app: string
  /** Whether the genesis says that nothing of value is at stake. */
  readonly testNetwork: boolean
  readonly populatePersistentPeers: boolean
  /** Time of the genesis, milliseconds since 1970. */
  readonly timeMs: number
  /** The libp2p id of an ed25519 public key. */
  readonly peerIdOf: (publicKey: Uint8Array) => string
}

export interface TestnetNode {
  readonly name: string
  readonly home: string
  readonly validatorKey: KeyPair
  readonly multiaddr: string
}

const POWER = 1n
/** So that losing a hundredth or a twentieth of the stake shows. */
const STAKING_POWER = 100n

/**
 * Makes the homes of a network with one genesis file, each node knowing the others. Nothing is written when one of
 * the homes exists already. Throws CliError (REFUSED).
 */
export function makeTestnet(plan: TestnetPlan): readonly TestnetNode[] {
  const nodes = plan.nodes.map(planned => {
    const keys = { nodeKey: generateKeyPair(), validatorKey: generateKeyPair() }
    const home = join(plan.directory, planned.name)
    if (existsSync(home)) throw new CliError('REFUSED', `${home} exists already: choose another directory`)
    const multiaddr = peerMultiaddr(planned.reachedAt, plan.peerIdOf(keys.nodeKey.publicKey.bytes))
    return { planned, home, keys, multiaddr }
  })
  const isStaking = plan.app === STAKING_APP
  const power = isStaking ? STAKING_POWER : POWER
  const validators = nodes
    .slice(0, plan.validators)
    .map(({ planned, keys }) => genesisValidator(keys.validatorKey, power, planned.name))
  // The state of the application names the operators, whose keys are made in homes that are still empty.
  const operators = isStaking
    ? nodes.slice(0, plan.validators).map(({ home }) => operatorOf(home).account)
    : []
  const { testNetwork } = plan
  const appState = isStaking
    ? newStakingAppState(validators, operators, testNetwork)
    : plainAppState(testNetwork)
  const genesisText = genesisToJson(newGenesis({ ...plan, validators, appState }))
  const defaults = resolveConfig({ fileText: null, filePath: '', environment: {}, flags: {} }).config
  for (const { planned, home, keys, multiaddr } of nodes) {
    const others = nodes.map(node => node.multiaddr).filter(address => address !== multiaddr)
    const paths = homePaths(home, defaults)
    const peers = plan.populatePersistentPeers ? { 'p2p.persistent_peers': others.join(',') } : {}
    makeNodeFiles(
      paths,
      { ...planned.settings, ...peers, moniker: planned.moniker, proxy_app: plan.app },
      keys
    )
    createFile(paths.genesisFile, genesisText, PUBLIC_FILE_MODE)
  }
  return nodes.map(({ planned, home, keys, multiaddr }) => ({
    name: planned.name,
    home,
    validatorKey: keys.validatorKey,
    multiaddr
  }))
}
