import {
  type Block,
  type BlockId,
  compareBlockIdKeys,
  type DuplicateVoteEvidence,
  type Evidence,
  evidenceListHash,
  NIL_BLOCK_ID,
  timestampFromMs,
  type Vote
} from '../../types/index.ts'
import { SIM_EPOCH_MS } from '../sim-clock.ts'
import { inventedBlockId } from './behaviours/votes.ts'
import { indexAt, type Puppet } from './puppet.ts'

type Forge = (puppet: Puppet, height: number) => Evidence | null

/** Heights back at which the true offences lie. */
const AGES = [1, 2, 4, 8, 16, 32] as const

/** Ways to accuse somebody of something; null where the chain offers no occasion. One alone tells the truth. */
const FORGERIES: Readonly<Record<string, Forge>> = {
  trueOffence: ownOffence,
  otherKey: (puppet, height) => {
    const victim = puppet.ledger.setAt(height)?.members
    const offence = ownOffence(puppet, height)
    if (victim === undefined || offence === null) return null
    const validatorIndex = puppet.prng.int(victim.length)
    const validatorAddress = victim[validatorIndex]!.address
    const accuse = (vote: Vote): Vote => ({ ...vote, validatorAddress, validatorIndex })
    return withVotes(puppet, accuse(offence.voteA), accuse(offence.voteB))
  },
  otherSignature: (puppet, height) => {
    const offence = ownOffence(puppet, height)
    return offence && { ...offence, voteB: { ...offence.voteB, signature: offence.voteA.signature } }
  },
  otherRounds: (puppet, height) =>
    withVotes(
      puppet,
      ownVote(puppet, height, 0, inventedBlockId(puppet, 'round', 0)),
      ownVote(puppet, height, 1, inventedBlockId(puppet, 'round', 1))
    ),
  honestRounds: votesOfTwoRounds,
  otherPower: (puppet, height) => {
    const offence = ownOffence(puppet, height)
    return offence && { ...offence, validatorPower: offence.validatorPower + 1n }
  },
  otherTime: (puppet, height) => {
    const offence = ownOffence(puppet, height)
    const { seconds, nanos } = offence?.timestamp ?? { seconds: 0, nanos: 0 }
    return offence && { ...offence, timestamp: { seconds: seconds + 1, nanos } }
  },
  notCommitted: puppet => ownOffence(puppet, puppet.mind.height)
}
const KINDS = Object.keys(FORGERIES)

/** An accusation of some kind, and its name. */
export function forgedEvidence(puppet: Puppet): {
  readonly kind: string
  readonly evidence: Evidence | null
} {
  const kind = puppet.prng.pick(KINDS)
  const height = Math.max(1, puppet.mind.height - puppet.prng.pick(AGES))
  return { kind, evidence: FORGERIES[kind]!(puppet, height) }
}

/** A true offence of any height that is over; null where the chain offers none. */
export function oldOffence(puppet: Puppet): Evidence | null {
  const { ledger, prng } = puppet
  return ledger.height < 1 ? null : ownOffence(puppet, prng.between(1, ledger.height))
}

/** The block with an accusation more: forged, or of what was punished before, or the same one two times. */
export function withForgedEvidence(puppet: Puppet, block: Block): Block | null {
  const { prng } = puppet
  const committed = committedEvidence(puppet)
  if (committed.length > 0 && prng.chance(0.4)) return withEvidence(block, [prng.pick(committed)])
  const { evidence } = forgedEvidence(puppet)
  if (evidence === null) return null
  return withEvidence(block, prng.chance(0.2) ? [evidence, evidence] : [evidence])
}

function withEvidence(block: Block, more: readonly Evidence[]): Block {
  const evidence = [...block.evidence, ...more]
  return { ...block, evidence, header: { ...block.header, evidenceHash: evidenceListHash(evidence) } }
}

function committedEvidence({ ledger }: Puppet): readonly Evidence[] {
  const found: Evidence[] = []
  for (let height = ledger.height; height > 0; height--) {
    found.push(...(ledger.entry(height)?.block.evidence ?? []))
  }
  return found
}

/** Two votes of the puppet's own for one place, with what the chain says of it. */
function ownOffence(puppet: Puppet, height: number): DuplicateVoteEvidence | null {
  return withVotes(
    puppet,
    ownVote(puppet, height, 0, NIL_BLOCK_ID),
    ownVote(puppet, height, 0, inventedBlockId(puppet, 'evidence', height))
  )
}

/** What one validator truly signed in two rounds of a height: no offence at all. */
function votesOfTwoRounds(puppet: Puppet): DuplicateVoteEvidence | null {
  const votes = puppet.prng
    .shuffle(puppet.mind.recent)
    .flatMap(message => (message.kind === 'vote' ? [message.vote] : []))
  for (const first of votes) {
    const second = votes.find(
      vote =>
        vote.validatorAddress === first.validatorAddress &&
        vote.type === first.type &&
        vote.height === first.height &&
        vote.round !== first.round &&
        compareBlockIdKeys(vote.blockId, first.blockId) !== 0
    )
    if (second !== undefined) return withVotes(puppet, first, second)
  }
  return null
}

function withVotes(puppet: Puppet, a: Vote, b: Vote): DuplicateVoteEvidence | null {
  const { height, validatorAddress } = a
  const members = puppet.ledger.setAt(height)?.members
  const accused = members?.find(({ address }) => address === validatorAddress)
  if (members === undefined || accused === undefined) return null
  const [voteA, voteB] = compareBlockIdKeys(a.blockId, b.blockId) < 0 ? [a, b] : [b, a]
  return {
    kind: 'duplicateVote',
    voteA,
    voteB,
    totalVotingPower: members.reduce((sum, { power }) => sum + power, 0n),
    validatorPower: accused.power,
    timestamp: puppet.ledger.entry(height)?.block.header.time ?? timestampFromMs(SIM_EPOCH_MS)
  }
}

function ownVote(puppet: Puppet, height: number, round: number, blockId: BlockId): Vote {
  return puppet.key.vote({
    type: 'prevote',
    height,
    round,
    blockId,
    timestamp: timestampFromMs(SIM_EPOCH_MS + puppet.nowMs()),
    validatorIndex: Math.max(0, indexAt(puppet, height))
  })
}
