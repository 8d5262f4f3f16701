import { join } from 'node:path'
import type { Application } from '../../app/index.ts'
import { builtInApps } from '../../app/index.ts'
import {
  type KeyValueStore,
  LevelKeyValueStore,
  NodeFileSystem,
  prefixedStore
} from '../../blockstore/index.ts'
import {
  type HomePaths,
  type KeyPair,
  type LoadedConfig,
  loadNodeKey,
  loadValidatorKey,
  readRequiredFile,
  tcpAddressToText
} from '../../config/index.ts'
import { makeEd25519Signer, makeSignatureVerifier } from '../../crypto/index.ts'
import { createLibp2pNetwork } from '../../network/index.ts'
import { type RpcConfig, RpcServer } from '../../rpc/index.ts'
import { errorMessage, type Logger, noMetrics } from '../../util/index.ts'
import { FileSigner, type Node, openNode, type SigningKey, systemClock } from '../../validator/index.ts'
import { CliError } from '../cli-error.ts'
import { type GenesisFile, loadGenesis } from '../genesis-file.ts'
import { makeNodeView } from '../node-view/node-view.ts'
import { NODE_INFO_VERSION, PNYX_VERSION } from '../version.ts'
import { refuseTwin } from './double-sign-check.ts'
import { consensusTiming, networkOptions, rpcConfig, txPoolConfig, walDirectory } from './room-settings.ts'
import type { RunningNode } from './run-node.ts'

/** Signatures that were found good, remembered: two heights of 200 validators and what comes late. */
const VERIFIED_SIGNATURES = 20_000
/** Heights back in which a late message still proves an offence. */
const DETECTOR_WINDOW = 100

export interface ComposeOptions {
  readonly loaded: LoadedConfig
  /** What the genesis file must hash to, hex; null takes any. */
  readonly genesisHash: string | null
  readonly logger: Logger
}

/** Closes what was opened, newest first; every step is tried. */
class Closers {
  readonly #steps: (() => Promise<void>)[] = []

  add(step: () => Promise<void>): void {
    this.#steps.push(step)
  }

  async closeAll(logger: Logger): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        logger.warn('could not close everything', { reason: errorMessage(error) })
      }
    }
  }
}

/**
 * Puts a node together from its home directory and starts it: files, database, application, network, validator, RPC.
 * On an error everything opened so far is closed again.
 */
export async function composeNode(options: ComposeOptions): Promise<RunningNode> {
  const closers = new Closers()
  try {
    return await compose(options, closers)
  } catch (error) {
    await closers.closeAll(options.logger)
    throw error
  }
}

async function compose(
  { loaded, genesisHash, logger }: ComposeOptions,
  closers: Closers
): Promise<RunningNode> {
  const { config, paths } = loaded
  const genesisFile = requireGenesis(paths.genesisFile, genesisHash)
  for (const warning of genesisFile.warnings) logger.warn(warning)
  const validatorKey = loadValidatorKey(paths.validatorKeyFile)
  const nodeKey = loadNodeKey(paths.nodeKeyFile)
  // The database is opened first: its lock keeps out what the lock of the home could not see.
  const store = await LevelKeyValueStore.open({ path: join(paths.dataDirectory, 'chain.db') })
  closers.add(() => store.close())
  const app = await openApp(config.base.proxyApp, store)
  closers.add(() => app.close())
  const files = new NodeFileSystem()
  const signer = await FileSigner.open(signingKey(validatorKey), files, paths.validatorStateFile)
  const network = createLibp2pNetwork(
    networkOptions(config, {
      privateKeySeed: nodeKey.seed,
      genesisHash: genesisFile.hash,
      version: PNYX_VERSION
    }),
    { logger, metrics: noMetrics }
  )
  let tellFailed: (reason: unknown) => void = () => {}
  const failed = new Promise<unknown>(resolve => {
    tellFailed = resolve
  })
  const node = await openNode(
    {
      clock: systemClock,
      network,
      store,
      files,
      app,
      verifier: makeSignatureVerifier({ cacheSize: VERIFIED_SIGNATURES }),
      logger,
      metrics: noMetrics
    },
    {
      genesis: genesisFile.genesis,
      genesisBytes: genesisFile.bytes,
      walDirectory: walDirectory(paths),
      blockDirectory: join(paths.dataDirectory, 'blocks'),
      timing: consensusTiming(config),
      txPool: txPoolConfig(config),
      detectorWindow: DETECTOR_WINDOW,
      signer,
      onFatal: tellFailed
    }
  )
  closers.add(() => node.stop())
  refuseTwin(node.blockStore, validatorKey.address, config.consensus.doubleSignCheckHeight)
  announce(logger, { genesisFile, validatorKey, nodeKey, node })
  await node.start()
  const rpc = await startRpc(loaded, node, nodeKey, logger)
  if (rpc !== null) closers.add(() => rpc.stop())
  return { failed, stop: () => closers.closeAll(logger) }
}

/** Null when config.toml turns the server off. */
async function startRpc(
  { config, paths }: LoadedConfig,
  node: Node,
  nodeKey: KeyPair,
  logger: Logger
): Promise<RpcServer | null> {
  const settings = rpcConfig(config, readTls(paths))
  if (settings === null) return null
  const view = makeNodeView({
    node,
    moniker: config.base.moniker,
    listenAddress: tcpAddressToText(config.p2p.laddr),
    rpcAddress: settings.listenAddress,
    version: NODE_INFO_VERSION,
    nodeKey,
    index: null,
    allowUnsafe: config.rpc.unsafe
  })
  const server = new RpcServer({ view, config: settings, clock: systemClock, logger })
  await server.start()
  return server
}

function readTls({ tlsCertFile, tlsKeyFile }: HomePaths): RpcConfig['tls'] {
  if (tlsCertFile === '') return null
  return {
    certificate: readRequiredFile(tlsCertFile, 'certificate', 'rpc.tls_cert_file names it'),
    privateKey: readRequiredFile(tlsKeyFile, 'key of the certificate', 'rpc.tls_key_file names it')
  }
}

function requireGenesis(path: string, wanted: string | null): GenesisFile {
  const file = loadGenesis(path)
  if (wanted === null || wanted.toLowerCase() === file.hash) return file
  throw new CliError(
    'REFUSED',
    `${path} has the sha256 ${file.hash}, not ${wanted}: it is not the genesis you meant`
  )
}

/** Built-in applications share the node's database, so that one batch makes a block and its results durable. */
async function openApp(name: string, store: KeyValueStore): Promise<Application> {
  const factory = builtInApps[name]
  if (factory !== undefined) return factory({ store: prefixedStore(store, 'app/') })
  const known = Object.keys(builtInApps).join(', ')
  throw new CliError('REFUSED', `proxy_app = "${name}": there is no such application; built in are ${known}`)
}

function signingKey({ seed, publicKey, address }: KeyPair): SigningKey {
  const { sign } = makeEd25519Signer(seed)
  return { publicKey, address, sign }
}

interface Announcement {
  readonly genesisFile: GenesisFile
  readonly validatorKey: KeyPair
  readonly nodeKey: KeyPair
  readonly node: Node
}

/** The first lines of a log: who this is, and where it goes on. */
function announce(logger: Logger, { genesisFile, validatorKey, nodeKey, node }: Announcement): void {
  const { genesis, hash } = genesisFile
  const { validators, lastBlockHeight } = node.state
  const index = validators.indexByAddress.get(validatorKey.address)
  logger.info('pnyx starts', { version: PNYX_VERSION, chain: genesis.chainId, genesisHash: hash })
  logger.info(index === undefined ? 'this node is no validator' : 'this node is a validator', {
    address: validatorKey.address.toUpperCase(),
    nodeId: nodeKey.address,
    ...(index !== undefined && { power: validators.validators[index]?.power }),
    height: lastBlockHeight
  })
}
