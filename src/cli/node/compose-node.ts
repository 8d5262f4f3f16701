import { join } from 'node:path'
import { type Application, meteredApp } from '../../app/index.ts'
import { type KeyValueStore, LevelKeyValueStore, NodeFileSystem } from '../../blockstore/index.ts'
import { type KeyPair, type LoadedConfig, loadNodeKey, loadValidatorKey } from '../../config/index.ts'
import { makeEd25519Signer, makeSignatureVerifier, warmUpEd25519 } from '../../crypto/index.ts'
import { createLibp2pNetwork } from '../../network/index.ts'
import type { Logger } from '../../util/index.ts'
import {
  FileSigner,
  type Node,
  type NodeOptions,
  type NodePorts,
  openNode,
  type SigningKey,
  systemClock
} from '../../validator/index.ts'
import { appDataOf } from '../app-data.ts'
import { CliError } from '../cli-error.ts'
import { type GenesisFile, loadGenesis } from '../genesis-file.ts'
import { knownApp } from '../known-app.ts'
import { consensusSnapshot } from '../node-view/snapshot.ts'
import { ConsensusWitness } from '../node-view/witness.ts'
import { PNYX_VERSION } from '../version.ts'
import { type ByzantinePlan, byzantineWarning, requireTestNetwork } from './byzantine-plan.ts'
import { Closers } from './closers.ts'
import { refuseTwin } from './double-sign-check.ts'
import { consensusTiming, faultOptions, networkOptions, txPoolConfig, walDirectory } from './room-settings.ts'
import type { RunningNode } from './run-node.ts'
import { startMetrics, startRpc } from './servers.ts'
import { startIndexer } from './start-indexer.ts'
import { startStatusLine } from './status-line.ts'

/** Signatures that were found good, remembered: some heights of 200 validators and what comes late. */
const VERIFIED_SIGNATURES = 20_000

/** Passed on to the state store by the node. */

export interface ComposeOptions {
  readonly loaded: LoadedConfig
  /** What the genesis file must hash to, hex; null takes any. */
  readonly genesisHash: string | null
  readonly logger: Logger
  /** How this node breaks the rules of a test network; null for one that keeps them. */
  readonly byzantine: ByzantinePlan | null
  /** Tells the operator what this node will do to itself. */
  readonly warn: (line: string) => void
}

/** What the files of the home say about who this node is. */
interface Identity {
  readonly genesisFile: GenesisFile
  readonly validatorKey: KeyPair
  readonly nodeKey: KeyPair
}

/**
 * Puts a node together from its home directory and starts it: files, database, application, network, validator, RPC.
 * On an error everything opened so far is closed again.
 */
export async function composeNode(options: ComposeOptions): Promise<RunningNode> {
  const closers = new Closers(options.logger)
  try {
    return await compose(options, closers)
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function compose(options: ComposeOptions, closers: Closers): Promise<RunningNode> {
  const { loaded, logger } = options
  const { config, paths } = loaded
  const identity = loadIdentity(options)
  const { genesisFile, validatorKey, nodeKey } = identity
  if (options.byzantine !== null) {
    requireTestNetwork(genesisFile.genesis)
    options.warn(byzantineWarning(options.byzantine))
  }
  warmUpEd25519()
  const ports = await openPorts(loaded, identity, logger, closers)
  const signer = await FileSigner.open(signingKey(validatorKey), ports.files, paths.validatorStateFile)
  closers.add(() => signer.close())
  let tellFailed: (reason: unknown) => void = () => {}
  const failed = new Promise<unknown>(resolve => {
    tellFailed = resolve
  })
  const witness = new ConsensusWitness(ports.clock)
  const nodeOptions: NodeOptions = {
    genesis: genesisFile.genesis,
    genesisBytes: genesisFile.bytes,
    walDirectory: walDirectory(paths),
    blockDirectory: join(paths.dataDirectory, 'blocks'),
    timing: consensusTiming(config),
    txPool: txPoolConfig(config),
    detectorWindow: config.faults.windowBlocks,
    faults: faultOptions(config, genesisFile.genesis),
    keepResults: !config.storage.discardAbciResponses,
    signer,
    observer: witness,
    onFatal: tellFailed
  }
  const node = await openNode(ports, await asPlanned(options.byzantine, ports, nodeOptions, validatorKey))
  closers.add(() => node.stop())
  refuseTwin(node.blockStore, validatorKey.address, config.consensus.doubleSignCheckHeight)
  announce(logger, identity, node)
  const index = await startIndexer({ config, node, logger, closers })
  const snapshot = () => consensusSnapshot(node, witness)
  await startRpc({ loaded, node, nodeKey, index, snapshot, logger, closers })
  await node.start()
  const waitingTxs = () => node.txPool.size
  const stopStatus = startStatusLine({ clock: ports.clock, logger, snapshot, waitingTxs })
  closers.add(async () => stopStatus())
  const stop = async () => {
    // Signing ends before anything else is closed.
    await node.stop()
    await closers.closeAll()
  }
  return { failed, stop }
}

function loadIdentity({ loaded: { paths }, genesisHash, logger }: ComposeOptions): Identity {
  const genesisFile = loadGenesis(paths.genesisFile)
  const { hash, warnings } = genesisFile
  if (genesisHash !== null && genesisHash.toLowerCase() !== hash) {
    throw new CliError(
      'REFUSED',
      `${paths.genesisFile} has the sha256 ${hash}, not ${genesisHash}: it is not the genesis you meant`
    )
  }
  for (const warning of warnings) logger.warn(warning)
  return {
    genesisFile,
    validatorKey: loadValidatorKey(paths.validatorKeyFile),
    nodeKey: loadNodeKey(paths.nodeKeyFile)
  }
}

/** Opens everything the node has outside of itself. */
async function openPorts(
  { config, paths }: LoadedConfig,
  { genesisFile, nodeKey }: Identity,
  logger: Logger,
  closers: Closers
): Promise<NodePorts> {
  const metrics = await startMetrics({ config, chainId: genesisFile.genesis.chainId, logger, closers })
  // The lock of the database keeps out what the lock of the home could not see.
  const store = await LevelKeyValueStore.open({ path: join(paths.dataDirectory, 'chain.db'), metrics })
  closers.add(() => store.close())
  const plainApp = await openApp(config.base.proxyApp, store)
  const app = config.instrumentation.prometheus ? meteredApp(plainApp, metrics, systemClock) : plainApp
  closers.add(() => app.close())
  const self = { privateKeySeed: nodeKey.seed, genesisHash: genesisFile.hash, version: PNYX_VERSION }
  return {
    clock: systemClock,
    network: createLibp2pNetwork(networkOptions(config, self), { logger, metrics }),
    store,
    files: new NodeFileSystem({ metrics }),
    app,
    verifier: makeSignatureVerifier({ cacheSize: VERIFIED_SIGNATURES }),
    logger,
    metrics
  }
}

/** Built-in applications share the node's database, so that one batch makes a block and its results durable. */
async function openApp(name: string, store: KeyValueStore): Promise<Application> {
  return knownApp(name)({ store: appDataOf(store) })
}

/** The options as they are, but for a node that is to break the rules. What does it is loaded for such a node alone. */
async function asPlanned(
  plan: ByzantinePlan | null,
  ports: NodePorts,
  options: NodeOptions,
  key: KeyPair
): Promise<NodeOptions> {
  if (plan === null) return options
  const { playByzantine } = await import('./byzantine.ts')
  return playByzantine(plan, ports, options, signingKey(key))
}

function signingKey({ seed, publicKey, address }: KeyPair): SigningKey {
  const { sign } = makeEd25519Signer(seed)
  return { publicKey, address, sign }
}

/** The first lines of a log: who this is, and where it goes on. */
function announce(logger: Logger, { genesisFile, validatorKey, nodeKey }: Identity, node: Node): void {
  const { genesis, hash } = genesisFile
  const { validators, lastBlockHeight } = node.state
  const index = validators.indexByAddress.get(validatorKey.address)
  const power = index === undefined ? undefined : validators.validators[index]?.power
  logger.info('pnyx starts', { version: PNYX_VERSION, chain: genesis.chainId, genesisHash: hash })
  logger.info(power === undefined ? 'this node is no validator' : 'this node is a validator', {
    address: validatorKey.address.toUpperCase(),
    nodeId: nodeKey.address,
    ...(power !== undefined && { power }),
    height: lastBlockHeight
  })
}
