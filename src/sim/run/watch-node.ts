import { formatTransition, type RoundState } from '../../consensus/index.ts'
import type { VerifiedMessage } from '../../mempool/index.ts'
import type { HostListener, HostTransition, Node, NodeEvent } from '../../validator/index.ts'
import { checkTransition } from '../checkers/algorithm.ts'
import { checkCoherence } from '../checkers/bounds.ts'
import { checkKept, checkParts } from '../checkers/gathered.ts'
import { whyLogIsShort } from '../checkers/log-start.ts'
import { checkBase } from '../checkers/pruned.ts'
import { tapSigner } from '../checkers/signer-tap.ts'
import type { NodeWrapping } from '../sim-node.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

/** What is put around every node to see what it does; honest ones are also held to the rules. */
export function watchNode(machine: Machine, world: World): NodeWrapping {
  return {
    signer: signer => {
      if (!machine.isHonest) return signer
      return tapSigner(signer, {
        onAsked: wish => world.sent[machine.index]!.onAsked(wish),
        onSigned: (address, statement) => {
          world.hash.text(statement.signature)
          world.book.onSigned(address, statement)
        },
        onRefused: (address, wish, reason) => {
          world.trace(machine.name, `guard refuses: ${reason}`)
          world.book.onRefused(address, wish, reason)
        }
      })
    },
    observer: observe(machine, world),
    onOpen: node => onOpen(machine, world, node)
  }
}

function observe(machine: Machine, world: World): HostListener {
  return {
    onTransition: transition => onTransition(machine, world, transition),
    onMessage: (message, outcome) => {
      world.listenerOf(machine)?.onMessage(message, outcome)
      if (!machine.isHonest) return
      world.forks?.onMessage(message)
      checkKept(machine, message, outcome, world.court.fail)
      if (outcome === 'added' && isOfRoundToCome(machine, message)) checkCoherence(machine, world.court.fail)
    },
    onPart() {},
    onBlockComplete: (_, blockId, refusal) => {
      if (machine.isHonest) checkParts(machine, blockId, world.court.fail)
      if (refusal === null) return
      world.coverage.byzantine.add('refused block')
      if (world.isTracing) world.trace(machine.name, `refuses block ${blockId.hash.slice(0, 8)}: ${refusal}`)
    },
    onHeight() {}
  }
}

/** Such a message may have pushed others out of the pool. */
function isOfRoundToCome({ sim }: Machine, message: VerifiedMessage): boolean {
  const { round } = message.kind === 'vote' ? message.vote : message.proposal
  return sim.node !== null && round > sim.node.machine.round + 1
}

/** Every round that is out of the ordinary, and of the others every fourth height: the reference is slow. */
function isCompared({ height, round }: RoundState): boolean {
  return round > 0 || height % 4 === 1
}

function onTransition(machine: Machine, world: World, transition: HostTransition): void {
  const { before, after, input, effects, fired } = transition
  const { hash, coverage } = world
  coverage.onRules(fired)
  world.listenerOf(machine)?.onTransition(transition)
  if (machine.isHonest && isCompared(after)) {
    checkTransition(machine.name, machine.address, transition, world.ledger, world.court.fail)
  }
  hash.number(machine.index)
  hash.number(world.cluster.queue.nowMs)
  hash.number(after.height)
  hash.number(after.round)
  for (const rule of fired) hash.text(rule)
  if (before.height !== after.height || world.isTracing) {
    world.trace(machine.name, formatTransition(input, { state: after, effects, fired }))
  }
}

/** A node has recovered: what it said it had committed must be there, and what it found on its disk is claimed. */
async function onOpen(machine: Machine, world: World, node: Node): Promise<void> {
  const { blockStore } = node
  const { name } = machine
  if (machine.isHonest && !machine.isDamaged && blockStore.height < machine.acknowledged) {
    world.court.fail(
      'durability',
      `${name} had committed height ${machine.acknowledged} and has only ${blockStore.height} after a restart`
    )
  }
  node.events.subscribe(event => onEvent(machine, world, node, event))
  if (!machine.isHonest) return
  machine.base = Math.max(1, blockStore.base)
  await checkLog(machine, world, node)
  for (let height = Math.max(1, world.ledger.height + 1); height <= blockStore.height; height++) {
    const block = await blockStore.loadBlock(height)
    const meta = blockStore.loadMeta(height)
    const seenCommit = blockStore.loadSeenCommit(height)
    if (block === null || meta === null || seenCommit === null) break
    const appHash = height === node.state.lastBlockHeight ? node.state.appHash : null
    world.ledger.claim({ by: name, block, blockId: meta.blockId, seenCommit, appHash })
  }
}

/** What it said in the height in progress must follow from its log, and so the log must hold that height whole. */
async function checkLog({ name, address, sim, isDamaged }: Machine, world: World, node: Node): Promise<void> {
  const { lastBlockHeight } = node.state
  if (isDamaged || world.book.lastSentHeight(address) !== lastBlockHeight + 1) return
  const wrong = await whyLogIsShort(sim.options.disk, lastBlockHeight + 1, node.ports.clock)
  if (wrong === null) return
  world.court.fail('durability', `${name} had sent messages of height ${lastBlockHeight + 1}, and ${wrong}`)
}

function onEvent(machine: Machine, world: World, node: Node, event: NodeEvent): void {
  if (event.kind !== 'blockApplied') return
  const { block, blockId } = event
  const { height } = block.header
  world.hash.text(blockId.hash)
  world.trace(machine.name, `commits ${blockId.hash.slice(0, 8)} at ${height}`)
  if (!machine.isHonest) return
  if (height !== machine.acknowledged + 1 && height <= machine.acknowledged) {
    world.court.fail('integrity', `${machine.name} committed height ${height} again`)
  }
  machine.acknowledged = Math.max(machine.acknowledged, height)
  checkBase(machine, world.court.fail, () => world.coverage.faults.add('pruning/pruned'))
  const seenCommit = node.blockStore.loadSeenCommit(height)
  if (seenCommit === null) {
    world.court.fail('integrity', `${machine.name} committed height ${height} without keeping the commit`)
    return
  }
  world.ledger.claim({ by: machine.name, block, blockId, seenCommit, appHash: node.state.appHash })
}
