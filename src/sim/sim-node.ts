import { builtInApps } from '../app/index.ts'
import { BUCKET, prefixedStore } from '../blockstore/index.ts'
import { DEFAULT_TX_POOL_CONFIG } from '../mempool/index.ts'
import type { Genesis } from '../types/index.ts'
import { assert, type Logger, noMetrics } from '../util/index.ts'
import {
  type ConsensusTiming,
  FileSigner,
  type Node,
  openNode,
  type Signer,
  type SigningKey
} from '../validator/index.ts'
import { mountSimDisk, type SimDisk } from './disk/index.ts'
import type { EventQueue } from './event-queue.ts'
import { SimClock } from './sim-clock.ts'
import type { SimCrypto } from './sim-keys.ts'
import type { SimNetwork, SimWires } from './sim-network.ts'

export interface SimNodeOptions {
  readonly name: string
  readonly key: SigningKey
  readonly genesis: Genesis
  readonly genesisBytes: Uint8Array
  readonly timing: ConsensusTiming
  readonly app: string
  readonly crypto: SimCrypto
  readonly disk: SimDisk
  readonly queue: EventQueue
  readonly wires: SimWires
  readonly clock: { readonly skewMs: number; readonly driftPpm: number }
  readonly logger: Logger
  /** Sees and may replace the signer, to tap what is signed. */
  readonly wrapSigner: (signer: Signer) => Signer
  /** A node that stopped by itself. */
  readonly onFatal: (error: unknown) => void
}

/** What lives from one start of a node to its crash. */
interface Life {
  readonly clock: SimClock
  readonly network: SimNetwork
  node: Node | null
}

/** The bucket of built-in apps. */
const APP_PREFIX = String.fromCharCode(BUCKET.app)
const HOME = '/node'
const SIGN_STATE = `${HOME}/data/priv_validator_state.json`

/** One simulated machine: its disk outlives the processes that run on it. */
export class SimNode {
  readonly options: SimNodeOptions
  #life: Life | null = null
  #starts = 0

  constructor(options: SimNodeOptions) {
    this.options = options
  }

  get name(): string {
    return this.options.name
  }

  /** Null while the machine is down or still starting. */
  get node(): Node | null {
    return this.#life?.node ?? null
  }

  get network(): SimNetwork | null {
    return this.#life?.network ?? null
  }

  get clock(): SimClock | null {
    return this.#life?.clock ?? null
  }

  get isUp(): boolean {
    return this.#life !== null
  }

  get starts(): number {
    return this.#starts
  }

  /** Starts the process; what happens then happens in virtual time. */
  start(): void {
    assert(this.#life === null, `${this.name} runs already`)
    this.#starts++
    const { queue, wires, clock, name } = this.options
    const life: Life = { clock: new SimClock(queue, clock), network: wires.endpoint(name), node: null }
    this.#life = life
    this.#boot(life).catch(error => {
      if (this.#life === life) this.options.onFatal(error)
    })
  }

  /** The power goes off: nothing of the process runs on, and the disk forgets what was not synced. */
  crash(): void {
    const life = this.#life
    if (life === null) return
    this.#life = null
    life.clock.stop()
    life.network.cut()
    life.node?.host.stop()
    this.options.disk.crash()
  }

  async #boot(life: Life): Promise<void> {
    const { disk, genesis, genesisBytes, timing, app, crypto, key, logger, wrapSigner, onFatal } =
      this.options
    const { fileSystem, openKeyValueStore } = mountSimDisk(disk)
    const store = openKeyValueStore(`${HOME}/data/chain.db`)
    const hasState = (await fileSystem.read(SIGN_STATE)) !== null
    const signer = hasState
      ? await FileSigner.open(key, fileSystem, SIGN_STATE)
      : await FileSigner.create(key, fileSystem, SIGN_STATE)
    const makeApp = builtInApps[app]
    assert(makeApp, `no such app: ${app}`)
    const node = await openNode(
      {
        clock: life.clock,
        network: life.network,
        store,
        files: fileSystem,
        app: await makeApp({ store: prefixedStore(store, APP_PREFIX) }),
        verifier: crypto.verifier,
        logger,
        metrics: noMetrics
      },
      {
        genesis,
        genesisBytes,
        walDirectory: `${HOME}/data/cs.wal`,
        blockDirectory: `${HOME}/data/blocks`,
        timing,
        txPool: DEFAULT_TX_POOL_CONFIG,
        detectorWindow: 100,
        signer: wrapSigner(signer),
        onFatal: error => {
          if (this.#life === life) onFatal(error)
        }
      }
    )
    if (this.#life !== life) return
    life.node = node
    await node.start()
  }
}
