import { type LinkOverlay, makePartition } from '../network/index.ts'
import { type PlanAction, type PlanItem, planText } from '../plan/plan-item.ts'
import { makePrng } from '../prng.ts'
import { SIM_PATHS } from '../sim-node.ts'
import type { Machine } from './machine.ts'
import { setLockTrap } from './set-lock-trap.ts'
import type { World } from './world.ts'

/** How far into its recovery a machine is crashed again, at most. */
const RECOVERY_OPERATIONS = 12
const DISCONNECT_CHECK_MS = 1

/** Lets every fault of the plan happen in its time. */
export function performPlan(
  world: World,
  plan: readonly PlanItem[],
  submitPower: (machine: Machine, power: number) => void
): void {
  const left = new Set(world.options.without)
  for (const [number, item] of plan.entries()) {
    if (left.has(number)) continue
    world.cluster.queue.plan(item.atMs, () => {
      if (world.isHealed) return
      world.trace('plan', `${number}: ${planText(item, index => world.machines[index]?.name ?? `v${index}`)}`)
      perform(world, item, submitPower)
    })
  }
}

function perform(world: World, item: PlanItem, submitPower: (machine: Machine, power: number) => void): void {
  const { action, fault } = item
  const note = (shape: string): void => world.coverage.faults.add(`${fault}/${shape}`)
  switch (action.kind) {
    case 'partition': {
      const peers = world.machines.map(({ name }) => name)
      note(action.shape)
      overlay(world, makePartition(action.shape, peers, makePrng(String(action.salt))), action.forMs)
      return
    }
    case 'clog': {
      const { name } = world.machines[action.node]!
      const untilMs = world.cluster.queue.nowMs + action.forMs
      note('clog')
      overlay(world, touching(name, { cloggedUntilMs: untilMs }), action.forMs)
      return
    }
    case 'slowPeer': {
      const { name } = world.machines[action.node]!
      note(action.bytesPerMs < 0.01 ? 'trickle' : 'slow')
      overlay(world, from => (from === name ? { bytesPerMs: action.bytesPerMs } : null), action.forMs)
      return
    }
    case 'gossipDead':
    case 'streamsDead': {
      const dead = action.kind === 'gossipDead' ? { gossipDead: true } : { streamsDead: true }
      note(action.node === null ? 'all' : 'one')
      const name = action.node === null ? null : world.machines[action.node]!.name
      overlay(world, name === null ? () => dead : touching(name, dead), action.forMs)
      return
    }
    case 'voteLoss': {
      const { vote, share, salt, forMs } = action
      note(vote)
      const lost = { losesVotes: vote, streamsDead: true }
      const onLink = (from: string, to: string) => makePrng(`${salt}/${from}/${to}`).chance(share)
      overlay(world, (from, to) => (onLink(from, to) ? lost : null), forMs)
      return
    }
    case 'lockTrap':
      if (setLockTrap(world, action.salt, action.forMs)) note('trap')
      return
    case 'disconnect':
      note('disconnect')
      disconnect(world, world.machines[action.node]!, action.forMs)
      return
    case 'powercut':
      note('powercut')
      for (const machine of world.machines) world.crash(machine, action.downMs, 'power cut')
      return
    case 'setPower':
      submitPower(world.machines[action.node]!, action.power)
      return
    default:
      performOnMachine(world, world.machines[action.node]!, action, note)
  }
}

type MachineAction = Extract<
  PlanAction,
  { readonly kind: 'crash' | 'pause' | 'diskError' | 'slowDisk' | 'flipBit' | 'clockJump' }
>

function performOnMachine(
  world: World,
  machine: Machine,
  action: MachineAction,
  note: (shape: string) => void
): void {
  const { queue } = world.cluster
  switch (action.kind) {
    case 'crash':
      crash(world, machine, action, note)
      return
    case 'pause':
      if (!machine.sim.isUp || machine.sim.isFrozen) return
      note('pause')
      machine.sim.freeze()
      queue.plan(action.forMs, () => machine.sim.thaw())
      return
    case 'diskError':
      if (machine.sim.isUp) machine.nextError = action.error
      return
    case 'slowDisk':
      note('slow')
      machine.latencyMs = action.latencyMs
      queue.plan(action.forMs, () => {
        machine.latencyMs = world.isHealed ? 0 : world.options.diskLatencyMs
      })
      return
    case 'flipBit':
      flipBit(world, machine, action, note)
      return
    case 'clockJump':
      note('jump')
      machine.sim.jumpClock(action.byMs)
  }
}

function crash(
  world: World,
  machine: Machine,
  { inOperation, downMs, nested }: Extract<PlanAction, { kind: 'crash' }>,
  note: (shape: string) => void
): void {
  const again = (left: number): void => {
    world.cluster.queue.plan(downMs, () => {
      world.start(machine)
      if (left === 0 || world.isHealed || machine.excuse !== null) return
      machine.armed = {
        remaining: world.prng.int(RECOVERY_OPERATIONS),
        phase: world.prng.pick(['before', 'torn', 'after'] as const),
        crash: () => {
          note('nested')
          world.crash(machine, null, 'while it recovers')
          again(left - 1)
        }
      }
    })
  }
  if (inOperation === null) {
    if (!machine.sim.isUp) return
    note('any moment')
    world.crash(machine, null, 'at any moment')
    again(nested)
    return
  }
  const { after, phase } = inOperation
  machine.armed = {
    remaining: after,
    phase,
    crash: () => {
      note(phase)
      world.crash(machine, null, `${phase} a disk operation`)
      again(nested)
    }
  }
}

function flipBit(
  world: World,
  machine: Machine,
  { file, place, downMs }: Extract<PlanAction, { kind: 'flipBit' }>,
  note: (shape: string) => void
): void {
  world.crash(machine, null, 'before a bit flips')
  const { disk } = machine.sim.options
  machine.isDamaged = true
  if (file === 'database') {
    const [database] = disk.databases.values()
    database?.damageAny(place)
  } else {
    const path = file === 'wal' ? `${SIM_PATHS.wal}/wal` : SIM_PATHS.signState
    const bits = 8 * (disk.files.get(path)?.size ?? 0)
    if (bits > 0) disk.flipBit(path, Math.floor(place * bits))
  }
  note(file)
  world.cluster.queue.plan(downMs, () => world.start(machine))
}

function overlay(world: World, fault: LinkOverlay, forMs: number): void {
  const remove = world.cluster.wires.weather.add(fault)
  world.cluster.queue.plan(forMs, remove)
}

/** A fault on every link from or to one node. */
function touching(name: string, state: ReturnType<LinkOverlay>): LinkOverlay {
  return (from, to) => (from === name || to === name ? state : null)
}

function disconnect(world: World, machine: Machine, forMs: number): void {
  const { wires, queue } = world.cluster
  const others = world.machines.map(({ name }) => name).filter(name => name !== machine.name)
  for (const other of others) wires.disconnect(machine.name, other)
  queue.plan(Math.max(forMs, DISCONNECT_CHECK_MS), () => {
    for (const other of others) wires.connect(machine.name, other)
  })
}
