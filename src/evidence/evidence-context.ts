import type { SignatureVerifier } from '../crypto/index.ts'
import {
  type ChainState,
  type Commit,
  type ConsensusParams,
  compareTimestamps,
  type Header,
  type Height,
  nanosBetween,
  type Timestamp,
  type ValidatorSet
} from '../types/index.ts'

/** What this node knows of its own chain. Everything evidence claims is compared with this. */
export interface ChainHistory {
  /** Of a committed block; null when the block is pruned or not there yet. */
  readonly headerAt: (height: Height) => Header | null
  /** The commit in the block after `height`; null when that is not there. */
  readonly commitAt: (height: Height) => Commit | null
  /** The set that signed `height`, with its proposer priorities; null when it is not stored any more. */
  readonly validatorsAt: (height: Height) => ValidatorSet | null
}

/** What a piece of evidence is judged by: one chain, as it stands after one block. */
export interface EvidenceContext extends ChainHistory {
  readonly chainId: string
  /** The newest committed height, and the time of its block. */
  readonly lastHeight: Height
  readonly lastTime: Timestamp
  readonly params: Pick<ConsensusParams['evidence'], 'maxAgeNumBlocks' | 'maxAgeDuration'>
  readonly verifier: SignatureVerifier
}

export type EvidenceRefusalCode =
  | 'malformed'
  | 'notCanonical'
  | 'uncommittedHeight'
  | 'noHistory'
  | 'wrongTime'
  | 'expired'
  | 'differentStep'
  | 'differentValidator'
  | 'sameBlock'
  | 'unknownValidator'
  | 'wrongKey'
  | 'wrongPower'
  | 'badSignature'
  | 'notProposer'
  | 'farRound'
  | 'badCommit'
  | 'notConflicting'
  | 'wrongCulprits'

/** Why evidence proves nothing here: a code to count by and a line to read. */
export interface EvidenceRefusal {
  readonly code: EvidenceRefusalCode
  readonly reason: string
}

export function refuse(code: EvidenceRefusalCode, reason: string): EvidenceRefusal {
  return { code, reason }
}

/** A peer that is behind or ahead, or knows more history, sends such evidence in good faith; anything else is forged. */
const HONEST_REFUSALS: readonly EvidenceRefusalCode[] = ['uncommittedHeight', 'noHistory', 'expired']

export function isSendersFault(refusal: EvidenceRefusal): boolean {
  return !HONEST_REFUSALS.includes(refusal.code)
}

/**
 * True when evidence of `height`, whose block has `time`, is too old at `lastHeight`: only when both bounds are passed,
 * and equal is not passed (CometBFT IsEvidenceExpired).
 */
export function isExpired(
  evidence: { readonly height: Height; readonly time: Timestamp },
  context: Pick<EvidenceContext, 'lastHeight' | 'lastTime' | 'params'>
): boolean {
  const ageBlocks = context.lastHeight - evidence.height
  const { maxAgeNumBlocks, maxAgeDuration } = context.params
  return ageBlocks > maxAgeNumBlocks && nanosBetween(evidence.time, context.lastTime) > maxAgeDuration
}

/** The context after the block that `state` is the state of. */
export function contextOfState(
  state: ChainState,
  history: ChainHistory,
  verifier: SignatureVerifier
): EvidenceContext {
  return {
    ...history,
    chainId: state.chainId,
    lastHeight: state.lastBlockHeight,
    lastTime: state.lastBlockTime,
    params: state.consensusParams.evidence,
    verifier
  }
}

/** Null when the evidence states the time of our own block at its height, and that block is young enough. */
export function ageProblem(
  height: Height,
  claimed: Timestamp,
  context: EvidenceContext
): EvidenceRefusal | null {
  if (height > context.lastHeight) {
    return refuse(
      'uncommittedHeight',
      `height ${height} is not committed yet, the newest is ${context.lastHeight}`
    )
  }
  const header = context.headerAt(height)
  if (header === null) return refuse('noHistory', `don't have header #${height}`)
  if (compareTimestamps(header.time, claimed) !== 0) {
    return refuse('wrongTime', `evidence has a different time to the block at height ${height}`)
  }
  if (!isExpired({ height, time: header.time }, context)) return null
  const { maxAgeNumBlocks, maxAgeDuration } = context.params
  return refuse(
    'expired',
    `evidence from height ${height} is too old at height ${context.lastHeight}: ` +
      `more than ${maxAgeNumBlocks} blocks and ${maxAgeDuration} ns`
  )
}
