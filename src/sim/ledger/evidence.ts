import type { Misbehavior } from '../../app/index.ts'
import type { SignatureVerifier } from '../../crypto/index.ts'
import type { Evidence, Height, Hex, Proposal, Timestamp, Vote } from '../../types/index.ts'
import { blockIdFields, proposalBytes, timestampFields, voteBytes } from './hashes.ts'
import { bytes, encode, type Field, hex, int, merkle, message } from './proto.ts'
import { type MemberSet, proposerAt, totalPower } from './validators.ts'

/** What the ledger knows that evidence must agree with. */
export interface EvidenceWitness {
  readonly chainId: string
  /** Of the block that carries the evidence. */
  readonly height: Height
  readonly setAt: (height: Height) => MemberSet | undefined
  readonly timeAt: (height: Height) => Timestamp | undefined
  /** Consensus params: beyond both, evidence is too old. */
  readonly maxAge: { readonly blocks: number; readonly nanos: bigint }
  readonly verifier: SignatureVerifier
}

/** An offence by name: who, where and what; many proofs of one offence have one name. */
export type OffenceName = string

export function offenceName(address: Hex, kind: string, height: Height, round: number): OffenceName {
  return `${address} ${kind} ${height}/${round}`
}

/** The offence that a piece of evidence proves; null for kinds that this ledger does not judge. */
export function offenceOf(evidence: Evidence): { readonly name: OffenceName; readonly culprit: Hex } | null {
  switch (evidence.kind) {
    case 'duplicateVote': {
      const { validatorAddress: culprit, type, height, round } = evidence.voteA
      return { name: offenceName(culprit, type, height, round), culprit }
    }
    case 'duplicateProposal': {
      const { height, round } = evidence.proposalA
      const { validatorAddress: culprit } = evidence
      return { name: offenceName(culprit, 'proposal', height, round), culprit }
    }
    case 'lightClientAttack':
      return null
  }
}

/** evidence_hash of a header. Null when a kind is among them that this ledger does not judge. */
export function evidenceHash(list: readonly Evidence[]): Hex | null {
  const leaves: Uint8Array[] = []
  for (const evidence of list) {
    if (evidence.kind === 'lightClientAttack') return null
    leaves.push(encode(fieldsOf(evidence)))
  }
  return merkle(leaves).toString('hex')
}

/** Why a piece of evidence proves nothing, or null. */
export function whyEvidenceIsWrong(evidence: Evidence, witness: EvidenceWitness): string | null {
  if (evidence.kind === 'lightClientAttack') return 'nobody here attacks light clients'
  const isVote = evidence.kind === 'duplicateVote'
  const [a, b] = isVote ? [evidence.voteA, evidence.voteB] : [evidence.proposalA, evidence.proposalB]
  const culprit = isVote ? evidence.voteA.validatorAddress : evidence.validatorAddress
  if (a.height !== b.height || a.round !== b.round) return 'its messages are of different places'
  if (isVote && evidence.voteA.type !== evidence.voteB.type) return 'its votes are of different types'
  if (isVote && evidence.voteB.validatorAddress !== culprit) return 'its votes are of two validators'
  if (encode(blockIdFields(a.blockId)).equals(encode(blockIdFields(b.blockId)))) {
    return 'both messages name the same block'
  }
  if (a.height >= witness.height) return `it is of height ${a.height}, which is not committed yet`
  const set = witness.setAt(a.height)
  const member = set?.members.find(({ address }) => address === culprit)
  if (set === undefined || member === undefined) return `${culprit} was no validator of height ${a.height}`
  if (!isVote && proposerAt(set, a.round) !== culprit) return 'the accused was not the proposer'
  if (evidence.validatorPower !== member.power)
    return `power is ${evidence.validatorPower}, was ${member.power}`
  if (evidence.totalVotingPower !== totalPower(set.members)) return 'total power is wrong'
  const time = witness.timeAt(a.height)
  if (time?.seconds !== evidence.timestamp.seconds || time.nanos !== evidence.timestamp.nanos)
    return 'time is wrong'
  if (isTooOld(a.height, time, witness)) return `it is of height ${a.height}, which is too old`
  const signed = isVote
    ? [evidence.voteA, evidence.voteB].map(
        vote => [voteBytes(witness.chainId, vote.type, vote), vote] as const
      )
    : [evidence.proposalA, evidence.proposalB].map(p => [proposalBytes(witness.chainId, p), p] as const)
  const isSigned = signed.every(([said, { signature }]) =>
    witness.verifier.verify(member.key, said, signature)
  )
  return isSigned ? null : 'a signature in it is wrong'
}

/** Counted from the block before the one that carries it, whose time is known when it is proposed. */
function isTooOld(height: Height, time: Timestamp, { maxAge, ...witness }: EvidenceWitness): boolean {
  const last = witness.height - 1
  const now = witness.timeAt(last)
  return now !== undefined && last - height > maxAge.blocks && nanosOf(now) - nanosOf(time) > maxAge.nanos
}

function nanosOf({ seconds, nanos }: Timestamp): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}

/** What the app must be told of a block's evidence. */
export function misbehaviorOf(list: readonly Evidence[]): readonly Misbehavior[] {
  return list.flatMap((evidence): Misbehavior[] => {
    const offence = offenceOf(evidence)
    if (offence === null || evidence.kind === 'lightClientAttack') return []
    const { height } = evidence.kind === 'duplicateVote' ? evidence.voteA : evidence.proposalA
    return [
      {
        type: evidence.kind,
        validator: { address: offence.culprit, power: evidence.validatorPower },
        height,
        time: evidence.timestamp,
        totalVotingPower: evidence.totalVotingPower
      }
    ]
  })
}

function fieldsOf(evidence: Exclude<Evidence, { kind: 'lightClientAttack' }>): readonly Field[] {
  const { totalVotingPower, validatorPower, timestamp } = evidence
  if (evidence.kind === 'duplicateVote') {
    return [
      message(1, voteFields(evidence.voteA)),
      message(2, voteFields(evidence.voteB)),
      int(3, totalVotingPower),
      int(4, validatorPower),
      message(5, timestampFields(timestamp))
    ]
  }
  return [
    message(1, proposalFields(evidence.proposalA)),
    message(2, proposalFields(evidence.proposalB)),
    hex(3, evidence.validatorAddress),
    int(4, totalVotingPower),
    int(5, validatorPower),
    message(6, timestampFields(timestamp))
  ]
}

function voteFields(vote: Vote): readonly Field[] {
  return [
    int(1, vote.type === 'prevote' ? 1 : 2),
    int(2, vote.height),
    int(3, vote.round),
    message(4, blockIdFields(vote.blockId)),
    message(5, timestampFields(vote.timestamp)),
    hex(6, vote.validatorAddress),
    int(7, vote.validatorIndex),
    bytes(8, vote.signature),
    bytes(9, vote.extension),
    bytes(10, vote.extensionSignature)
  ]
}

function proposalFields(proposal: Proposal): readonly Field[] {
  return [
    int(1, 32),
    int(2, proposal.height),
    int(3, proposal.round),
    int(4, proposal.polRound),
    message(5, blockIdFields(proposal.blockId)),
    message(6, timestampFields(proposal.timestamp)),
    bytes(7, proposal.signature)
  ]
}
