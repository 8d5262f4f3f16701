import type { MachineSpec } from '../cluster.ts'
import { type Misfit, nodeName, type SimOptions } from '../options/sim-options.ts'
import { makePrng } from '../prng.ts'
import type { ClockError } from '../sim-clock.ts'
import { makeSimCrypto } from '../sim-keys.ts'
import type { NodeWrapping } from '../sim-node.ts'
import { maskNode } from './byzantine-nodes.ts'
import { Machine } from './machine.ts'
import { watchNode } from './watch-node.ts'
import type { World } from './world.ts'

const EVIDENCE_REPEAT_MS = 500
/** A block takes time to store on the best of disks, or a validator alone would make blocks in no time at all. */
const LEAST_SYNC_MS = 0.2

/** All machines of a run: validators, then spares, then the second node of each twin. */
export function makeMachines(options: SimOptions): readonly Machine[] {
  const { seed, powers, spares, byzantine, scheme } = options
  const crypto = makeSimCrypto(scheme)
  const machines: Machine[] = []
  const add = (name: string, key: number, misfit: Misfit | null): void => {
    machines.push(new Machine(machines.length, name, key, crypto.key(seed, key).address, misfit))
  }
  const misfits = new Map(byzantine.map(misfit => [misfit.validator, misfit]))
  for (let key = 0; key < powers.length + spares; key++) add(nodeName(key), key, misfits.get(key) ?? null)
  for (const misfit of byzantine) {
    if (misfit.kind === 'twins') add(`${nodeName(misfit.validator)}'`, misfit.validator, misfit)
  }
  return machines
}

export function specOf(machine: Machine, world: World): MachineSpec {
  return {
    name: machine.name,
    key: machine.key,
    clock: clockErrorOf(machine, world.options),
    disk: {
      onPersist: (op, phase) => machine.onPersist(op, phase),
      fault: op => {
        const error = machine.fault(op)
        if (error !== null) world.onFailedWrite(machine, op, error)
        return error
      },
      schedule: (op, action) => {
        const { queue } = world.cluster
        if (machine.latencyMs > 0) queue.plan(world.prng.float() * machine.latencyMs, action)
        else if (op.label === 'batchSync') queue.plan(LEAST_SYNC_MS, action)
        else queueMicrotask(action)
      }
    },
    wrapping: wrappingOf(machine, world),
    // A twin that stops when it sees the other is no experiment.
    faults: { stopsForTwin: machine.isHonest, evidenceGossipIntervalMs: EVIDENCE_REPEAT_MS }
  }
}

function wrappingOf(machine: Machine, world: World): NodeWrapping {
  const watched = watchNode(machine, world)
  return machine.misfit?.kind === 'mask'
    ? { ...watched, ...maskNode(machine, world, machine.misfit) }
    : watched
}

/** With the class on, most clocks are a little off and some by more than half a minute. */
function clockErrorOf(machine: Machine, { seed, faults }: SimOptions): ClockError {
  const prng = makePrng(`${seed}/clock/${machine.name}`)
  const skewMs = prng.pick([0, 5, 500, 40_000]) * (prng.float() * 2 - 1)
  const driftPpm = prng.pick([0, 20, 200]) * (prng.float() * 2 - 1)
  return faults.includes('clock') ? { skewMs, driftPpm } : { skewMs: 0, driftPpm: 0 }
}
