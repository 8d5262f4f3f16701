import type { SignatureVerifier } from '../crypto/index.ts'
import type { Evidence, ValidatorSet } from '../types/index.ts'
import { ageProblem, type EvidenceContext, type EvidenceRefusal, refuse } from './evidence-context.ts'
import { heightOfEvidence, shapeProblem } from './offence.ts'
import {
  type DuplicateProofContext,
  verifyDuplicateProposal,
  verifyDuplicateVote
} from './verify-duplicate.ts'
import { verifyLightClientAttack } from './verify-light-client-attack.ts'

/**
 * Judges evidence by our own history alone: block time, validators, powers, proposer and keys are ours, never the
 * sender's (CometBFT evidence/verify.go). Null when it proves an offence that may be committed in the next block;
 * whether it was committed before is not asked. Cheap checks come first, so forged evidence costs at most the checks
 * of signatures up to the first bad one.
 */
export function verifyEvidence(evidence: Evidence, context: EvidenceContext): EvidenceRefusal | null {
  const malformed = shapeProblem(evidence)
  if (malformed !== null) return refuse('malformed', malformed)
  const height = heightOfEvidence(evidence)
  const tooOld = ageProblem(height, evidence.timestamp, context)
  if (tooOld !== null) return tooOld
  if (evidence.kind === 'lightClientAttack') return verifyLightClientAttack(evidence, context)
  const validators = context.validatorsAt(height)
  if (validators === null) return refuse('noHistory', `don't have validators of height ${height}`)
  return verifyDuplicate(evidence, { chainId: context.chainId, validators, verifier: context.verifier })
}

function verifyDuplicate(
  evidence: Exclude<Evidence, { kind: 'lightClientAttack' }>,
  context: DuplicateProofContext
): EvidenceRefusal | null {
  return evidence.kind === 'duplicateVote'
    ? verifyDuplicateVote(evidence, context)
    : verifyDuplicateProposal(evidence, context)
}

/** What somebody without a node knows: the chain id of the genesis, and the validators of one height. */
export interface BareProofContext {
  readonly chainId: string
  /** Of the height of the offence. */
  readonly validators: ValidatorSet
  /** False when the proposer priorities of that height are not known, so that its proposers cannot be found. */
  readonly knowsPriorities: boolean
  readonly verifier: SignatureVerifier
}

export type BareProof =
  | {
      readonly proves: true /** What could not be checked without a chain, in words. */
      readonly unchecked: readonly string[]
    }
  | { readonly proves: false; readonly refusal: EvidenceRefusal }

/**
 * Judges evidence with no chain at hand: whether the accused signed both messages with the key the validator set has
 * for it. Evidence of a light client attack needs our own blocks to be held against and is refused here.
 */
export function verifyEvidenceAlone(evidence: Evidence, context: BareProofContext): BareProof {
  const malformed = shapeProblem(evidence)
  if (malformed !== null) return { proves: false, refusal: refuse('malformed', malformed) }
  if (evidence.kind === 'lightClientAttack') {
    const reason = 'a light client attack can only be proven against the blocks of the chain'
    return { proves: false, refusal: refuse('noHistory', reason) }
  }
  const refusal = verifyDuplicate(evidence, context)
  const unchecked = ['the time of the block at that height', 'the age of the evidence']
  if (refusal === null) return { proves: true, unchecked }
  if (refusal.code !== 'notProposer' || context.knowsPriorities) return { proves: false, refusal }
  return { proves: true, unchecked: [...unchecked, 'that the accused was the proposer of that round'] }
}
