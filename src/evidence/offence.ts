import {
  compareBlockIdKeys,
  type DuplicateProposalEvidence,
  type DuplicateVoteEvidence,
  type Evidence,
  evidenceHash,
  type Height,
  type Hex,
  makeDuplicateProposalEvidence,
  makeDuplicateVoteEvidence,
  type Proposal,
  type Timestamp,
  type ValidatorSet,
  type Vote,
  validateEvidence,
  ZERO_TIME
} from '../types/index.ts'

/** Two messages one validator signed that contradict each other; evidence once the block of their height is known. */
export type Offence =
  | { readonly kind: 'duplicateVote'; readonly offender: Hex; readonly first: Vote; readonly second: Vote }
  | {
      readonly kind: 'duplicateProposal'
      readonly offender: Hex
      readonly first: Proposal
      readonly second: Proposal
    }

/**
 * One name for one offence, however many proofs of it exist: height, kind, offender, round and type as hex, so that the
 * order of keys is the order of heights. For a light client attack the evidence hash stands for the offender.
 */
export type OffenceKey = Hex

const KIND_BYTE = { duplicateVote: 1, lightClientAttack: 2, duplicateProposal: 3 } as const
const VOTE_TYPE_BYTE = { prevote: 1, precommit: 2 } as const
const TWO_POW_32 = 4294967296
const MAX_ROUND = 2147483647
const NO_BYTES = new Uint8Array(0)

/** The height whose validators are accused. */
export function heightOfEvidence(evidence: Evidence): Height {
  switch (evidence.kind) {
    case 'duplicateVote':
      return evidence.voteA.height
    case 'duplicateProposal':
      return evidence.proposalA.height
    case 'lightClientAttack':
      return evidence.commonHeight
  }
}

/** Addresses of the validators the evidence accuses; none for an attack nobody can be blamed for. */
export function culpritsOf(evidence: Evidence): readonly Hex[] {
  switch (evidence.kind) {
    case 'duplicateVote':
      return [evidence.voteA.validatorAddress]
    case 'duplicateProposal':
      return [evidence.validatorAddress]
    case 'lightClientAttack':
      return evidence.byzantineValidators.map(({ address }) => address)
  }
}

/**
 * What is wrong with evidence by itself: CometBFT's ValidateBasic, and rounds that fit the bytes they are signed in.
 * What passed this can be named, encoded and verified without an exception.
 */
export function shapeProblem(evidence: Evidence): string | null {
  const problem = validateEvidence(evidence)
  if (problem !== null) return problem
  return roundsOf(evidence).every(round => round <= MAX_ROUND) ? null : `a round is beyond ${MAX_ROUND}`
}

function roundsOf(evidence: Evidence): readonly number[] {
  switch (evidence.kind) {
    case 'duplicateVote':
      return [evidence.voteA.round, evidence.voteB.round]
    case 'duplicateProposal':
      return [evidence.proposalA.round, evidence.proposalB.round]
    case 'lightClientAttack':
      return [evidence.conflictingBlock.commit.round]
  }
}

/** For evidence whose shape is right; heights and rounds are not negative there. */
export function offenceKey(evidence: Evidence): OffenceKey {
  const head = Buffer.alloc(9)
  const height = heightOfEvidence(evidence)
  head.writeUInt32BE(Math.floor(height / TWO_POW_32), 0)
  head.writeUInt32BE(height % TWO_POW_32, 4)
  head[8] = KIND_BYTE[evidence.kind]
  return head.toString('hex') + offenderPart(evidence)
}

function offenderPart(evidence: Evidence): Hex {
  switch (evidence.kind) {
    case 'duplicateVote': {
      const { validatorAddress, round, type } = evidence.voteA
      return validatorAddress + stepPart(round, VOTE_TYPE_BYTE[type])
    }
    case 'duplicateProposal':
      return evidence.validatorAddress + stepPart(evidence.proposalA.round, 0)
    case 'lightClientAttack':
      return evidenceHash(evidence)
  }
}

function stepPart(round: number, type: number): Hex {
  const bytes = Buffer.alloc(5)
  bytes.writeInt32BE(round, 0)
  bytes[4] = type
  return bytes.toString('hex')
}

/** Under this a validator's downtime, judged at `height`, is ordered among the offences. */
export function downtimeKey(height: Height, address: Hex): OffenceKey {
  return `${firstKeyOfHeight(height)}04${address}`
}

/** The first key of a height: those of lower heights come before it, its own and those of higher heights after. */
export function firstKeyOfHeight(height: Height): OffenceKey {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(Math.floor(height / TWO_POW_32), 0)
  head.writeUInt32BE(height % TWO_POW_32, 4)
  return head.toString('hex')
}

/**
 * The evidence without what proves nothing: a vote extension is signed apart and may take a mebibyte, so with it an
 * offender could make the proof of his offence too large for any block.
 */
export function canonicalEvidence(evidence: Evidence): Evidence {
  if (evidence.kind !== 'duplicateVote') return evidence
  const { voteA, voteB } = evidence
  if (!hasExtension(voteA) && !hasExtension(voteB)) return evidence
  return { ...evidence, voteA: withoutExtension(voteA), voteB: withoutExtension(voteB) }
}

export function hasExtension(vote: Vote): boolean {
  return vote.extension.length > 0 || vote.extensionSignature.length > 0
}

function withoutExtension(vote: Vote): Vote {
  return { ...vote, extension: NO_BYTES, extensionSignature: NO_BYTES }
}

/**
 * The evidence of an offence: `blockTime` is the time of the block at its height, `validators` the set of that height.
 * Null when the offender is not in the set.
 */
export function evidenceOfOffence(
  offence: Offence,
  blockTime: Timestamp,
  validators: ValidatorSet
): Evidence | null {
  if (offence.kind === 'duplicateProposal') {
    const { first, second, offender } = offence
    return makeDuplicateProposalEvidence(first, second, offender, blockTime, validators)
  }
  const { first, second } = offence
  const evidence = makeDuplicateVoteEvidence(first, second, blockTime, validators)
  return evidence && canonicalEvidence(evidence)
}

/** An offence in the form of evidence whose time and powers are not known yet, to be kept on the disk. */
export function draftOfOffence(offence: Offence): DuplicateVoteEvidence | DuplicateProposalEvidence {
  const unknown = { totalVotingPower: 0n, validatorPower: 0n, timestamp: ZERO_TIME }
  const inOrder = compareBlockIdKeys(offence.first.blockId, offence.second.blockId) < 0
  if (offence.kind === 'duplicateProposal') {
    const { first, second, offender } = offence
    const [proposalA, proposalB] = inOrder ? [first, second] : [second, first]
    return { kind: 'duplicateProposal', proposalA, proposalB, validatorAddress: offender, ...unknown }
  }
  const [voteA, voteB] = inOrder ? [offence.first, offence.second] : [offence.second, offence.first]
  return {
    kind: 'duplicateVote',
    voteA: withoutExtension(voteA),
    voteB: withoutExtension(voteB),
    ...unknown
  }
}

/** The offence a {@link draftOfOffence} was made of. */
export function offenceOfDraft(draft: DuplicateVoteEvidence | DuplicateProposalEvidence): Offence {
  if (draft.kind === 'duplicateProposal') {
    const { proposalA: first, proposalB: second, validatorAddress: offender } = draft
    return { kind: 'duplicateProposal', offender, first, second }
  }
  const { voteA: first, voteB: second } = draft
  return { kind: 'duplicateVote', offender: first.validatorAddress, first, second }
}
