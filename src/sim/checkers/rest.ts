import { formatState, type RoundState } from '../../consensus/index.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Machine } from '../run/machine.ts'
import { difference, viewOf } from './algorithm.ts'
import type { Fail } from './fail.ts'
import { ReferenceMachine } from './reference-machine.ts'

/** On disks slower than this a node may be busy for long with what looks like rest. */
const SLOW_DISK_MS = 20
/** How long a node may take over one event, apart from its disk, and for how many disk operations. */
const EVENT_MS = 60
const EVENT_OPERATIONS = 30

interface Idleness {
  readonly state: RoundState
  readonly messages: number
  readonly sinceMs: number
}

/** Finds machines that do nothing where Algorithm 1 does something: no transition of theirs could show it. */
export class RestWatch {
  readonly #ledger: Ledger
  readonly #fail: Fail
  readonly #idle = new Map<Machine, Idleness>()

  constructor(ledger: Ledger, fail: Fail) {
    this.#ledger = ledger
    this.#fail = fail
  }

  /** To be called again and again, for every machine. */
  look(machine: Machine): void {
    const { sim, name, latencyMs } = machine
    const idleness = this.#idlenessOf(machine)
    const before = this.#idle.get(machine)
    if (idleness === null) {
      this.#idle.delete(machine)
      return
    }
    if (before?.state !== idleness.state || before.messages !== idleness.messages) {
      this.#idle.set(machine, idleness)
      return
    }
    if (idleness.sinceMs - before.sinceMs < EVENT_MS + EVENT_OPERATIONS * latencyMs) return
    const { host } = sim.node!
    const set = this.#ledger.setAt(host.context.height)
    if (set === undefined) return
    const { state } = idleness
    const expected = new ReferenceMachine(state, viewOf(host.context, set, machine.address)).run({
      kind: 'poolChanged'
    })
    const wrong = difference({ state, effects: [] }, expected)
    if (wrong !== null) this.#fail('algorithm', `${name} rests at ${formatState(state)}: ${wrong}`)
  }

  /** Null for a machine that has a reason to do nothing, or something to do. */
  #idlenessOf({ sim, isHonest, hasFailedWrite, latencyMs }: Machine): Idleness | null {
    const { node } = sim
    if (node === null || !isHonest || sim.isFrozen || hasFailedWrite || latencyMs > SLOW_DISK_MS) return null
    const { host } = node
    const { machine: state, context } = host
    if (host.mailboxSize > 0 || state.decision !== null || state.step === 'newHeight') return null
    return { state, messages: context.pool.size, sinceMs: sim.options.queue.nowMs }
  }
}
