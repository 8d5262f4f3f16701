import { addressOf, type SignatureVerifier } from '../crypto/index.ts'
import {
  blockIdsEqual,
  type DuplicateProposalEvidence,
  type DuplicateVoteEvidence,
  type Hex,
  type Power,
  proposalSignBytes,
  proposerOfRound,
  type Validator,
  type ValidatorSet,
  validatorByAddress,
  voteSignBytes
} from '../types/index.ts'
import { type EvidenceRefusal, refuse } from './evidence-context.ts'
import { hasExtension } from './offence.ts'

/**
 * Proposals of later rounds prove nothing here: finding who proposes costs turns of the round, and with timeouts that
 * grow no chain gets there, so only one who wants to keep nodes busy would sign them.
 */
export const MAX_PROVABLE_PROPOSAL_ROUND = 1000

/** What proving a duplicate needs: the chain id, the set of the offence's height, and a way to check signatures. */
export interface DuplicateProofContext {
  readonly chainId: string
  readonly validators: ValidatorSet
  readonly verifier: SignatureVerifier
}

/**
 * Whether two votes prove that one validator of the set voted twice (CometBFT VerifyDuplicateVote). Two votes for one
 * block with different times are no offence. Beyond CometBFT the form is fixed: right index, no extension.
 */
export function verifyDuplicateVote(
  evidence: DuplicateVoteEvidence,
  context: DuplicateProofContext
): EvidenceRefusal | null {
  const { voteA, voteB } = evidence
  if (voteA.height !== voteB.height || voteA.round !== voteB.round || voteA.type !== voteB.type) {
    const steps = [voteA, voteB].map(({ height, round, type }) => `${height}/${round}/${type}`)
    return refuse('differentStep', `h/r/s does not match: ${steps[0]} vs ${steps[1]}`)
  }
  if (voteA.validatorAddress !== voteB.validatorAddress) {
    const addresses = `${voteA.validatorAddress} vs ${voteB.validatorAddress}`
    return refuse('differentValidator', `validator addresses do not match: ${addresses}`)
  }
  if (blockIdsEqual(voteA.blockId, voteB.blockId)) {
    return refuse('sameBlock', 'block IDs are the same - not a real duplicate vote')
  }
  const { validators, chainId, verifier } = context
  const index = validators.indexByAddress.get(voteA.validatorAddress)
  const accused = accusedOf(evidence, voteA.validatorAddress, voteA.height, validators)
  if ('code' in accused) return accused
  if (hasExtension(voteA) || hasExtension(voteB)) {
    return refuse('notCanonical', 'votes in evidence carry no extension')
  }
  if (voteA.validatorIndex !== index || voteB.validatorIndex !== index) {
    return refuse('notCanonical', `validator ${voteA.validatorAddress} has index ${index}`)
  }
  for (const [name, vote] of [
    ['VoteA', voteA],
    ['VoteB', voteB]
  ] as const) {
    if (verifier.verify(accused.publicKey, voteSignBytes(chainId, vote), vote.signature)) continue
    return refuse('badSignature', `verifying ${name}: invalid signature`)
  }
  return null
}

/**
 * Whether two proposals prove that the proposer of their round proposed two blocks. The proposer is found again from
 * the set; that costs turns of the round, so it comes after the signatures, which only the accused can have made.
 */
export function verifyDuplicateProposal(
  evidence: DuplicateProposalEvidence,
  context: DuplicateProofContext
): EvidenceRefusal | null {
  const { proposalA, proposalB, validatorAddress } = evidence
  if (proposalA.height !== proposalB.height || proposalA.round !== proposalB.round) {
    const places = [proposalA, proposalB].map(({ height, round }) => `${height}/${round}`)
    return refuse('differentStep', `h/r does not match: ${places[0]} vs ${places[1]}`)
  }
  if (blockIdsEqual(proposalA.blockId, proposalB.blockId)) {
    return refuse('sameBlock', 'block IDs are the same - not a real duplicate proposal')
  }
  if (proposalA.round > MAX_PROVABLE_PROPOSAL_ROUND) {
    return refuse('farRound', `round ${proposalA.round} is beyond ${MAX_PROVABLE_PROPOSAL_ROUND}`)
  }
  const { validators, chainId, verifier } = context
  const accused = accusedOf(evidence, validatorAddress, proposalA.height, validators)
  if ('code' in accused) return accused
  for (const [name, proposal] of [
    ['ProposalA', proposalA],
    ['ProposalB', proposalB]
  ] as const) {
    if (verifier.verify(accused.publicKey, proposalSignBytes(chainId, proposal), proposal.signature)) continue
    return refuse('badSignature', `verifying ${name}: invalid signature`)
  }
  const proposer = proposerOfRound(validators, proposalA.round)
  if (proposer.address === validatorAddress) return null
  const place = `height ${proposalA.height} round ${proposalA.round}`
  return refuse('notProposer', `the proposer of ${place} is ${proposer.address}, not ${validatorAddress}`)
}

/** The accused as our own set has it; its key must be the one its address names. */
function accusedOf(
  claimed: { readonly validatorPower: Power; readonly totalVotingPower: Power },
  address: Hex,
  height: number,
  validators: ValidatorSet
): Validator | EvidenceRefusal {
  const accused = validatorByAddress(validators, address)
  if (accused === null) {
    return refuse('unknownValidator', `address ${address} was not a validator at height ${height}`)
  }
  if (addressOf(accused.publicKey) !== address) {
    return refuse('wrongKey', `address (${address}) doesn't match its public key`)
  }
  return (
    powerProblem('validator power', claimed.validatorPower, accused.power) ??
    powerProblem('total voting power', claimed.totalVotingPower, validators.totalPower) ??
    accused
  )
}

export function powerProblem(what: string, claimed: Power, own: Power): EvidenceRefusal | null {
  if (claimed === own) return null
  return refuse(
    'wrongPower',
    `${what} from evidence and our validator set does not match (${claimed} != ${own})`
  )
}
