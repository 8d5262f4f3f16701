import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import type { Clock } from '../../util/index.ts'
import { createReplica } from '../create-replica.ts'
import type { Decision, ReplicaMessage } from '../message.ts'
import type { ReplicaTiming } from '../providers.ts'
import type { Replica } from '../replica.ts'

export type LifecycleState = 'Init' | 'Running' | 'Stopped'
export type Command = 'start' | 'stop'

/** The values the members agree on: one command a height, and who asked for it. */
export interface Order {
  readonly command: Command
  readonly by: string
}

/** Every legal transition. What is not here is refused. */
const NEXT: Readonly<Record<LifecycleState, Partial<Record<Command, LifecycleState>>>> = {
  Init: { start: 'Running' },
  Running: { stop: 'Stopped' },
  Stopped: {}
}

/** The machine that is replicated: three states, and the orders that led to the present one. */
export class Lifecycle {
  state: LifecycleState = 'Init'
  readonly history: Order[] = []
  #wishes: Order[] = []

  /** Null when the transition is legal now, else the reason why it is refused. */
  refusal(order: unknown): string | null {
    if (!isOrder(order)) return 'not an order'
    return NEXT[this.state][order.command] === undefined
      ? `cannot ${order.command} while ${this.state}`
      : null
  }

  wish(order: Order): void {
    this.#wishes.push(order)
  }

  /** The first wish that is legal now. */
  nextWish(): Order | null {
    return this.#wishes.find(order => this.refusal(order) === null) ?? null
  }

  carryOut(order: Order): void {
    this.state = NEXT[this.state][order.command]!
    this.history.push(order)
    this.#wishes = this.#wishes.filter(wish => this.refusal(wish) === null)
  }
}

export interface LifecycleMember {
  readonly machine: Lifecycle
  readonly replica: Replica<Order>
  /** Asks for a transition. Ask every member, since any of them may be the next to propose. */
  order(order: Order): { readonly refused: string | null }
}

export interface LifecycleOptions {
  readonly self: number
  readonly privateKey: KeyObject
  /** Ed25519 keys of all members in order; each has one vote. */
  readonly publicKeys: readonly KeyObject[]
  readonly clock: Clock
  readonly send: (message: ReplicaMessage<Order>, to?: number) => void
  readonly timing?: Partial<ReplicaTiming>
}

/** One member of a replicated lifecycle: everything a replica needs to know about it stands here. */
export function joinLifecycle(options: LifecycleOptions): LifecycleMember {
  const { self, privateKey, publicKeys, clock, send, timing = {} } = options
  const machine = new Lifecycle()
  const replica = createReplica<Order>({
    domain: 'lifecycle-example',
    clock,
    timing,
    providers: {
      members: () => ({ powers: publicKeys.map(() => 1n), self }),
      proposer: (height, round) => (height + round) % publicKeys.length,
      valueId: order => createHash('sha256').update(JSON.stringify(order)).digest('hex'),
      build: () => machine.nextWish(),
      validate: order => machine.refusal(order) === null,
      apply: ({ content }: Decision<Order>) => machine.carryOut(content),
      hasValue: () => machine.nextWish() !== null,
      sign: bytes => sign(null, bytes, privateKey),
      verify: (bytes, signature, { member }) => verify(null, bytes, publicKeys[member]!, signature),
      send
    }
  })
  return {
    machine,
    replica,
    order(order) {
      const refused = machine.refusal(order)
      if (refused === null) {
        machine.wish(order)
        replica.valueAvailable()
      }
      return { refused }
    }
  }
}

function isOrder(value: unknown): value is Order {
  if (typeof value !== 'object' || value === null) return false
  const { command, by } = value as Partial<Record<keyof Order, unknown>>
  return (command === 'start' || command === 'stop') && typeof by === 'string'
}
