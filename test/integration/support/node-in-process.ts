import { join } from 'node:path'
import { builtInApps } from '../../../src/app/index.ts'
import { MemoryKeyValueStore, NodeFileSystem, prefixedStore } from '../../../src/blockstore/index.ts'
import { genesisValidator, newGenesis } from '../../../src/cli/new-genesis.ts'
import { generateKeyPair, type KeyPair } from '../../../src/config/index.ts'
import { makeEd25519Signer, makeSignatureVerifier } from '../../../src/crypto/index.ts'
import { DEFAULT_TX_POOL_CONFIG } from '../../../src/mempool/index.ts'
import type { Network } from '../../../src/network/index.ts'
import { type Genesis, genesisToJson, parseGenesis } from '../../../src/types/index.ts'
import { noMetrics, silentLogger } from '../../../src/util/index.ts'
import {
  type ConsensusTiming,
  FileSigner,
  type Node,
  openNode,
  systemClock
} from '../../../src/validator/index.ts'

/** Short enough for a test, long enough for a busy machine. */
const TIMING: ConsensusTiming = {
  timeoutProposeMs: 1_000,
  timeoutProposeDeltaMs: 500,
  timeoutPrevoteMs: 500,
  timeoutPrevoteDeltaMs: 250,
  timeoutPrecommitMs: 500,
  timeoutPrecommitDeltaMs: 250,
  timeoutCommitMs: 0,
  skipTimeoutCommit: true,
  createEmptyBlocks: true,
  createEmptyBlocksIntervalMs: 0,
  pullIntervalMs: 20
}
const DETECTOR_WINDOW = 100

export interface Chain {
  readonly genesis: Genesis
  readonly genesisBytes: Uint8Array
  readonly keys: readonly KeyPair[]
}

export function makeChain(validators: number): Chain {
  const keys = Array.from({ length: validators }, generateKeyPair)
  const made = keys.map((key, index) => genesisValidator(key, 1n, `node${index}`))
  const text = genesisToJson(
    newGenesis({ chainId: 'in-process', initialHeight: 1, timeMs: Date.now(), validators: made })
  )
  return { genesis: parseGenesis(text), genesisBytes: Buffer.from(text), keys }
}

/** A validator of the chain in this process: real clock, network and log, its database in memory. */
export async function startNode(
  { genesis, genesisBytes, keys }: Chain,
  index: number,
  network: Network,
  directory: string
): Promise<Node> {
  const { seed, publicKey, address } = keys[index]!
  const files = new NodeFileSystem()
  const store = new MemoryKeyValueStore()
  const signState = join(directory, 'priv_validator_state.json')
  const { sign } = makeEd25519Signer(seed)
  const node = await openNode(
    {
      clock: systemClock,
      network,
      store,
      files,
      app: await builtInApps.kvstore!({ store: prefixedStore(store, 'app/') }),
      verifier: makeSignatureVerifier({ cacheSize: 1_000 }),
      logger: silentLogger,
      metrics: noMetrics
    },
    {
      genesis,
      genesisBytes,
      walDirectory: join(directory, 'cs.wal'),
      blockDirectory: join(directory, 'blocks'),
      timing: TIMING,
      txPool: DEFAULT_TX_POOL_CONFIG,
      detectorWindow: DETECTOR_WINDOW,
      signer: await FileSigner.create({ publicKey, address, sign }, files, signState),
      onFatal: error => {
        throw error
      }
    }
  )
  await node.start()
  return node
}
