import type { PeerId } from '../../../network/index.ts'
import {
  type BlockId,
  blockIdKey,
  type ConsensusMessage,
  isNilBlockId,
  NIL_BLOCK_ID,
  type Vote,
  type VoteType
} from '../../../types/index.ts'
import type { Behaviour } from '../behaviour.ts'
import { coin, type Puppet } from '../puppet.ts'

/** A block id that names nothing. */
export function inventedBlockId(puppet: Puppet, ...words: readonly (string | number)[]): BlockId {
  const prng = puppet.prng.fork(`invented/${words.join('/')}`)
  const hash = Array.from({ length: 8 }, () => prng.int(0x100000000).toString(16).padStart(8, '0')).join('')
  return { hash, partSetHeader: { total: 1, hash: [...hash].reverse().join('') } }
}

/** Two votes of one type in one round: some peers get one, some the other, some both. */
export function doubleVote(puppet: Puppet, type: VoteType): Behaviour {
  const others = new Map<string, Vote>()
  const other = (vote: Vote): Vote => {
    const place = `${vote.height}/${vote.round}`
    let made = others.get(place)
    if (made === undefined) {
      made = puppet.key.vote({ ...vote, blockId: otherValue(puppet, vote) })
      if (others.size > 100) others.clear()
      others.set(place, made)
    }
    return made
  }
  return {
    name: type === 'prevote' ? 'double prevote' : 'double precommit',
    send(message, to) {
      if (message.kind !== 'vote' || message.vote.type !== type) return [message]
      const { height, round } = message.vote
      if (!coin(puppet, 0.6, 'double', type, height, round)) return [message]
      const part = puppet.prng
        .fork(`double/${type}/${height}/${round}/${to}`)
        .pick(['first', 'second', 'both'])
      if (part === 'first') return [message]
      puppet.note(type === 'prevote' ? 'double prevote' : 'double precommit')
      const second: ConsensusMessage = { kind: 'vote', vote: other(message.vote) }
      return part === 'second' ? [second] : [message, second]
    }
  }
}

/** Nil for a block, and for nil a block that somebody proposed or that nobody knows. */
function otherValue(puppet: Puppet, { height, round, blockId }: Vote): BlockId {
  const known = [...(puppet.mind.lore(height)?.values.values() ?? [])]
  const different = known.filter(id => blockIdKey(id) !== blockIdKey(blockId))
  const choice = puppet.prng.fork(`other/${height}/${round}`)
  const rivals: BlockId[] = [...different, inventedBlockId(puppet, height, round)]
  if (!isNilBlockId(blockId)) rivals.push(NIL_BLOCK_ID)
  return choice.pick(rivals)
}

/** Lets only one or two peers see its prevotes, so that they may lock alone, and hides its precommits from all. */
export function hiddenLock(puppet: Puppet): Behaviour {
  return {
    name: 'hidden lock',
    send(message, to) {
      if (message.kind !== 'vote' || !coin(puppet, 0.7, 'hide', message.vote.height)) return [message]
      const { type, height, round } = message.vote
      const isShown = type === 'prevote' && coin(puppet, 0.3, 'show', height, round, to)
      if (!isShown) puppet.note('hidden lock')
      return isShown ? [message] : []
    },
    answer: (_protocol, answer) => (coin(puppet, 0.5, 'hide answers', puppet.mind.height) ? null : answer)
  }
}

/** Forgets its lock: where it would prevote nil it prevotes what is proposed. */
export function amnesia(puppet: Puppet): Behaviour {
  return {
    name: 'amnesia',
    wishVote(vote) {
      if (vote.type !== 'prevote' || !isNilBlockId(vote.blockId)) return vote
      const proposals = puppet.mind.lore(vote.height)?.proposals ?? []
      const proposed = proposals.find(({ round }) => round === vote.round)
      if (proposed === undefined) return vote
      puppet.note('amnesia')
      return { ...vote, blockId: proposed.blockId }
    }
  }
}

/** Precommits something of the past without any polka now. */
export function oldPrecommit(puppet: Puppet): Behaviour {
  return {
    name: 'old precommit',
    wishVote(vote) {
      if (vote.type !== 'precommit' || !coin(puppet, 0.5, 'old', vote.height, vote.round)) return vote
      const values = [...(puppet.mind.lore(vote.height)?.values.values() ?? [])]
      const [oldest] = values
      if (oldest === undefined) return vote
      puppet.note('old precommit')
      return { ...vote, blockId: oldest }
    }
  }
}

/** Says nothing for heights on end, to everybody or to some. */
export function silence(puppet: Puppet): Behaviour {
  const isSilent = (to: PeerId): boolean => {
    const epoch = Math.floor(puppet.mind.height / 3)
    return coin(puppet, 0.4, 'silent', epoch) || coin(puppet, 0.2, 'silent', epoch, to)
  }
  return {
    name: 'silence',
    send(message, to) {
      if (!isSilent(to)) return [message]
      puppet.note('silence')
      return []
    },
    answer: (_protocol, answer, to) => (isSilent(to) ? null : answer)
  }
}
