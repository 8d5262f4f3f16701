import type { ConsensusMessage, Height } from '../../types/index.ts'
import type { LinkOverlay } from '../network/index.ts'
import { designLockTrap, type LockTrap } from '../plan/lock-trap.ts'
import { makePrng } from '../prng.ts'
import type { World } from './world.ts'

const LOOK_EVERY_MS = 20

/** Sets a lock trap for the next height that begins; false where one is set already or none is possible. */
export function setLockTrap(world: World, salt: number, forMs: number): boolean {
  const { ledger, cluster, machines } = world
  const { queue, wires } = cluster
  const height = ledger.height + 2
  const set = world.isTrapSet ? undefined : ledger.setAt(height)
  const trap = set && designLockTrap(set, makePrng(String(salt)))
  if (!trap) return false
  world.isTrapSet = true
  const untilMs = queue.nowMs + forMs
  const remove = wires.weather.add(overlayOf(world, trap, height))
  const isOver = (): boolean =>
    world.isHealed ||
    queue.nowMs >= untilMs ||
    machines.some(({ sim }) => {
      const machine = sim.node?.machine
      return machine !== undefined && isBeyond(machine, height, trap.rounds.length)
    })
  const look = (): void => {
    if (!isOver()) {
      queue.plan(LOOK_EVERY_MS, look)
      return
    }
    world.isTrapSet = false
    remove()
  }
  look()
  return true
}

function isBeyond(machine: { height: Height; round: number }, height: Height, round: number): boolean {
  return machine.height > height || (machine.height === height && machine.round >= round)
}

/** What is held back comes late, by catch-up, when the trap is over. */
function overlayOf({ machines }: World, { rounds }: LockTrap, height: Height): LinkOverlay {
  const addressOf = new Map(machines.map(({ name, address }) => [name, address]))
  return (_from, to) => {
    const address = addressOf.get(to)
    const withholds = (message: ConsensusMessage): boolean => {
      const place =
        message.kind === 'vote' ? message.vote : message.kind === 'proposal' ? message.proposal : message
      const round = place.height === height ? rounds[place.round] : undefined
      if (round === undefined) return false
      if (message.kind !== 'vote') return address !== undefined && round.blind.has(address)
      return message.vote.type === 'prevote' && message.vote.validatorAddress === round.locked
    }
    return { streamsDead: true, withholds }
  }
}
