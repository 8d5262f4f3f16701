import { PARTITION_SHAPES } from '../network/index.ts'
import type { FaultClass } from '../options/fault-class.ts'
import { isMinority, type SimOptions } from '../options/sim-options.ts'
import { makePrng, type Prng } from '../prng.ts'
import type { PlanAction, PlanItem } from './plan-item.ts'

interface Draw {
  readonly prng: Prng
  /** Nodes that may be chosen: all but those without a node of their own. */
  readonly nodes: number
  readonly options: SimOptions
}

/** How many of each class a second of faults brings, and what each is. */
const CLASSES: Partial<Record<FaultClass, { readonly perSecond: number; draw(context: Draw): PlanAction }>> =
  {
    partition: { perSecond: 0.35, draw: drawPartition },
    clog: {
      perSecond: 0.3,
      draw: ({ prng, nodes }) => ({ kind: 'clog', node: prng.int(nodes), forMs: prng.between(100, 5000) })
    },
    slow: {
      perSecond: 0.1,
      draw: ({ prng, nodes }) => ({
        kind: 'slowPeer',
        node: prng.int(nodes),
        bytesPerMs: prng.pick([0.001, 0.2, 2]),
        forMs: prng.between(500, 5000)
      })
    },
    disconnect: {
      perSecond: 0.2,
      draw: ({ prng, nodes }) => ({
        kind: 'disconnect',
        node: prng.int(nodes),
        forMs: prng.between(10, 4000)
      })
    },
    gossip: { perSecond: 0.12, draw: context => drawDead('gossipDead', context) },
    streams: { perSecond: 0.12, draw: context => drawDead('streamsDead', context) },
    crash: { perSecond: 0.6, draw: drawCrash },
    powercut: { perSecond: 0.08, draw: ({ prng }) => ({ kind: 'powercut', downMs: prng.between(0, 2000) }) },
    pause: {
      perSecond: 0.2,
      draw: ({ prng, nodes }) => ({ kind: 'pause', node: prng.int(nodes), forMs: prng.between(100, 10_000) })
    },
    disk: { perSecond: 0.3, draw: drawDisk },
    clock: {
      perSecond: 0.15,
      draw: ({ prng, nodes }) => ({
        kind: 'clockJump',
        node: prng.int(nodes),
        byMs: prng.pick([-1, 1]) * prng.pick([500, 40_000, 3_600_000])
      })
    },
    membership: { perSecond: 0.4, draw: drawSetPower },
    votes: { perSecond: 1.5, draw: drawVoteLoss },
    locks: {
      perSecond: 0.3,
      draw: ({ prng }) => ({ kind: 'lockTrap', forMs: prng.between(6000, 12_000), salt: prng.int(1e9) })
    }
  }

/**
 * All faults of a run, in order of time. Each class draws from a stream of its own and each item from a fork of that,
 * so that leaving some out leaves the others as they are.
 */
export function drawPlan(options: SimOptions): readonly PlanItem[] {
  const nodes = options.powers.length + options.spares
  const items: PlanItem[] = []
  for (const fault of options.faults) {
    const root = makePrng(`${options.seed}/plan/${fault}`)
    if (fault === 'corruption') items.push(...drawCorruption({ prng: root, nodes, options }))
    const kind = CLASSES[fault]
    if (kind === undefined) continue
    const rate = kind.perSecond * root.pick([0.5, 1, 2])
    let count = 0
    for (let atMs = pause(root, rate); atMs < options.faultMs; atMs += pause(root, rate)) {
      const prng = root.fork(String(count++))
      items.push({ atMs, fault, action: kind.draw({ prng, nodes, options }) })
    }
  }
  return items.sort((a, b) => a.atMs - b.atMs)
}

/** Time between two faults of a class. */
function pause(prng: Prng, perSecond: number): number {
  return (-Math.log(1 - prng.float()) * 1000) / perSecond
}

function drawPartition({ prng }: Draw): PlanAction {
  const shape = prng.pick(PARTITION_SHAPES)
  return {
    kind: 'partition',
    shape,
    forMs: prng.pick([200, 1000, 4000]) * (0.5 + prng.float()),
    salt: prng.int(1e9)
  }
}

/** Who sees a polka and not the decision is locked, and another value may come: the lock rules are for that. */
function drawVoteLoss({ prng }: Draw): PlanAction {
  return {
    kind: 'voteLoss',
    vote: prng.pick(['prevote', 'prevote', 'precommit'] as const),
    share: prng.pick([0.2, 0.4, 0.7]),
    forMs: prng.between(300, 1500),
    salt: prng.int(1e9)
  }
}

function drawDead(kind: 'gossipDead' | 'streamsDead', { prng, nodes }: Draw): PlanAction {
  return { kind, node: prng.chance(0.5) ? null : prng.int(nodes), forMs: prng.between(500, 5000) }
}

function drawCrash({ prng, nodes }: Draw): PlanAction {
  const inOperation = prng.chance(0.7)
    ? { after: prng.int(12), phase: prng.pick(['before', 'torn', 'after'] as const) }
    : null
  const downMs = prng.chance(0.3) ? prng.int(5) : prng.between(5, 3000)
  const nested = prng.chance(0.3) ? prng.between(1, 5) : 0
  return { kind: 'crash', node: prng.int(nodes), downMs, inOperation, nested }
}

function drawDisk({ prng, nodes }: Draw): PlanAction {
  const node = prng.int(nodes)
  if (prng.chance(0.5)) {
    return { kind: 'slowDisk', node, latencyMs: prng.pick([5, 100, 2000]), forMs: prng.between(500, 5000) }
  }
  return { kind: 'diskError', node, error: prng.pick(['EIO', 'ENOSPC']), downMs: prng.between(5, 2000) }
}

/** One machine at most, and one that the network can do without: it may not come back. */
function drawCorruption({ prng, nodes, options }: Draw): readonly PlanItem[] {
  const { powers, byzantine } = options
  const node = prng.int(nodes)
  const misfits = byzantine.map(({ validator }) => validator)
  const isSpared = node >= powers.length || misfits.includes(node)
  if (!isSpared && !isMinority(powers, [...misfits, node])) return []
  const count = prng.between(1, 3)
  return Array.from({ length: count }, () => ({
    atMs: prng.float() * options.faultMs,
    fault: 'corruption',
    action: {
      kind: 'flipBit',
      node,
      file: prng.pick(['wal', 'wal', 'signState', 'database'] as const),
      place: prng.float(),
      downMs: prng.between(5, 500)
    }
  }))
}

/** Whether the network can bear the change is seen when it is due, since it depends on what was asked for before. */
function drawSetPower({ prng, nodes, options }: Draw): PlanAction {
  const { powers, spares } = options
  const isSpare = spares > 0 && prng.chance(0.6)
  const node = isSpare ? powers.length + prng.int(spares) : prng.int(nodes)
  const now = powers[node] ?? 10
  const power = prng.chance(0.3) ? 0 : Math.max(1, now + prng.between(-3, 5))
  return { kind: 'setPower', node, power }
}
