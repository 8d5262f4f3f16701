import type { Application } from '../../app/index.ts'
import type { MachineSpec } from '../cluster.ts'
import type { PersistOp } from '../disk/index.ts'
import { type Misfit, nodeName, type SimOptions } from '../options/sim-options.ts'
import { makePrng } from '../prng.ts'
import type { ClockError } from '../sim-clock.ts'
import { makeSimCrypto } from '../sim-keys.ts'
import { type NodeWrapping, SIM_PATHS } from '../sim-node.ts'
import { maskNode } from './byzantine-nodes.ts'
import { Machine } from './machine.ts'
import { watchNode } from './watch-node.ts'
import type { World } from './world.ts'

const EVIDENCE_REPEAT_MS = 500
/** A block takes time to store on the best of disks, or a validator alone would make blocks in no time at all. */
const LEAST_SYNC_MS = 0.2
const FAR_FACTOR = 4
const FAR_HEIGHTS = 100
const FAR_SYNC_MS = 200
/** Never so few that the files kept could not hold one height. */
const WAL_FILE_BYTES = [1_500, 4_000, 20_000] as const

/**
 * Who is in front of a chain that has long reached its target stores slowly: while somebody else catches up, some
 * networks would make tens of thousands of blocks, and the run holds them all.
 */
function leastSyncMs({ acknowledged, latencyMs }: Machine, { ledger, options }: World): number {
  const isFar = ledger.height > FAR_FACTOR * options.heights + FAR_HEIGHTS
  if (isFar && acknowledged >= ledger.height - 1) return FAR_SYNC_MS
  return latencyMs > 0 ? 0 : LEAST_SYNC_MS
}

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
      onPersist: (op, phase) => {
        if (phase === 'after') noteRotation(op, world)
        machine.onPersist(op, phase)
      },
      fault: op => {
        const error = machine.fault(op)
        if (error !== null) world.onFailedWrite(machine, op, error)
        return error
      },
      schedule: (op, action) => {
        const { queue } = world.cluster
        const leastMs = op.label === 'batchSync' ? leastSyncMs(machine, world) : 0
        const latencyMs = machine.latencyMs > 0 ? world.prng.float() * machine.latencyMs : 0
        if (machine.latencyMs > 0 || leastMs > 0) queue.plan(Math.max(latencyMs, leastMs), action)
        else queueMicrotask(action)
      }
    },
    wrapping: wrappingOf(machine, world),
    walFileBytes: walFileBytesOf(machine, world.options),
    // A twin that stops when it sees the other is no experiment.
    faults: { stopsForTwin: machine.isHonest, evidenceGossipIntervalMs: EVIDENCE_REPEAT_MS }
  }
}

function wrappingOf(machine: Machine, world: World): NodeWrapping {
  const { retention } = world
  const watched = {
    ...watchNode(machine, world),
    ...(retention !== null && { app: (app: Application) => retention.wrap(app, machine) })
  }
  return machine.misfit?.kind === 'mask'
    ? { ...watched, ...maskNode(machine, world, machine.misfit) }
    : watched
}

/** With the class on, a file of the log holds a few heights, one, or less. */
function walFileBytesOf(machine: Machine, { seed, faults }: SimOptions): number | undefined {
  const bytes = makePrng(`${seed}/rotation/${machine.name}`).pick(WAL_FILE_BYTES)
  return faults.includes('rotation') ? bytes : undefined
}

function noteRotation({ label, path }: PersistOp, { options, coverage }: World): void {
  if (!path.startsWith(SIM_PATHS.wal) || !options.faults.includes('rotation')) return
  if (label === 'rename') coverage.faults.add('rotation/new file')
  if (label === 'remove') coverage.faults.add('rotation/old file removed')
}

/** With the class on, most clocks are a little off and some by more than half a minute. */
function clockErrorOf(machine: Machine, { seed, faults }: SimOptions): ClockError {
  const prng = makePrng(`${seed}/clock/${machine.name}`)
  const skewMs = prng.pick([0, 5, 500, 40_000]) * (prng.float() * 2 - 1)
  const driftPpm = prng.pick([0, 20, 200]) * (prng.float() * 2 - 1)
  return faults.includes('clock') ? { skewMs, driftPpm } : { skewMs: 0, driftPpm: 0 }
}
