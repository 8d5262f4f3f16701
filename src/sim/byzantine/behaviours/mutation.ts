import {
  type BlockId,
  type ConsensusMessage,
  NIL_BLOCK_ID,
  type Part,
  type Proposal,
  type Vote
} from '../../../types/index.ts'
import type { Behaviour } from '../behaviour.ts'
import { indexAt, type Puppet } from '../puppet.ts'
import { inventedBlockId } from './votes.ts'

const SHARE = 0.15

/** Small-scope mutations (ByzzFuzz): a legal message with one field a little off, signed anew; each peer gets another. */
export function mutation(puppet: Puppet): Behaviour {
  return {
    name: 'mutation',
    send(message) {
      if (!puppet.prng.chance(SHARE)) return [message]
      puppet.note('mutation')
      if (message.kind === 'blockPart') return [{ ...message, part: mutatedPart(puppet, message.part) }]
      const mutated: ConsensusMessage =
        message.kind === 'vote'
          ? { kind: 'vote', vote: mutatedVote(puppet, message.vote) }
          : { kind: 'proposal', proposal: mutatedProposal(puppet, message.proposal) }
      return puppet.prng.chance(0.5) ? [mutated] : [message, mutated]
    }
  }
}

/** A part that lies about itself: its bytes, its place, the size of its set. */
function mutatedPart({ prng }: Puppet, part: Part): Part {
  const { proof } = part
  return prng.pick<() => Part>([
    () => {
      const bytes = Uint8Array.from(part.bytes)
      bytes[prng.int(bytes.length)]! ^= 1 << prng.int(8)
      return { ...part, bytes }
    },
    () => ({ ...part, index: part.index + 1 }),
    () => ({ ...part, proof: { ...proof, index: proof.index + 1 } }),
    () => ({ ...part, proof: { ...proof, total: proof.total + 1 } })
  ])()
}

function mutatedVote(puppet: Puppet, vote: Vote): Vote {
  const { prng, key } = puppet
  const change = prng.pick<() => Partial<Vote>>([
    () => ({ round: vote.round + 1 }),
    () => ({ round: Math.max(0, vote.round - 1) }),
    () => ({ height: vote.height + 1 }),
    () => ({ height: Math.max(1, vote.height - 1) }),
    () => ({ type: vote.type === 'prevote' ? 'precommit' : 'prevote' }),
    () => ({ blockId: knownOrInvented(puppet, vote.height) }),
    () => ({ timestamp: { seconds: vote.timestamp.seconds + prng.pick([-3600, 3600]), nanos: 0 } })
  ])()
  const mutated = { ...vote, ...change }
  return key.vote({ ...mutated, validatorIndex: Math.max(0, indexAt(puppet, mutated.height)) })
}

function mutatedProposal(puppet: Puppet, proposal: Proposal): Proposal {
  const { prng, key } = puppet
  const change = prng.pick<() => Partial<Proposal>>([
    () => ({ round: proposal.round + 1 }),
    () => ({ height: proposal.height + 1 }),
    () => ({ polRound: prng.between(-1, proposal.round) }),
    () => ({ blockId: knownOrInvented(puppet, proposal.height) }),
    () => ({
      blockId: {
        ...proposal.blockId,
        partSetHeader: { ...proposal.blockId.partSetHeader, total: prng.pick([2, 50, 1000]) }
      }
    })
  ])()
  return key.proposal({ ...proposal, ...change })
}

function knownOrInvented(puppet: Puppet, height: number): BlockId {
  const known = [...(puppet.mind.lore(height)?.values.values() ?? [])]
  return puppet.prng.pick([...known, NIL_BLOCK_ID, inventedBlockId(puppet, height)])
}
