import { type Application, builtInApps } from '../app/index.ts'
import { BUCKET, prefixedStore } from '../blockstore/index.ts'
import { DEFAULT_TX_POOL_CONFIG } from '../mempool/index.ts'
import type { Genesis } from '../types/index.ts'
import { assert, type Logger, noMetrics } from '../util/index.ts'
import {
  type ConsensusTiming,
  EMPTY_SIGN_STATE,
  type FaultOptions,
  FileSigner,
  formatSignState,
  type HostListener,
  type Node,
  openNode,
  type Signer,
  type SigningKey
} from '../validator/index.ts'
import { mountSimDisk, type SimDisk, SimFile } from './disk/index.ts'
import type { EventQueue } from './event-queue.ts'
import { SimNetwork, type SimWires } from './network/index.ts'
import { ProcessGate } from './process-gate.ts'
import { type ClockError, SimClock } from './sim-clock.ts'
import type { SimCrypto } from './sim-keys.ts'

/** What is put between a node and its ports, to watch it or to make it Byzantine. */
export interface NodeWrapping {
  /** Called for every start of the node. */
  readonly signer?: (signer: Signer) => Signer
  readonly network?: (network: SimNetwork) => void
  readonly app?: (app: Application) => Application
  readonly observer?: HostListener
  /** The node is open and has not started: recovery is over, nothing was signed or sent. */
  readonly onOpen?: (node: Node) => Promise<void>
}

export interface SimNodeOptions {
  /** Also its peer id. */
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
  readonly clock: ClockError
  readonly logger: Logger
  readonly wrapping: NodeWrapping
  readonly faults: Partial<FaultOptions>
  /** As of the node's options; its default when missing. */
  readonly walFileBytes?: number | undefined
  /** The node stopped by itself, or could not start. */
  readonly onFatal: (error: unknown) => void
}

/** What lives from one start of a node to its crash. */
interface Life {
  readonly gate: ProcessGate
  readonly clock: SimClock
  readonly network: SimNetwork
  node: Node | null
}

/** The bucket of built-in apps. */
const APP_PREFIX = String.fromCharCode(BUCKET.app)
const HOME = '/node'
const DETECTOR_WINDOW = 100

/** Where a simulated node keeps its things. */
export const SIM_PATHS = {
  database: `${HOME}/data/chain.db`,
  signState: `${HOME}/data/priv_validator_state.json`,
  wal: `${HOME}/data/cs.wal`,
  blocks: `${HOME}/data/blocks`
} as const

/** One simulated machine: its disk outlives the processes that run on it. */
export class SimNode {
  readonly options: SimNodeOptions
  #life: Life | null = null
  #starts = 0
  #clockError: ClockError

  /** A machine with the files that `pnyx init` leaves. */
  constructor(options: SimNodeOptions) {
    this.options = options
    this.#clockError = options.clock
    options.disk.files.set(SIM_PATHS.signState, new SimFile(formatSignState(EMPTY_SIGN_STATE)))
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

  /** True from its start to its crash, also while it recovers. */
  get isUp(): boolean {
    return this.#life !== null
  }

  get isFrozen(): boolean {
    return this.#life?.gate.isFrozen ?? false
  }

  get starts(): number {
    return this.#starts
  }

  /** Starts the process; what happens then happens in virtual time. */
  start(): void {
    assert(this.#life === null, `${this.name} runs already`)
    this.#starts++
    const { queue, wires, name, onFatal } = this.options
    const gate = new ProcessGate(queue)
    const clock = new SimClock(queue, gate, this.#clockError)
    const life: Life = { gate, clock, network: new SimNetwork(name, wires, queue, gate), node: null }
    this.#life = life
    this.#boot(life).catch(error => {
      if (this.#life === life) onFatal(error)
    })
  }

  /** The power goes off: nothing of the process runs on, and the disk forgets what was not synced. */
  crash(): void {
    const life = this.#life
    if (life === null) return
    this.#life = null
    life.gate.close()
    life.network.cut()
    life.node?.host.stop()
    this.options.disk.crash()
  }

  /** The process is stopped as by SIGSTOP: time goes by, and what comes waits. */
  freeze(): void {
    this.#life?.gate.freeze()
  }

  thaw(): void {
    this.#life?.gate.thaw()
  }

  /** Moves this machine's wall clock, for this process and later ones. */
  jumpClock(byMs: number): void {
    this.#clockError = { ...this.#clockError, skewMs: this.#clockError.skewMs + byMs }
    this.#life?.clock.jump(byMs)
  }

  async #boot(life: Life): Promise<void> {
    const { disk, genesis, genesisBytes, timing, app, crypto, key, logger, wrapping, onFatal, walFileBytes } =
      this.options
    const { fileSystem, openKeyValueStore } = mountSimDisk(disk)
    const store = openKeyValueStore(SIM_PATHS.database)
    const signer = await FileSigner.open(key, fileSystem, SIM_PATHS.signState)
    const makeApp = builtInApps[app]
    assert(makeApp, `no such app: ${app}`)
    const application = await makeApp({ store: prefixedStore(store, APP_PREFIX) })
    wrapping.network?.(life.network)
    const node = await openNode(
      {
        clock: life.clock,
        network: life.network,
        store,
        files: fileSystem,
        app: wrapping.app?.(application) ?? application,
        verifier: crypto.verifier,
        logger,
        metrics: noMetrics
      },
      {
        genesis,
        genesisBytes,
        walDirectory: SIM_PATHS.wal,
        blockDirectory: SIM_PATHS.blocks,
        ...(walFileBytes !== undefined && { walFileBytes }),
        timing,
        txPool: DEFAULT_TX_POOL_CONFIG,
        detectorWindow: DETECTOR_WINDOW,
        signer: wrapping.signer?.(signer) ?? signer,
        faults: this.options.faults,
        ...(wrapping.observer && { observer: wrapping.observer }),
        onFatal: error => {
          if (this.#life === life) onFatal(error)
        }
      }
    )
    if (this.#life !== life) return
    life.node = node
    await wrapping.onOpen?.(node)
    if (this.#life === life) await node.start()
  }
}
