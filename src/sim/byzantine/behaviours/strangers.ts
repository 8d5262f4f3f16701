import { type ConsensusMessage, NIL_BLOCK_ID, timestampFromMs, type Vote } from '../../../types/index.ts'
import { SIM_EPOCH_MS } from '../../sim-clock.ts'
import type { Behaviour } from '../behaviour.ts'
import { otherValidBlock, packBlock } from '../forge-block.ts'
import { indexAt, type Puppet, sendMessages } from '../puppet.ts'

/** One more than a node keeps of one validator. */
const ROUNDS_CLIMBED = 3

/** Votes in the names of others, right in all but the signature. */
export function forgedVotes(puppet: Puppet): Behaviour {
  return {
    name: 'forged votes',
    tick() {
      const { prng, mind, ledger, peers } = puppet
      const { height } = mind
      const others = (ledger.setAt(height)?.members ?? []).flatMap(({ address }, index) =>
        address === puppet.key.address ? [] : [{ address, index }]
      )
      const everybody = peers()
      if (others.length === 0 || everybody.length === 0) return
      const victim = prng.pick(others)
      const values = [...(mind.lore(height)?.values.values() ?? [])]
      const signed = puppet.key.vote({
        type: prng.pick(['prevote', 'precommit'] as const),
        height,
        round: mind.lore(height)?.round ?? 0,
        blockId: prng.pick([NIL_BLOCK_ID, ...values]),
        timestamp: timestampFromMs(SIM_EPOCH_MS + puppet.nowMs()),
        validatorIndex: victim.index
      })
      const vote: Vote = { ...signed, validatorAddress: victim.address }
      puppet.note('forged votes')
      sendMessages(puppet, prng.pick(everybody), [{ kind: 'vote', vote }])
    }
  }
}

/** Parts of blocks that nobody proposed, whole and proved, where those of the proposal are awaited. */
export function foreignParts(puppet: Puppet): Behaviour {
  return {
    name: 'foreign parts',
    tick() {
      const { prng, mind, anyBlock } = puppet
      const { height } = mind
      const template = anyBlock(height) ?? puppet.ledger.entry(height - 1)?.block ?? null
      if (template === null) return
      const { parts } = packBlock(otherValidBlock(template, `foreign ${prng.int(1e6)}`))
      const round = mind.lore(height)?.round ?? 0
      puppet.note('foreign parts')
      toAll(
        puppet,
        parts.map(part => ({ kind: 'blockPart', height, round, part }))
      )
    }
  }
}

/** Votes nil in one round to come after the other, each of which pushes one before it out of the pools of the others. */
export function roundClimbing(puppet: Puppet): Behaviour {
  return {
    name: 'round climbing',
    tick() {
      const { prng, mind, key, nowMs } = puppet
      const { height } = mind
      const next = (mind.lore(height)?.round ?? 0) + prng.between(1, 2)
      const type = prng.pick(['prevote', 'precommit'] as const)
      puppet.note('round climbing')
      for (let round = next; round < next + ROUNDS_CLIMBED; round++) {
        const vote = key.vote({
          type,
          height,
          round,
          blockId: NIL_BLOCK_ID,
          timestamp: timestampFromMs(SIM_EPOCH_MS + nowMs()),
          validatorIndex: Math.max(0, indexAt(puppet, height))
        })
        toAll(puppet, [{ kind: 'vote', vote }])
      }
    }
  }
}

function toAll(puppet: Puppet, messages: readonly ConsensusMessage[]): void {
  for (const to of puppet.peers()) sendMessages(puppet, to, messages)
}
