import { type Application, builtInApps } from '../../../src/app/index.ts'
import { type FileSystem, MemoryKeyValueStore } from '../../../src/blockstore/index.ts'
import { makeSignatureVerifier } from '../../../src/crypto/index.ts'
import { DEFAULT_TX_POOL_CONFIG } from '../../../src/mempool/index.ts'
import type { Network } from '../../../src/network/index.ts'
import { mountSimDisk, SimDisk } from '../../../src/sim/disk/index.ts'
import { DEFAULT_CONSENSUS_PARAMS, genesisToJson, parseGenesis } from '../../../src/types/index.ts'
import { type Clock, noMetrics, silentLogger } from '../../../src/util/index.ts'
import {
  type ConsensusTiming,
  FileSigner,
  type Node,
  openNode,
  type Signer
} from '../../../src/validator/index.ts'
import { testKey } from './support.ts'

/** Time that passes as fast as there is something to do. */
export class QuickClock implements Clock {
  #nowMs = 1_767_225_600_000
  #timers: { readonly atMs: number; readonly action: () => void }[] = []

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  setTimer(delayMs: number, action: () => void): { cancel(): void } {
    const timer = { atMs: this.#nowMs + delayMs, action }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter(other => other !== timer)
      }
    }
  }

  /** Moves to the next timer and fires it. */
  tick(): void {
    const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs)
    if (next === undefined) return
    this.#timers = this.#timers.filter(other => other !== next)
    this.#nowMs = Math.max(this.#nowMs, next.atMs)
    next.action()
  }
}

/** A network nobody else is on. */
export const nobody: Network = {
  self: { id: 'self', nodeId: '00'.repeat(20), listenAddresses: [] },
  async start() {},
  async stop() {},
  publish: () => 0,
  request: async () => new Uint8Array(0),
  peers: () => [],
  dial() {},
  report() {}
}

const TIMING: ConsensusTiming = {
  timeoutProposeMs: 1000,
  timeoutProposeDeltaMs: 500,
  timeoutPrevoteMs: 500,
  timeoutPrevoteDeltaMs: 500,
  timeoutPrecommitMs: 500,
  timeoutPrecommitDeltaMs: 500,
  timeoutCommitMs: 10,
  skipTimeoutCommit: false,
  createEmptyBlocks: true,
  createEmptyBlocksIntervalMs: 0,
  pullIntervalMs: 100
}

export const GENESIS_TEXT = genesisToJson({
  genesisTime: { seconds: 1_767_225_600, nanos: 0 },
  chainId: 'solo',
  initialHeight: 1,
  consensusParams: DEFAULT_CONSENSUS_PARAMS,
  validators: [{ publicKey: testKey(1).publicKey, address: testKey(1).address, power: 10n, name: 'solo' }],
  appHash: '',
  appState: ''
})

/** What outlives a process: the database, the files, and the app's own database. */
export interface SoloHome {
  readonly store: MemoryKeyValueStore
  readonly appStore: MemoryKeyValueStore
  readonly files: FileSystem
}

export function newHome(): SoloHome {
  const { fileSystem } = mountSimDisk(new SimDisk({ random: () => 0 }))
  return { store: new MemoryKeyValueStore(), appStore: new MemoryKeyValueStore(), files: fileSystem }
}

export interface Solo {
  readonly node: Node
  readonly app: Application
  readonly clock: QuickClock
  readonly failures: unknown[]
}

const STATE_PATH = '/solo/data/priv_validator_state.json'

/** Opens a chain of one validator on a home; `wrapApp` may stand between node and app. */
export async function openSolo(
  home: SoloHome,
  options: {
    readonly genesisText?: string
    readonly timing?: Partial<ConsensusTiming>
    readonly wrapApp?: (app: Application) => Application
    readonly fullNode?: boolean
    /** A built-in application; kvstore when left out. */
    readonly app?: string
  } = {}
): Promise<Solo> {
  const clock = new QuickClock()
  const failures: unknown[] = []
  const inner = await builtInApps[options.app ?? 'kvstore']!({ store: home.appStore })
  const app = options.wrapApp?.(inner) ?? inner
  const text = options.genesisText ?? GENESIS_TEXT
  const node = await openNode(
    {
      clock,
      network: nobody,
      store: home.store,
      files: home.files,
      app,
      verifier: makeSignatureVerifier({ cacheSize: 1000 }),
      logger: silentLogger,
      metrics: noMetrics
    },
    {
      genesis: parseGenesis(text),
      genesisBytes: Buffer.from(text),
      walDirectory: '/solo/data/cs.wal',
      blockDirectory: '/solo/data/blocks',
      timing: { ...TIMING, ...options.timing },
      txPool: DEFAULT_TX_POOL_CONFIG,
      detectorWindow: 100,
      signer: options.fullNode ? null : await openSigner(home.files),
      onFatal: error => failures.push(error)
    }
  )
  return { node, app, clock, failures }
}

async function openSigner(files: FileSystem): Promise<Signer> {
  const exists = (await files.read(STATE_PATH)) !== null
  return exists
    ? FileSigner.open(testKey(1), files, STATE_PATH)
    : FileSigner.create(testKey(1), files, STATE_PATH)
}

/** Lets time pass until `done`; false when it does not come within `turns` turns. */
export async function letPass(
  { clock, failures }: Solo,
  done: () => boolean,
  turns = 2000
): Promise<boolean> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    if (failures.length > 0) return done()
    if (done()) return true
    clock.tick()
  }
  return false
}

/** Runs a fresh chain to a height, then stops it; the home holds what a clean stop leaves. */
export async function growChain(home: SoloHome, height: number): Promise<void> {
  const solo = await openSolo(home)
  await solo.node.start()
  const reached = await letPass(solo, () => solo.node.blockStore.height >= height)
  await solo.node.stop()
  if (!reached) throw solo.failures[0] ?? new RangeError(`the chain did not reach ${height}`)
}

/** A copy that later changes of the original do not touch. */
export async function copyStore(store: MemoryKeyValueStore): Promise<MemoryKeyValueStore> {
  const copy = new MemoryKeyValueStore()
  for await (const [key, value] of store.entries({}))
    await copy.batch([{ type: 'put', key, value }], { sync: true })
  return copy
}
