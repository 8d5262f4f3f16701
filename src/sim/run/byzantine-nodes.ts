import type { Network, NetworkHandlers } from '../../network/index.ts'
import { type Block, decodeBlock, type Hex, type Proposal, type Vote } from '../../types/index.ts'
import { ByzantineKey } from '../byzantine/byzantine-key.ts'
import { FreeAdversary } from '../byzantine/free-adversary.ts'
import { makeBehaviours } from '../byzantine/make-behaviours.ts'
import { Mask } from '../byzantine/mask.ts'
import type { Puppet } from '../byzantine/puppet.ts'
import { SimNetwork } from '../network/index.ts'
import { isTolerable, type Misfit } from '../options/sim-options.ts'
import { ProcessGate } from '../process-gate.ts'
import type { NodeWrapping } from '../sim-node.ts'
import type { Machine } from './machine.ts'
import { timingOf } from './timing.ts'
import type { World } from './world.ts'

const TICK_MS = 150

/** What a validator that misbehaves has in its hands. */
export function makePuppet(machine: Machine, world: World): Puppet {
  const { cluster, mind } = world
  const { queue } = cluster
  let attempt = 0
  const onSigned = (signed: Vote | Proposal): void => world.onByzantineSignature(machine, signed)
  return {
    name: machine.name,
    key: new ByzantineKey(
      cluster.crypto.key(world.options.seed, machine.key),
      cluster.genesis.chainId,
      onSigned
    ),
    prng: world.prng.fork(`puppet ${machine.name}`),
    mind,
    ledger: world.ledger,
    isMinority: isTolerable(world.options),
    node: () => machine.sim.node,
    nowMs: () => queue.nowMs,
    plan: (delayMs, action) => {
      queue.plan(delayMs, action)
    },
    peers: () => cluster.wires.endpoints.filter(peer => peer !== machine.name),
    nextAttempt: () => {
      attempt = (attempt + 1) % 0xffffffff
      return attempt
    },
    sendBytes: (to, topic, data) => {
      cluster.wires.sendFrame(machine.name, to, { topic, data, origin: machine.name })
    },
    anyBlock: height => anyBlock(world, height),
    draftBlock: height => draftBlock(world, height, machine.address),
    note: what => world.coverage.byzantine.add(what)
  }
}

/** The wrapping that makes an unmodified node misbehave. The mask is made at its first start. */
export function maskNode(machine: Machine, world: World, misfit: Misfit): NodeWrapping {
  let made: Mask | null = null
  const mask = (): Mask => {
    made ??= makeMask(machine, world, misfit)
    return made
  }
  return {
    signer: signer => mask().signer(signer.publicKey),
    network: network => {
      network.filter = mask()
    }
  }
}

function makeMask(machine: Machine, world: World, misfit: Misfit): Mask {
  const puppet = makePuppet(machine, world)
  const { timeoutProposeMs } = timingOf(world.options)
  const mask = new Mask(puppet, makeBehaviours(misfit.behaviours, puppet, timeoutProposeMs))
  startTicking(world, puppet, () => {
    if (machine.sim.isUp) mask.tick()
  })
  return mask
}

/** Attaches a key without a node to the wires. */
export function startFreeAdversary(machine: Machine, world: World): void {
  const puppet = makePuppet(machine, world)
  const adversary = new FreeAdversary(puppet)
  const { wires, queue } = world.cluster
  const network: Network = new SimNetwork(machine.name, wires, queue, new ProcessGate(queue))
  const handlers: NetworkHandlers = {
    onMessage: (topic, data, _from, judge) => {
      if (topic === 'consensus') world.mind.hear(data)
      judge('ignore')
    },
    onRequest: async (protocol, request, from) => adversary.answer(protocol, request, from),
    onPeerConnected() {},
    onPeerDisconnected() {}
  }
  void network.start(handlers)
  startTicking(world, puppet, () => adversary.tick())
}

function startTicking(world: World, puppet: Puppet, tick: () => void): void {
  const { queue } = world.cluster
  const again = (): void => {
    tick()
    queue.plan(TICK_MS * (0.5 + puppet.prng.float()), again)
  }
  queue.plan(TICK_MS * puppet.prng.float(), again)
}

/** Built by the code and from the state of some node that is at this height, in the name of the one who asks. */
async function draftBlock(world: World, height: number, proposer: Hex): Promise<Block | null> {
  for (const { sim } of world.machines) {
    const { node } = sim
    const context = node?.host.context
    if (!node || context?.height !== height) continue
    const { parts } = await node.executor.build(context.state, proposer)
    return decodeBlock(Buffer.concat(parts.map(({ bytes }) => bytes)))
  }
  return null
}

/** A complete block of a height that some node has at hand. */
function anyBlock(world: World, height: number): Block | null {
  for (const machine of world.machines) {
    const context = machine.sim.node?.host.context
    if (context?.height !== height) continue
    for (const { block } of context.blocks.entries()) if (block !== null) return block
  }
  return null
}
