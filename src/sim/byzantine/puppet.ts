import { packConsensusFrames } from '../../mempool/index.ts'
import type { PeerId, Topic } from '../../network/index.ts'
import type { Block, BlockId, ConsensusMessage, Height } from '../../types/index.ts'
import type { Node } from '../../validator/index.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Prng } from '../prng.ts'
import type { ByzantineKey } from './byzantine-key.ts'
import type { Mind } from './mind.ts'

/** What a Byzantine validator has at hand: its key, its node, the wires, and what its kind knows together. */
export interface Puppet {
  readonly name: PeerId
  readonly key: ByzantineKey
  readonly prng: Prng
  readonly mind: Mind
  readonly ledger: Ledger
  /** All who misbehave have less than a third of the power together, so no round begins by their votes alone. */
  readonly isMinority: boolean
  /** Null while the node is down. */
  readonly node: () => Node | null
  readonly nowMs: () => number
  /** Lets something happen later, if the run is not over by then. */
  readonly plan: (delayMs: number, action: () => void) => void
  readonly peers: () => readonly PeerId[]
  /** Counts up, so that equal messages travel in unequal frames. */
  readonly nextAttempt: () => number
  /** Puts bytes on the wire to one peer. */
  readonly sendBytes: (to: PeerId, topic: Topic, data: Uint8Array) => void
  /** A complete block of this height that somebody has at hand. */
  readonly anyBlock: (height: Height) => Block | null
  /** A block of this height as the puppet's own node would build it; null where nobody is at that height. */
  readonly draftBlock: (height: Height) => Promise<Block | null>
  /** Counts something this validator did. */
  readonly note: (what: string) => void
}

/** Sends messages to one peer in as few frames as possible. */
export function sendMessages(puppet: Puppet, to: PeerId, messages: readonly ConsensusMessage[]): void {
  for (const frame of packConsensusFrames(puppet.nextAttempt(), messages))
    puppet.sendBytes(to, 'consensus', frame)
}

/** A coin that falls the same way for the same words, whenever it is asked. */
export function coin(puppet: Puppet, probability: number, ...words: readonly (string | number)[]): boolean {
  return puppet.prng.fork(words.join('/')).chance(probability)
}

/** Index of the puppet in the set of a height; -1 when it is not in it. */
export function indexAt({ ledger, key }: Puppet, height: Height): number {
  return ledger.setAt(height)?.members.findIndex(({ address }) => address === key.address) ?? -1
}

/** The complete block that the puppet's own node knows by this id. */
export function knownBlock(
  { node }: Puppet,
  height: Height,
  blockId: BlockId,
  keyOf: (id: BlockId) => string
): Block | null {
  const context = node()?.host.context
  return context?.height === height ? (context.blocks.get(keyOf(blockId))?.block ?? null) : null
}
