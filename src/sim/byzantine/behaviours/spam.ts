import { encodeConsensusFrame, encodeEvidenceFrame } from '../../../mempool/index.ts'
import { type ConsensusMessage, NIL_BLOCK_ID, timestampFromMs, type Vote } from '../../../types/index.ts'
import { SIM_EPOCH_MS } from '../../sim-clock.ts'
import type { Behaviour } from '../behaviour.ts'
import { forgedEvidence, oldOffence } from '../forge-evidence.ts'
import { indexAt, type Puppet, sendMessages } from '../puppet.ts'
import { inventedBlockId } from './votes.ts'

const MOST_GARBAGE_BYTES = 2000
const FLOOD_MESSAGES = 40
const FAR_ROUNDS = [100_000, 2 ** 31 - 1] as const
const NEAR_ROUNDS = [50, 60] as const

function ownVote(puppet: Puppet, height: number, round: number): Vote {
  const { prng, key, nowMs } = puppet
  return key.vote({
    type: prng.pick(['prevote', 'precommit'] as const),
    height,
    round,
    blockId: prng.chance(0.5) ? NIL_BLOCK_ID : inventedBlockId(puppet, height, round),
    timestamp: timestampFromMs(SIM_EPOCH_MS + nowMs()),
    validatorIndex: Math.max(0, indexAt(puppet, height))
  })
}

function toSomebody(puppet: Puppet, messages: readonly ConsensusMessage[]): void {
  const peers = puppet.peers()
  if (peers.length > 0) sendMessages(puppet, puppet.prng.pick(peers), messages)
}

/** Well-signed votes for heights and rounds to come. */
export function futureSpam(puppet: Puppet): Behaviour {
  return {
    name: 'future spam',
    tick() {
      const { prng, mind } = puppet
      const height = mind.height + prng.pick([0, 0, 0, 1, 2, 3, 1000])
      // Where their votes alone begin a round, a far one would have the checkers count billions of turns.
      const far = puppet.isMinority ? FAR_ROUNDS : NEAR_ROUNDS
      const round = prng.pick([1, 2, 3, prng.between(4, 40), ...far])
      puppet.note('future spam')
      toSomebody(puppet, [{ kind: 'vote', vote: ownVote(puppet, height, round) }])
    }
  }
}

/** Votes whose fields do not fit together: index, signer, chain, signs. */
export function malformedSpam(puppet: Puppet): Behaviour {
  return {
    name: 'malformed spam',
    tick() {
      const { prng, mind, key, ledger } = puppet
      const vote = ownVote(puppet, mind.height, 0)
      const members = ledger.setAt(mind.height)?.members ?? []
      const victim = prng.pick([key.address, ...members.map(({ address }) => address)])
      const spoiled = prng.pick<() => Vote>([
        () => ({ ...vote, validatorIndex: vote.validatorIndex + 1 }),
        () => ({ ...vote, validatorIndex: 2 ** 31 - 1 }),
        () => ({ ...vote, validatorIndex: -1 }),
        () => ({ ...vote, validatorAddress: victim }),
        () => ({ ...vote, validatorAddress: '00'.repeat(20) }),
        () => ({ ...vote, signature: new Uint8Array(64) }),
        () => ({ ...vote, signature: new Uint8Array(0) }),
        () => ({ ...vote, round: -1 }),
        () => ({ ...vote, height: 0 }),
        () => key.vote({ ...vote }, 'another-chain')
      ])()
      puppet.note('malformed spam')
      toSomebody(puppet, [{ kind: 'vote', vote: spoiled }])
    }
  }
}

/** The same again and again, and much with wrong signatures. */
export function flood(puppet: Puppet): Behaviour {
  return {
    name: 'flood',
    tick() {
      const { prng, mind } = puppet
      const messages: ConsensusMessage[] = []
      for (let count = 0; count < FLOOD_MESSAGES && mind.recent.length > 0; count++) {
        const message = prng.pick(mind.recent)
        if (message.kind === 'vote' && prng.chance(0.3)) {
          const signature = Uint8Array.from(message.vote.signature)
          signature[prng.int(64)]! ^= 1
          messages.push({ kind: 'vote', vote: { ...message.vote, signature } })
        } else messages.push(message)
      }
      puppet.note('flood')
      if (messages.length > 0) toSomebody(puppet, messages)
    }
  }
}

/** Bytes that mean nothing, and legal frames with flipped bits or without their end. */
export function garbage(puppet: Puppet): Behaviour {
  return {
    name: 'garbage',
    tick() {
      const { prng, mind } = puppet
      const peers = puppet.peers()
      if (peers.length === 0) return
      const topic = prng.pick(['consensus', 'parts', 'evidence', 'txs'] as const)
      let bytes = Uint8Array.from({ length: 1 + prng.int(MOST_GARBAGE_BYTES) }, () => prng.int(256))
      const [last] = mind.recent.slice(-1)
      if (last !== undefined && prng.chance(0.6)) {
        bytes = Uint8Array.from(encodeConsensusFrame({ attempt: puppet.nextAttempt(), messages: [last] }))
        if (prng.chance(0.5)) bytes = bytes.slice(0, prng.int(bytes.length))
        else bytes[prng.int(bytes.length)]! ^= 1 << prng.int(8)
      }
      puppet.note('garbage')
      puppet.sendBytes(prng.pick(peers), topic, bytes)
    }
  }
}

/** Tells of offences of its own of long ago, as if they were news: some are too old to be punished. */
export function oldOffences(puppet: Puppet): Behaviour {
  return {
    name: 'old offences',
    tick() {
      const peers = puppet.peers()
      const evidence = peers.length === 0 ? null : oldOffence(puppet)
      if (evidence === null) return
      puppet.note('old offences')
      puppet.sendBytes(
        puppet.prng.pick(peers),
        'evidence',
        encodeEvidenceFrame(puppet.nextAttempt(), [evidence])
      )
    }
  }
}

/** Accusations that prove nothing, many of them against honest validators, and now and then a true one. */
export function badEvidence(puppet: Puppet): Behaviour {
  return {
    name: 'bad evidence',
    tick() {
      const peers = puppet.peers()
      if (peers.length === 0) return
      const { kind, evidence } = forgedEvidence(puppet)
      if (evidence === null) return
      puppet.note(`bad evidence/${kind}`)
      const to = puppet.prng.pick(peers)
      puppet.sendBytes(to, 'evidence', encodeEvidenceFrame(puppet.nextAttempt(), [evidence]))
    }
  }
}
