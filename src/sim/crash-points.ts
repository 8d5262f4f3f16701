import type { PersistPhase } from './disk/index.ts'
import type { FaultClass } from './options/fault-class.ts'
import type { SimOptions } from './options/sim-options.ts'
import type { Machine } from './run/machine.ts'
import type { SimReport } from './run/report.ts'
import { runSimulation } from './run/run-simulation.ts'
import type { World } from './run/world.ts'

export interface CrashPointPlan {
  readonly seed: string
  readonly validators: number
  /** Every disk operation of the first validator up to this height is tried. */
  readonly heights: number
  /** Whether only the first validator loses power, or all with it. */
  readonly who: 'one' | 'all'
  readonly phases: readonly PersistPhase[]
  /** Besides the cuts; none when missing. */
  readonly faults?: readonly FaultClass[]
}

export interface CrashPoint {
  /** Counts the disk operations of the first validator from 0. */
  readonly operation: number
  readonly phase: PersistPhase
}

export interface CrashPointResult {
  /** Disk operations of the first validator until it stored the last height. */
  readonly operations: number
  readonly runs: number
  /** Machines that lost power, over all runs. */
  readonly crashes: number
  readonly failures: readonly { readonly point: CrashPoint; readonly report: SimReport }[]
}

const DOWN_MS = 20

/**
 * Cuts the power in every disk operation of the first heights, one run each: nothing that was acknowledged may be lost,
 * nothing signed twice, and after the restart everybody must get on.
 */
export async function enumerateCrashPoints(plan: CrashPointPlan): Promise<CrashPointResult> {
  const options = optionsOf(plan)
  const operations = await countOperations(options, plan.heights)
  const failures: { point: CrashPoint; report: SimReport }[] = []
  let runs = 0
  let crashes = 0
  for (let operation = 0; operation < operations; operation++) {
    for (const phase of plan.phases) {
      const point = { operation, phase }
      const report = await runSimulation(options, { prepare: world => arm(world, plan, point) })
      runs++
      crashes += report.crashes
      if (report.violation !== null) failures.push({ point, report })
    }
  }
  return { operations, runs, crashes, failures }
}

function optionsOf({ seed, validators, heights, faults = [] }: CrashPointPlan): SimOptions {
  return {
    seed,
    powers: new Array(validators).fill(10),
    spares: 0,
    heights: heights + 1,
    scheme: 'hash',
    app: 'kvstore',
    faults,
    byzantine: [],
    faultMs: 200,
    network: { minDelayMs: 1, maxDelayMs: 3, loss: 0, duplicate: 0, replay: 0, relays: false },
    diskLatencyMs: 0.5,
    txsPerSecond: 20,
    timeoutCommitMs: 20,
    createEmptyBlocks: true,
    skipTimeoutCommit: false,
    evidenceAge: null,
    without: []
  }
}

async function countOperations(options: SimOptions, heights: number): Promise<number> {
  let operations = 0
  const count = (machine: Machine): void => {
    const { sim } = machine
    if ((sim.node?.blockStore.height ?? 0) < heights) operations = sim.options.disk.persistCount
  }
  await runSimulation(options, {
    prepare: ({ machines }) => {
      machines[0]!.onOperation = count
    }
  })
  return operations
}

function arm(world: World, { who }: CrashPointPlan, { operation, phase }: CrashPoint): void {
  const [first] = world.machines
  first!.armed = {
    remaining: operation,
    phase,
    crash: () => {
      const why = `${phase} disk operation ${operation}`
      for (const machine of who === 'all' ? world.machines : [first!]) {
        stirDisk(machine, operation)
        world.crash(machine, DOWN_MS, why)
      }
    }
  }
}

/** Every cut is the first of its run; without this all of them would keep the same share of what was not synced. */
function stirDisk({ sim }: Machine, times: number): void {
  for (let time = 0; time < times; time++) sim.options.disk.options.random()
}
