import { builtInApps } from '../../app/index.ts'
import { MemoryKeyValueStore } from '../../blockstore/index.ts'
import type { Hex, Proposal, Vote } from '../../types/index.ts'
import { assert, errorMessage, InvariantError, type Logger, PnyxError } from '../../util/index.ts'
import type { HostListener } from '../../validator/index.ts'
import { simAppOf } from '../apps/index.ts'
import type { BehaviourName } from '../byzantine/behaviour.ts'
import { Mind } from '../byzantine/mind.ts'
import { Court } from '../checkers/court.ts'
import { SentMessages } from '../checkers/durability.ts'
import type { Invariant } from '../checkers/fail.ts'
import { ForkBook } from '../checkers/fork-book.ts'
import { OffenceBook } from '../checkers/offence-book.ts'
import { RestWatch } from '../checkers/rest.ts'
import { VoteBook } from '../checkers/vote-book.ts'
import { makeSimGenesis, SimCluster } from '../cluster.ts'
import type { PersistOp } from '../disk/index.ts'
import type { Fork } from '../ledger/fork.ts'
import { Ledger } from '../ledger/ledger.ts'
import { hasQuorum, isTolerable, type Misfit, type SimOptions } from '../options/sim-options.ts'
import { makePrng, type Prng } from '../prng.ts'
import { makeSimCrypto } from '../sim-keys.ts'
import { TraceHash } from '../trace/trace-hash.ts'
import { startFreeAdversary } from './byzantine-nodes.ts'
import { Coverage } from './coverage.ts'
import type { Machine } from './machine.ts'
import { makeMachines, specOf } from './make-machines.ts'
import { Retention } from './retention.ts'
import { timingOf } from './timing.ts'

export interface NodeListener extends Pick<HostListener, 'onTransition' | 'onMessage'> {
  reset(): void
}

export interface WorldHooks {
  /** Only this invariant is judged. */
  readonly only?: Invariant
  /** Gets one line for everything that happens. */
  readonly trace?: ((line: string) => void) | undefined
  readonly logger?: ((name: string) => Logger) | undefined
  /** Listens to what one machine's node does, over all its lives; `reset` is called when it starts again. */
  readonly listener?: (machine: Machine) => NodeListener | null
  /** Called before anything starts, to set up what no option says. */
  readonly prepare?: (world: World) => void
}

const UNREAD_BEHAVIOURS: ReadonlySet<BehaviourName> = new Set([
  'flood',
  'malformed spam',
  'garbage',
  'mutation',
  'forged votes'
])
/** Longest time between a failed write and the end of the process that met it. */
const STOP_AFTER_ERROR_MS = 15_000
const RESTART_AFTER_STOP_MS = 500

/** A cluster under test, with everything that watches it. */
export class World {
  readonly options: SimOptions
  readonly machines: readonly Machine[]
  readonly cluster: SimCluster
  readonly court: Court
  readonly ledger: Ledger
  readonly book: VoteBook
  readonly sent: readonly SentMessages[]
  readonly coverage = new Coverage()
  readonly hash = new TraceHash()
  /** What Byzantine validators overhear. */
  readonly mind = new Mind()
  readonly prng: Prng
  readonly offences: OffenceBook
  readonly rest: RestWatch
  /** Null where applications keep every block. */
  readonly retention: Retention | null
  /** Null where a fork is no question of who is guilty: there must be none. */
  readonly forks: ForkBook | null
  crashes = 0
  /** A lock trap is set: a second one would take the first away. */
  isTrapSet = false
  /** True once all faults are over. */
  isHealed = false
  readonly #hooks: WorldHooks
  /** Misfits whose every message is read: their names by address. */
  readonly #watched: ReadonlyMap<Hex, string>
  readonly #free = new Set<Machine>()
  readonly #listeners = new Map<Machine, NodeListener | null>()

  private constructor(options: SimOptions, hooks: WorldHooks, watch: { court: Court; ledger: Ledger }) {
    this.options = options
    this.#hooks = hooks
    this.court = watch.court
    this.ledger = watch.ledger
    this.prng = makePrng(`${options.seed}/world`)
    this.machines = makeMachines(options)
    for (const { kind } of options.byzantine) if (kind === 'twins') this.coverage.byzantine.add('twins')
    const honest = new Map<Hex, string>()
    for (const { address, name, isHonest } of this.machines) if (isHonest) honest.set(address, name)
    this.book = new VoteBook({ ledger: this.ledger, honest, fail: this.court.fail })
    this.rest = new RestWatch(this.ledger, this.court.fail)
    this.retention = options.faults.includes('pruning') ? new Retention(this) : null
    this.#watched = watchedMisfits(this.machines)
    this.offences = new OffenceBook({
      ledger: this.ledger,
      watched: this.#watched,
      fail: this.court.fail
    })
    this.forks = isTolerable(options)
      ? null
      : new ForkBook({
          ledger: this.ledger,
          isHonest: address => honest.has(address),
          nameOf: address => this.machines.find(machine => machine.address === address)?.name ?? address,
          mustProve: !hasQuorum(options),
          fail: this.court.fail
        })
    this.cluster = new SimCluster({
      seed: options.seed,
      powers: options.powers.map(BigInt),
      machines: this.machines.map(machine => specOf(machine, this)),
      scheme: options.scheme,
      app: options.app,
      timing: timingOf(options),
      evidenceAge: options.evidenceAge,
      wires: { relays: options.network.relays },
      ...(hooks.logger && { logger: hooks.logger }),
      onFatal: (index, error) => this.#onFatal(this.machines[index]!, error)
    })
    this.cluster.nodes.forEach((node, index) => {
      this.machines[index]!.sim = node
    })
    this.sent = this.machines.map(
      ({ name, address, sim }) =>
        new SentMessages(name, address, sim.options.disk, this.book, this.court.fail)
    )
    this.#tapWires()
  }

  static async open(options: SimOptions, hooks: WorldHooks = {}): Promise<World> {
    const makeApp = builtInApps[options.app]
    assert(makeApp, `no such app: ${options.app}`)
    const appStore = new MemoryKeyValueStore()
    const app = await makeApp({ store: appStore })
    const crypto = makeSimCrypto(options.scheme)
    const genesis = makeSimGenesis({ ...options, powers: options.powers.map(BigInt) }, crypto)
    const clock = { nowMs: () => 0 }
    const court = new Court(() => clock.nowMs(), hooks.only)
    const misfits = new Set(
      options.byzantine.map(({ validator }) => crypto.key(options.seed, validator).address)
    )
    const ledger = await Ledger.open({
      genesis,
      app,
      appStore,
      simApp: simAppOf(options.app),
      verifier: crypto.verifier,
      fail: court.fail,
      onFork: fork => world.#onFork(fork),
      isHonest: address => !misfits.has(address)
    })
    const world: World = new World(options, hooks, { court, ledger })
    clock.nowMs = () => world.cluster.queue.nowMs
    hooks.prepare?.(world)
    return world
  }

  get honest(): readonly Machine[] {
    return this.machines.filter(({ isHonest }) => isHonest)
  }

  /** Somebody who wants to hear of everything a node does; null when nobody does. */
  listenerOf(machine: Machine): NodeListener | null {
    if (this.#hooks.listener === undefined) return null
    let listener = this.#listeners.get(machine)
    if (listener === undefined) {
      listener = this.#hooks.listener(machine)
      this.#listeners.set(machine, listener)
    }
    return listener
  }

  get isTracing(): boolean {
    return this.#hooks.trace !== undefined
  }

  /** Writes a line of the trace. */
  trace(who: string, text: string): void {
    const seconds = (this.cluster.queue.nowMs / 1000).toFixed(3)
    this.#hooks.trace?.(`${seconds} ${who} ${text}`)
  }

  /** The power of one machine goes off; it comes back after `downMs`, if that is not null. */
  crash(machine: Machine, downMs: number | null, why: string): void {
    if (!machine.sim.isUp) return
    this.crashes++
    this.hash.text(`crash ${machine.name}`)
    this.trace(machine.name, `loses power: ${why}`)
    machine.armed = null
    machine.nextError = null
    machine.hasFailedWrite = false
    machine.sim.crash()
    if (downMs !== null) this.cluster.queue.plan(downMs, () => this.start(machine))
  }

  /** Starts a machine that is down. */
  start(machine: Machine): void {
    if (machine.sim.isUp || machine.excuse !== null) return
    if (machine.misfit?.kind === 'free') {
      if (!this.#free.has(machine)) startFreeAdversary(machine, this)
      this.#free.add(machine)
      return
    }
    this.listenerOf(machine)?.reset()
    this.hash.text(`start ${machine.name}`)
    this.trace(machine.name, machine.sim.starts === 0 ? 'starts' : 'starts again')
    machine.sim.start()
  }

  /** A write of this machine fails: the process must end soon, since what it knows may not be on the disk. */
  onFailedWrite(machine: Machine, op: PersistOp, error: string): void {
    const { starts } = machine.sim
    this.coverage.faults.add(`disk/${error}`)
    this.trace(machine.name, `${op.label} of ${op.path} fails with ${error}`)
    this.cluster.queue.plan(STOP_AFTER_ERROR_MS, () => {
      if (!machine.hasFailedWrite || machine.sim.starts !== starts) return
      if (!machine.sim.isUp || machine.sim.isFrozen) return
      this.court.fail(
        'crash',
        `${machine.name} goes on ${STOP_AFTER_ERROR_MS / 1000} s after a write of it failed`
      )
    })
  }

  /** A key of a validator that misbehaves has signed something. */
  onByzantineSignature(machine: Machine, signed: Vote | Proposal): void {
    this.hash.text(machine.name)
    this.hash.number(signed.round)
  }

  /** Honest nodes disagree: the end, unless so many misbehave that nothing else could be asked. */
  #onFork(fork: Fork): void {
    const { height, sides } = fork
    const [here, there] = sides.map(({ by, value }) => `${by} ${value.slice(0, 8)}`)
    this.trace('fork', `at height ${height}: ${here}, ${there}`)
    if (this.forks !== null) this.forks.onFork(fork)
    else this.court.fail('agreement', `at height ${height} committed ${here} and ${there}`)
  }

  #onFatal(machine: Machine, error: unknown): void {
    if (!machine.isHonest) {
      this.crash(machine, RESTART_AFTER_STOP_MS, errorMessage(error))
      return
    }
    const isTyped = error instanceof PnyxError && !(error instanceof InvariantError)
    const reason = errorMessage(error)
    this.trace(machine.name, `stops by itself: ${reason}`)
    if (isTyped && this.forks !== null && error.code === 'INVALID_DECISION') {
      machine.excuse = reason
      this.coverage.faults.add('fork/refused')
      this.crash(machine, null, reason)
      return
    }
    if (machine.isDamaged && isTyped) {
      machine.excuse = reason
      this.coverage.faults.add('corruption/refused')
      this.crash(machine, null, reason)
      return
    }
    if (machine.hasFailedWrite && isTyped) {
      this.coverage.faults.add('disk/stopped')
      this.crash(machine, RESTART_AFTER_STOP_MS, reason)
      return
    }
    const stack = error instanceof Error ? (error.stack ?? '') : ''
    this.trace(machine.name, stack)
    this.court.fail('crash', `${machine.name} stopped by itself: ${reason}`)
    this.crash(machine, null, reason)
  }

  #tapWires(): void {
    const byName = new Map(this.machines.map(machine => [machine.name, machine]))
    this.cluster.wires.tap = {
      onPublish: (from, topic, data) => {
        const machine = byName.get(from)
        if (topic === 'consensus' && this.options.byzantine.length > 0) this.mind.hear(data)
        if (machine?.isHonest && topic === 'consensus') this.sent[machine.index]!.onFrame(data)
      },
      onArrival: (to, from, { topic, data }) => {
        const machine = byName.get(to)
        const sender = byName.get(from)
        // What comes from whoever is cut off may be thrown away unread, whoever signed it.
        if (sender === undefined || (!sender.isHonest && !this.#watched.has(sender.address))) return
        if (machine?.isHonest && topic === 'consensus') this.offences.onArrival(machine, data)
      },
      onAnswer: (from, _to, protocol, answer) => {
        const machine = byName.get(from)
        if (machine?.isHonest && protocol === 'catchup' && answer) this.sent[machine.index]!.onAnswer(answer)
      },
      onBlame: (by, about, reason) => {
        if (!byName.get(by)?.isHonest || !byName.get(about)?.isHonest) return
        if (byName.get(about)!.isDamaged || byName.get(by)!.isDamaged) return
        this.court.fail('blame', `${by} blames ${about}, which is honest: ${reason}`)
      }
    }
  }
}

/**
 * Misfits whose every message is read. Who floods or sends bad signatures may be cut off before his offence is looked
 * at, and so may who repeats what such a one said.
 */
function watchedMisfits(machines: readonly Machine[]): ReadonlyMap<Hex, string> {
  const isUnread = ({ behaviours }: Misfit): boolean =>
    behaviours.some(behaviour => UNREAD_BEHAVIOURS.has(behaviour))
  const isRepeating = ({ kind, behaviours }: Misfit): boolean =>
    kind === 'free' || behaviours.includes('lying catch-up')
  const isAnyUnread = machines.some(({ misfit }) => misfit !== null && isUnread(misfit))
  const watched = new Map<Hex, string>()
  for (const { misfit, address, name } of machines) {
    if (misfit === null || isUnread(misfit) || (isAnyUnread && isRepeating(misfit))) continue
    watched.set(address, name)
  }
  return watched
}
