import { type Block, blockIdKey, type ConsensusMessage, type Proposal } from '../../../types/index.ts'
import type { Behaviour, BehaviourName } from '../behaviour.ts'
import {
  censoredBlock,
  INVALID_BLOCKS,
  invalidBlock,
  otherValidBlock,
  type PackedBlock,
  packBlock,
  withFewerPrecommits
} from '../forge-block.ts'
import { withForgedEvidence } from '../forge-evidence.ts'
import { coin, knownBlock, type Puppet, sendMessages } from '../puppet.ts'

/** Another proposal for a round in which the puppet proposes; null where it has none in mind. */
type Forge = (block: Block, proposal: Proposal) => Block | null

/**
 * Puts a forged block in the place of the own one, for those peers whose coin says so: proposal, parts and the own votes
 * for it.
 */
function replaceProposal(
  puppet: Puppet,
  name: BehaviourName,
  share: number,
  shareOfPeers: number,
  forge: Forge
): Behaviour {
  const made = new Map<string, { readonly packed: PackedBlock; readonly proposal: Proposal } | null>()
  const forged = (proposal: Proposal) => {
    const place = `${proposal.height}/${proposal.round}`
    const before = made.get(place)
    if (before !== undefined) return before
    if (made.size > 100) made.clear()
    const block = knownBlock(puppet, proposal.height, proposal.blockId, blockIdKey)
    const other = block && coin(puppet, share, name, place) ? forge(block, proposal) : null
    const packed = other && packBlock(other)
    const entry = packed && {
      packed,
      proposal: puppet.key.proposal({ ...proposal, blockId: packed.blockId })
    }
    made.set(place, entry)
    return entry
  }
  return {
    name,
    send(message, to) {
      const { height, round } = placeOf(message)
      if (!coin(puppet, shareOfPeers, name, height, round, to)) return [message]
      if (message.kind === 'proposal') {
        const entry = forged(message.proposal)
        if (entry === null) return [message]
        puppet.note(name)
        const parts = entry.packed.parts.map(
          (part): ConsensusMessage => ({ kind: 'blockPart', height, round, part })
        )
        return [{ kind: 'proposal', proposal: entry.proposal }, ...parts]
      }
      const entry = made.get(`${height}/${round}`)
      if (!entry) return [message]
      if (message.kind === 'blockPart') return []
      const { vote } = message
      if (vote.blockId.hash === '') return [message]
      return [{ kind: 'vote', vote: puppet.key.vote({ ...vote, blockId: entry.packed.blockId }) }]
    }
  }
}

function placeOf(message: ConsensusMessage): { readonly height: number; readonly round: number } {
  if (message.kind === 'vote') return message.vote
  return message.kind === 'proposal' ? message.proposal : message
}

/** Two valid blocks in one round: one half of the peers gets each. */
export function doubleProposal(puppet: Puppet): Behaviour {
  return replaceProposal(puppet, 'double proposal', 0.8, 0.5, (block, { height, round }) =>
    otherValidBlock(block, `${height}.${round}`)
  )
}

/** Of the blocks that break a rule, those that break one about evidence. */
const SHARE_OF_EVIDENCE = 0.3

/** A block that breaks a rule, to all. */
export function invalidProposal(puppet: Puppet): Behaviour {
  return replaceProposal(puppet, 'invalid block', 0.7, 1, (block, { height, round }) => {
    const prng = puppet.prng.fork(`invalid/${height}/${round}`)
    const kind = prng.chance(SHARE_OF_EVIDENCE) ? 'forged evidence' : prng.pick(INVALID_BLOCKS)
    const forged =
      kind === 'forged evidence' ? withForgedEvidence(puppet, block) : invalidBlock(kind, block, prng)
    if (forged !== null) puppet.note(`invalid block/${kind}`)
    return forged
  })
}

/** Makes honest validators look absent. */
export function omittedPrecommits(puppet: Puppet): Behaviour {
  return replaceProposal(puppet, 'omitted precommits', 0.9, 1, (block, { height, round }) => {
    const state = puppet.node()?.state
    return state === undefined
      ? null
      : withFewerPrecommits(block, state, puppet.prng.fork(`omit/${height}/${round}`))
  })
}

/** Keeps transactions and evidence out of its blocks. */
export function censorship(puppet: Puppet): Behaviour {
  const behaviour = replaceProposal(puppet, 'censorship', 1, 1, block =>
    block.txs.length + block.evidence.length === 0 ? null : censoredBlock(block)
  )
  return { ...behaviour, dropsEvidence: true }
}

/** The same block once more, with another claim about its polka. */
export function otherPolkaRound(puppet: Puppet): Behaviour {
  return {
    name: 'other polka round',
    send(message, to) {
      if (message.kind !== 'proposal' || message.proposal.round === 0) return [message]
      const { proposal } = message
      if (!coin(puppet, 0.9, 'other pol', proposal.height, proposal.round)) return [message]
      const polRound = proposal.polRound === -1 ? proposal.round - 1 : -1
      puppet.note('other polka round')
      const second: ConsensusMessage = {
        kind: 'proposal',
        proposal: puppet.key.proposal({ ...proposal, polRound })
      }
      return coin(puppet, 0.5, 'pol first', proposal.height, proposal.round, to)
        ? [second]
        : [message, second]
    }
  }
}

/** Claims a polka for its new block that never was. */
export function lyingPolka(puppet: Puppet): Behaviour {
  return {
    name: 'lying polka',
    wishProposal(proposal) {
      if (proposal.round === 0 || proposal.polRound !== -1) return proposal
      puppet.note('lying polka')
      return { ...proposal, polRound: puppet.prng.int(proposal.round) }
    }
  }
}

/** Proposes and keeps the block, or some of it, from all or from some. */
export function withheldParts(puppet: Puppet): Behaviour {
  const isWithheld = (height: number, round: number, to: string): boolean =>
    coin(puppet, 0.6, 'withhold', height, round) && coin(puppet, 0.7, 'withhold', height, round, to)
  return {
    name: 'withheld parts',
    send(message, to) {
      if (message.kind !== 'blockPart' || !isWithheld(message.height, message.round, to)) return [message]
      puppet.note('withheld parts')
      return []
    },
    answer(protocol, answer) {
      return protocol === 'catchup' && coin(puppet, 0.7, 'withhold answers', puppet.mind.height)
        ? null
        : answer
    }
  }
}

/** Proposes when the others have almost given up, some of them already. */
export function lateProposal(puppet: Puppet, timeoutProposeMs: number): Behaviour {
  return {
    name: 'late proposal',
    send(message, to) {
      if (message.kind === 'vote') return [message]
      const { height, round } = placeOf(message)
      if (!coin(puppet, 0.6, 'late', height, round)) return [message]
      const delayMs =
        timeoutProposeMs * (0.8 + 0.3 * puppet.prng.fork(`late/${height}/${round}/${to}`).float())
      puppet.note('late proposal')
      puppet.plan(delayMs, () => sendMessages(puppet, to, [message]))
      return []
    }
  }
}
