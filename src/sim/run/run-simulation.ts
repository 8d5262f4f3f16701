import { explain, formatExplanation } from '../../consensus/index.ts'
import { errorMessage } from '../../util/index.ts'
import { checkBounds, checkCoherence } from '../checkers/bounds.ts'
import { checkStores } from '../checkers/stores.ts'
import { PERFECT_LINK } from '../network/index.ts'
import { isTolerable, type SimOptions } from '../options/sim-options.ts'
import { drawPlan } from '../plan/draw-plan.ts'
import type { PlanItem } from '../plan/plan-item.ts'
import { Clients } from './clients.ts'
import { MAX_ROUNDS_AFTER_HEAL } from './limits.ts'
import type { Machine } from './machine.ts'
import { performPlan } from './perform-plan.ts'
import type { SimReport } from './report.ts'
import { roundsMs, timingOf } from './timing.ts'
import { World, type WorldHooks } from './world.ts'

/** Faults that every message may meet from the first moment on. */
const WIRE_FAULTS = ['delay', 'loss', 'duplication', 'replay'] as const
/** Every so many events one node's bounds are looked at, and more rarely its pool's indexes. */
const BOUNDS_EVERY = 61
const COHERENCE_EVERY = 149
/** And now and then whether its machine rests though a rule holds. */
const REST_EVERY = 17
/** No run needs as many events for each pair of nodes and height. */
const EVENTS_A_HEIGHT = 2_000
const EVIDENCE_SLACK = 3
const START_SPREAD_MS = 50
/** Slack of the time that healing may take: reconnecting, catching up, clocks that are off. */
const HEAL_SLACK_MS = 30_000
const HEIGHT_SLACK_MS = 5_000

/**
 * One run: a life under faults, then a life without in which everybody must arrive. Never throws for a bug of the node:
 * what it throws or rejects unseen is a broken invariant like any other.
 */
export async function runSimulation(options: SimOptions, hooks: WorldHooks = {}): Promise<SimReport> {
  const world = await World.open(options, hooks)
  const onStray = (error: unknown): void => {
    world.court.fail('crash', `a node left an error to nobody: ${errorMessage(error)}`)
    if (error instanceof Error) world.trace('stray', error.stack ?? '')
  }
  process.on('unhandledRejection', onStray)
  process.on('uncaughtException', onStray)
  try {
    await live(world)
  } catch (error) {
    if (error instanceof Error) world.trace('thrown', error.stack ?? '')
    world.court.fail('crash', `a node threw an exception into an event: ${errorMessage(error)}`)
  } finally {
    process.off('unhandledRejection', onStray)
    process.off('uncaughtException', onStray)
  }
  return reportOf(world)
}

async function live(world: World): Promise<void> {
  const { options } = world
  const plan = drawPlan(options)
  const clients = new Clients(world, plan)
  begin(world, plan, clients)
  await runUntil(world, () => isOver(world), options.faultMs)
  if (world.court.violation === null && isTolerable(options)) await heal(world)
  await world.ledger.settled()
  if (world.court.violation === null && !world.forks?.fork) await checkStores(world)
}

function begin(world: World, plan: readonly PlanItem[], clients: Clients): void {
  const { options, cluster, coverage } = world
  const { network } = options
  cluster.wires.weather.setBase({ ...PERFECT_LINK, ...network })
  for (const fault of WIRE_FAULTS)
    if (options.faults.includes(fault)) coverage.faults.add(`${fault}/all links`)
  for (const machine of world.machines) {
    machine.latencyMs = options.diskLatencyMs
    cluster.queue.plan(world.prng.float() * START_SPREAD_MS, () => world.start(machine))
  }
  performPlan(world, plan, (machine, power) => clients.submitPower(machine, power))
  clients.start()
}

/** Faults may end early: when the network is far beyond where it had to get. */
function isOver({ options, ledger, forks }: World): boolean {
  if (forks?.fork) return true
  return ledger.height >= 3 * options.heights
}

async function runUntil(world: World, done: () => boolean, limitMs: number): Promise<boolean> {
  const { cluster, machines, court } = world
  let turn = 0
  const mostEvents = EVENTS_A_HEIGHT * machines.length ** 2 * (world.options.heights + 20)
  const isDone = (): boolean => {
    turn++
    const machine = machines[turn % machines.length]!
    if (turn % BOUNDS_EVERY === 0) checkBounds(machine, court.fail)
    if (turn % COHERENCE_EVERY === 0) checkCoherence(machine, court.fail)
    if (turn % REST_EVERY === 0) world.rest.look(machine)
    if (cluster.events > mostEvents)
      court.fail('termination', `the run does not come to rest: ${cluster.events} events`)
    return court.violation !== null || done()
  }
  const reached = await cluster.runUntil(isDone, limitMs)
  return reached && court.violation === null
}

/** All faults end; what misbehaves goes on misbehaving. Every honest node must reach the target in time. */
async function heal(world: World): Promise<void> {
  const { cluster, machines, options, ledger, court } = world
  world.isHealed = true
  world.trace('plan', 'all faults are over')
  cluster.wires.weather.clear()
  cluster.wires.weather.setBase(PERFECT_LINK)
  for (const machine of machines) {
    machine.latencyMs = 0
    machine.armed = null
    machine.nextError = null
    machine.sim.thaw()
    world.start(machine)
    for (const other of machines) cluster.wires.connect(machine.name, other.name)
  }
  const settledAt = ledger.height
  const target = Math.max(options.heights, settledAt + 2 + heightsForEvidence(world))
  const timing = timingOf(options)
  const rounds = machines.map(({ sim }) => sim.node?.machine.round ?? 0)
  const perHeightMs = roundsMs(timing, 0, MAX_ROUNDS_AFTER_HEAL) + timing.timeoutCommitMs + HEIGHT_SLACK_MS
  const lowest = Math.min(...awaited(world).map(heightOf))
  const limitMs =
    roundsMs(timing, Math.max(...rounds), MAX_ROUNDS_AFTER_HEAL) +
    HEAL_SLACK_MS +
    perHeightMs * (target - Math.min(lowest, ledger.height))
  const arrived = await runUntil(world, () => awaited(world).every(m => heightOf(m) >= target), limitMs)
  // Evidence that may expire before an honest proposer has his turn need not be committed.
  if (arrived && options.evidenceAge === null) world.offences.check(settledAt, heightsForEvidence(world))
  if (arrived || court.violation !== null) return
  const late = awaited(world).filter(machine => heightOf(machine) < target)
  const where = late.map(machine => `${machine.name} ${whereabouts(machine)}`).join('; ')
  court.fail(
    'termination',
    `${(limitMs / 1000).toFixed(0)} s after all faults were over not everybody had height ${target}: ${where}`
  )
}

/** Blocks within which an honest proposer has its turn, whoever the others are, and evidence has had time to spread. */
function heightsForEvidence({ options, machines }: World): number {
  return options.byzantine.length === 0 ? 0 : machines.length + EVIDENCE_SLACK
}

/** Honest machines that have no excuse. */
function awaited(world: World): readonly Machine[] {
  return world.honest.filter(({ excuse }) => excuse === null)
}

function heightOf({ sim }: Machine): number {
  return sim.node?.blockStore.height ?? 0
}

function whereabouts({ sim }: Machine): string {
  const { node } = sim
  if (node === null) return sim.isUp ? 'is still starting' : 'is down'
  return formatExplanation(explain(node.machine, node.host.context.env))
}

function reportOf(world: World): SimReport {
  const { options, cluster, ledger, court, coverage } = world
  const { wires, queue } = cluster
  let maxRound = 0
  for (let height = 1; height <= ledger.height; height++) {
    maxRound = Math.max(maxRound, ledger.entry(height)?.round ?? 0)
  }
  for (const [name, count] of Object.entries(wires.counts)) world.hash.text(`${name} ${count}`)
  return {
    options,
    violation: court.violation,
    heights: Math.min(ledger.height, ...awaited(world).map(heightOf)),
    tip: ledger.height,
    maxRound,
    virtualMs: queue.nowMs,
    events: cluster.events,
    messages: { ...wires.counts },
    crashes: world.crashes,
    faults: coverage.faults.toRecord(),
    rules: coverage.rules.toRecord(),
    byzantine: coverage.byzantine.toRecord(),
    punishments: ledger.punishments,
    offences: world.offences.size,
    traceHash: world.hash.toString(),
    hasForked: (world.forks?.fork ?? null) !== null,
    guilty: world.forks?.guilty ?? []
  }
}
