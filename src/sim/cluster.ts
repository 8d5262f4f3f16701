import {
  type ConsensusParams,
  DEFAULT_CONSENSUS_PARAMS,
  type Genesis,
  genesisToJson,
  type Height,
  timestampFromMs
} from '../types/index.ts'
import { assert, type Logger, silentLogger } from '../util/index.ts'
import type { ConsensusTiming, FaultOptions } from '../validator/index.ts'
import { simAppOf } from './apps/index.ts'
import { SimDisk, type SimDiskOptions } from './disk/index.ts'
import { EventQueue } from './event-queue.ts'
import { SimWires, type WireOptions } from './network/index.ts'
import type { EvidenceAge } from './options/sim-options.ts'
import { makePrng, type Prng } from './prng.ts'
import { type ClockError, SIM_EPOCH_MS } from './sim-clock.ts'
import { makeSimCrypto, type SimCrypto, type SimScheme } from './sim-keys.ts'
import { type NodeWrapping, SimNode } from './sim-node.ts'

/** One machine of a cluster. */
export interface MachineSpec {
  readonly name: string
  /** Whose key it signs with: a validator of the genesis, or beyond them one who may join. */
  readonly key: number
  readonly clock?: ClockError
  readonly disk?: Omit<SimDiskOptions, 'random'>
  readonly wrapping?: NodeWrapping
  readonly faults?: Partial<FaultOptions>
  readonly walFileBytes?: number | undefined
}

export interface ClusterOptions {
  readonly seed: string
  /** Power of each validator of the genesis. */
  readonly powers: readonly bigint[]
  /** One machine a validator when missing. */
  readonly machines?: readonly MachineSpec[]
  readonly scheme: SimScheme
  readonly app: string
  readonly timing: ConsensusTiming
  readonly wires?: WireOptions
  /** When evidence is too old; as the default params have it when missing. */
  readonly evidenceAge?: EvidenceAge | null
  readonly logger?: (name: string) => Logger
  /** A node stopped by itself; when missing that is a broken invariant. */
  readonly onFatal?: (machine: number, error: unknown) => void
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

const NO_CLOCK_ERROR: ClockError = { skewMs: 0, driftPpm: 0 }
const MAX_CHAIN_ID = 50
const NANOS_PER_MS = 1_000_000n

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
    const { seed, powers } = options
    this.prng = makePrng(seed)
    this.wires = new SimWires(this.queue, this.prng.fork('wires'), options.wires)
    this.crypto = makeSimCrypto(options.scheme)
    this.genesis = makeSimGenesis(options, this.crypto)
    const text = genesisToJson(this.genesis)
    const machines = options.machines ?? powers.map((_, index) => ({ name: `v${index}`, key: index }))
    this.nodes = machines.map((machine: MachineSpec, index) => {
      const { name, key, clock, disk, wrapping, faults, walFileBytes } = machine
      return new SimNode({
        name,
        key: this.crypto.key(seed, key),
        genesis: this.genesis,
        genesisBytes: Buffer.from(text),
        timing: options.timing,
        app: options.app,
        crypto: this.crypto,
        disk: new SimDisk({ ...disk, random: this.prng.fork(`disk ${name}`).float }),
        queue: this.queue,
        wires: this.wires,
        clock: clock ?? NO_CLOCK_ERROR,
        logger: options.logger?.(name) ?? silentLogger,
        wrapping: wrapping ?? {},
        faults: faults ?? {},
        walFileBytes,
        onFatal: error => {
          assert(options.onFatal, `${name} stopped: ${error instanceof Error ? error.stack : error}`)
          options.onFatal(index, error)
        }
      })
    })
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

/** The genesis of a cluster: validators `v0`, `v1` ... with the keys that the seed gives them. */
export function makeSimGenesis(
  { seed, powers, app, evidenceAge }: Pick<ClusterOptions, 'seed' | 'powers' | 'app' | 'evidenceAge'>,
  crypto: SimCrypto
): Genesis {
  const validators = powers.map((power, index) => {
    const { publicKey, address } = crypto.key(seed, index)
    return { publicKey, address, power, name: `v${index}` }
  })
  return {
    genesisTime: timestampFromMs(SIM_EPOCH_MS),
    chainId: `sim-${seed}`.slice(0, MAX_CHAIN_ID),
    initialHeight: 1,
    consensusParams: makeParams(evidenceAge ?? null),
    validators,
    appHash: '',
    appState: simAppOf(app).genesisState(seed, validators)
  }
}

function makeParams(age: EvidenceAge | null): ConsensusParams {
  if (age === null) return DEFAULT_CONSENSUS_PARAMS
  const { evidence } = DEFAULT_CONSENSUS_PARAMS
  return {
    ...DEFAULT_CONSENSUS_PARAMS,
    evidence: {
      ...evidence,
      maxAgeNumBlocks: age.blocks,
      maxAgeDuration: BigInt(age.ms) * NANOS_PER_MS
    }
  }
}

/** Lets every promise that can go on go on, so that an event is over before the next one begins. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
