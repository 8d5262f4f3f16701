import { expect } from 'vitest'
import { InMemoryNetwork } from '../../src/replica/examples/in-memory-network.ts'
import {
  createReplica,
  type Decision,
  type LogEntry,
  type Replica,
  type ReplicaEvent,
  type ReplicaMessage,
  type ReplicaOptions,
  type ReplicaProviders,
  type ReplicaTiming,
  type Statement
} from '../../src/replica/index.ts'
import { ManualClock } from './manual-clock.ts'

export interface ClusterOptions {
  readonly members?: number
  /** Members that vote; the others follow. All unless given. */
  readonly voters?: number
  readonly delayMs?: (from: number, to: number) => number | null
  readonly timing?: Partial<ReplicaTiming>
  /** Changes the providers of one member. */
  readonly providers?: (member: number) => Partial<ReplicaProviders<string>>
  readonly options?: (member: number) => Partial<ReplicaOptions<string>>
}

/** What survives a crash of one member: its log, and what its signer has signed. */
export interface Disk {
  height: number
  log: LogEntry<string>[]
  readonly signed: Map<string, Statement>
  /** Statements that the signer would have had to refuse: there must be none. */
  readonly contradictions: string[]
  /** Set, the process dies at the append after this many, before or after it is durable. */
  deathAfter: { appends: number; readonly isDurable: boolean } | null
}

/** Replicas of a log of texts on one manual clock. Signatures are stand-ins: the signer's name over the statement. */
export class ReplicaCluster {
  readonly clock = new ManualClock()
  readonly network: InMemoryNetwork<string>
  readonly disks: readonly Disk[]
  readonly applied: string[][]
  readonly archives: readonly Map<number, Decision<string>>[]
  readonly events: ReplicaEvent<string>[][]
  readonly replicas: (Replica<string> | null)[]
  readonly #options: ClusterOptions
  readonly #voters: number

  constructor(options: ClusterOptions = {}) {
    const { members = 4, voters = members, delayMs } = options
    this.#options = options
    this.#voters = voters
    this.network = new InMemoryNetwork(this.clock, delayMs)
    this.disks = Array.from({ length: members }, () => ({
      height: 1,
      log: [],
      signed: new Map(),
      contradictions: [],
      deathAfter: null
    }))
    this.applied = Array.from({ length: members }, () => [])
    this.archives = Array.from({ length: members }, () => new Map())
    this.events = Array.from({ length: members }, () => [])
    this.replicas = Array.from({ length: members }, () => null)
  }

  async startAll(): Promise<void> {
    for (const member of this.replicas.keys()) await this.start(member)
  }

  make(member: number): Replica<string> {
    return createReplica<string>({
      domain: 'cluster',
      clock: this.clock,
      storage: this.#storage(member),
      providers: { ...this.#providers(member), ...this.#options.providers?.(member) },
      ...(this.#options.timing && { timing: this.#options.timing }),
      ...this.#options.options?.(member)
    })
  }

  async start(member: number): Promise<Replica<string>> {
    const replica = this.make(member)
    this.replicas[member] = replica
    replica.on(event => this.events[member]!.push(event))
    this.network.join(member, (message, reply) => replica.receive(message, reply))
    await replica.start()
    await replica.idle()
    return replica
  }

  /** The process dies: nothing more of it happens, and its disk stays. */
  async crash(member: number): Promise<void> {
    this.network.leave(member)
    const replica = this.replicas[member]
    this.replicas[member] = null
    await replica?.stop()
  }

  /** Lets the next thing happen. */
  async tick(): Promise<void> {
    expect(this.clock.runNext()).toBe(true)
    for (const replica of this.replicas) await replica?.idle()
  }

  async until(holds: () => boolean, ticks = 20_000): Promise<void> {
    for (let i = 0; !holds(); i++) {
      if (i >= ticks) expect.fail(`did not come about: ${this.#describe()}`)
      await this.tick()
    }
  }

  async untilApplied(height: number, members = [...this.replicas.keys()]): Promise<void> {
    await this.until(() => members.every(member => this.applied[member]!.length >= height))
  }

  #describe(): string {
    return this.replicas
      .map((replica, i) => `\n${i}: ${(replica?.trace() ?? []).slice(-4).join('\n   ')}`)
      .join('')
  }

  #storage(member: number) {
    const disk = this.disks[member]!
    return {
      load: () => ({ height: disk.height, log: disk.log }),
      append: (height: number, entry: LogEntry<string>) => {
        const dies = disk.deathAfter !== null && disk.deathAfter.appends-- === 0
        if (dies && !disk.deathAfter!.isDurable)
          throw new RangeError('the process died before it was durable')
        if (height !== disk.height) disk.log = []
        disk.height = height
        disk.log = [...disk.log, entry]
        if (dies) throw new RangeError('the process died after it was durable')
      }
    }
  }

  #providers(member: number): ReplicaProviders<string> {
    const disk = this.disks[member]!
    return {
      members: () => ({
        powers: Array.from({ length: this.#voters }, () => 1n),
        self: member < this.#voters ? member : null
      }),
      proposer: (height, round) => (height + round) % this.#voters,
      valueId: value => `id of ${value}`,
      build: (height, round) => `value ${height}.${round} of ${member}`,
      validate: value => value.startsWith('value'),
      apply: (decision: Decision<string>) => {
        const { height, content } = decision
        this.archives[member]!.set(height, decision)
        this.applied[member]![height - 1] = content
        disk.height = height + 1
        disk.log = []
      },
      sign: (bytes, statement) => signOnce(disk, member, bytes, statement),
      verify: (bytes, signature, statement) => isSignature(bytes, signature, statement.member),
      decisionAt: height => this.archives[member]!.get(height) ?? null,
      send: this.network.senderFor(member) as (message: ReplicaMessage<string>, to?: number) => void
    }
  }
}

export function fakeSignature(bytes: Uint8Array, member: number): Uint8Array {
  return Uint8Array.of(member, ...bytes.slice(-24))
}

function isSignature(bytes: Uint8Array, signature: Uint8Array, member: number): boolean {
  return Buffer.compare(fakeSignature(bytes, member), signature) === 0
}

/** Signs, and notes when a member would contradict itself: the guard of a real signer must never be needed. */
function signOnce(disk: Disk, member: number, bytes: Uint8Array, statement: Statement): Uint8Array {
  const key = `${statement.kind} ${statement.height}/${statement.round}`
  const before = disk.signed.get(key)
  if (before !== undefined && before.value !== statement.value) {
    disk.contradictions.push(`${key}: ${before.value}, then ${statement.value}`)
  }
  disk.signed.set(key, statement)
  return fakeSignature(bytes, member)
}
