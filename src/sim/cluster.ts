import {
  DEFAULT_CONSENSUS_PARAMS,
  type Genesis,
  genesisToJson,
  type Height,
  parseGenesis,
  timestampFromMs
} from '../types/index.ts'
import { assert, type Logger, silentLogger } from '../util/index.ts'
import type { ConsensusTiming, Signer } from '../validator/index.ts'
import { SimDisk } from './disk/index.ts'
import { EventQueue } from './event-queue.ts'
import { makePrng, type Prng } from './prng.ts'
import { SIM_EPOCH_MS } from './sim-clock.ts'
import { makeSimCrypto, type SimCrypto, type SimScheme } from './sim-keys.ts'
import { SimWires } from './sim-network.ts'
import { SimNode } from './sim-node.ts'

export interface ClusterOptions {
  readonly seed: string
  /** Power of each validator; their number is the size of the cluster. */
  readonly powers: readonly bigint[]
  readonly scheme: SimScheme
  readonly app: string
  readonly timing: ConsensusTiming
  readonly logger?: (name: string) => Logger
  readonly clockOf?: (index: number) => { readonly skewMs: number; readonly driftPpm: number }
  readonly wrapSigner?: (index: number, signer: Signer) => Signer
  readonly onFatal?: (index: number, error: unknown) => void
}

/** Timing for simulations: virtual time costs nothing, so the defaults of a quick network. */
export const SIM_TIMING: ConsensusTiming = {
  timeoutProposeMs: 1000,
  timeoutProposeDeltaMs: 500,
  timeoutPrevoteMs: 500,
  timeoutPrevoteDeltaMs: 500,
  timeoutPrecommitMs: 500,
  timeoutPrecommitDeltaMs: 500,
  timeoutCommitMs: 100,
  skipTimeoutCommit: false,
  createEmptyBlocks: true,
  createEmptyBlocksIntervalMs: 0,
  pullIntervalMs: 100
}

/** Some machines, the wires between them and the time they share. */
export class SimCluster {
  readonly queue = new EventQueue()
  readonly prng: Prng
  readonly wires: SimWires
  readonly nodes: readonly SimNode[]
  readonly genesis: Genesis
  readonly crypto: SimCrypto
  #events = 0

  constructor(options: ClusterOptions) {
    this.prng = makePrng(options.seed)
    this.wires = new SimWires(this.queue, this.prng.fork('wires'))
    this.crypto = makeSimCrypto(options.scheme)
    const keys = options.powers.map((_, index) => this.crypto.key(options.seed, index))
    const draft: Genesis = {
      genesisTime: timestampFromMs(SIM_EPOCH_MS),
      chainId: `sim-${options.seed}`.slice(0, 50),
      initialHeight: 1,
      consensusParams: DEFAULT_CONSENSUS_PARAMS,
      validators: keys.map(({ publicKey, address }, index) => ({
        publicKey,
        address,
        power: options.powers[index]!,
        name: `v${index}`
      })),
      appHash: '',
      appState: ''
    }
    const text = genesisToJson(draft)
    this.genesis = parseGenesis(text)
    this.nodes = keys.map(
      (key, index) =>
        new SimNode({
          name: `v${index}`,
          key,
          genesis: this.genesis,
          genesisBytes: Buffer.from(text),
          timing: options.timing,
          app: options.app,
          crypto: this.crypto,
          disk: new SimDisk({ random: this.prng.fork(`disk${index}`).float }),
          queue: this.queue,
          wires: this.wires,
          clock: options.clockOf?.(index) ?? { skewMs: 0, driftPpm: 0 },
          logger: options.logger?.(`v${index}`) ?? silentLogger,
          wrapSigner: signer => options.wrapSigner?.(index, signer) ?? signer,
          onFatal: error => {
            assert(options.onFatal, `v${index} stopped: ${error instanceof Error ? error.stack : error}`)
            options.onFatal(index, error)
          }
        })
    )
  }

  /** Events run so far. */
  get events(): number {
    return this.#events
  }

  startAll(): void {
    for (const node of this.nodes) node.start()
  }

  /** The least height that all running nodes have stored. */
  minHeight(): Height {
    return Math.min(...this.nodes.map(({ node }) => node?.blockStore.height ?? 0))
  }

  /** Runs events until `done`, or the virtual time is up (false), or nothing is left to happen (false). */
  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const deadline = this.queue.nowMs + limitMs
    await settle()
    while (!done()) {
      if (this.queue.nowMs > deadline || !this.queue.runNext()) return false
      this.#events++
      await settle()
    }
    return true
  }
}

/** Lets every promise that can go on go on, so that an event is over before the next one begins. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
