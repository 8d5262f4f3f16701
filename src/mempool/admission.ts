import type { SignatureVerifier } from '../crypto/index.ts'
import type { Height, Hex, Proposal, Round, ValidatorSet, Vote } from '../types/index.ts'
import type { VerifiedMessage } from './verified.ts'

/** accept: use and forward. ignore: drop or keep, but do not forward; nobody's fault. reject: the sender misbehaved. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** Why a message was not admitted. */
export type RefusalReason =
  | 'malformed'
  | 'stale'
  | 'farFuture'
  | 'farRound'
  | 'unknownSet'
  | 'unknownValidator'
  | 'wrongIndex'
  | 'duplicate'
  | 'unwanted'
  | 'extensionMissing'
  | 'extensionUnexpected'
  | 'tooManyParts'
  | 'signatureBudget'
  | 'badSignature'
  | 'badExtensionSignature'

/**
 * What becomes of a message, with the code to count it by.
 *
 * - pool: verified, of the current height.
 * - lastCommit: a verified precommit of the height before, which may still enter the last commit.
 * - detector: a verified message of an older height, for the fault detector alone; not forwarded, since evidence is.
 * - early: of one of the next two heights, to be kept by {@link EarlyMessages} and admitted again when its height
 *   starts. Verified, and forwarded, where the validators are known already; `signer` is whom it is kept under.
 * - part: a block part of the current height whose shape is right. Whether it belongs to the block only its part set
 *   can tell: 'accept' is that one's to confirm.
 * - none: refused.
 */
export type Admission =
  | {
      readonly verdict: 'accept'
      readonly reason: 'admitted'
      readonly destination: 'pool' | 'lastCommit'
      readonly message: VerifiedMessage
    }
  | {
      readonly verdict: 'ignore'
      readonly reason: 'late'
      readonly destination: 'detector'
      readonly message: VerifiedMessage
    }
  | {
      readonly verdict: 'accept' | 'ignore'
      readonly reason: 'early' | 'earlyUnverified'
      readonly destination: 'early'
      readonly signer: string
    }
  | { readonly verdict: 'accept'; readonly reason: 'admitted'; readonly destination: 'part' }
  | { readonly verdict: 'ignore' | 'reject'; readonly reason: RefusalReason; readonly destination: 'none' }

/** Everything admission judges by. One a height; `round` moves with the machine's. */
export interface AdmissionContext {
  readonly chainId: string
  /** The height being decided. */
  readonly height: Height
  readonly round: Round
  /** Of `height`. */
  readonly validators: ValidatorSet
  /** Of `height` + 1. */
  readonly nextValidators: ValidatorSet
  /** Of a height below `height`, with its proposer priorities; null when it is not known any more. */
  readonly validatorsAt: (height: Height) => ValidatorSet | null
  /** How many heights below `height` the fault detector looks at. */
  readonly detectorWindow: number
  /** The consensus param: 0 for never. */
  readonly voteExtensionsEnableHeight: Height
  /** Most parts a block of `height` may have. */
  readonly maxBlockParts: number
  readonly verifier: SignatureVerifier
  /** True for the id of a message that was admitted before. */
  readonly isKnown: (id: Hex) => boolean
  /**
   * True when whoever would get the message has no room for it, as for a third vote of one validator and round; asked
   * for any known height, before the signature is checked, so that a validator cannot keep a node busy with ever new
   * votes.
   */
  readonly isUnwanted: (message: Vote | Proposal) => boolean
}

/** Heights ahead of the current one from which messages are kept. */
export const MAX_HEIGHTS_AHEAD = 2

/** Proposals of rounds further ahead wait for the votes that take the node there: finding their proposer costs. */
export const MAX_PROPOSAL_ROUNDS_AHEAD = 128

/** One message of a frame: how it was judged, and why. */
export type MessageVerdict = Pick<Admission, 'verdict' | 'reason'>

/** Reasons that say that nobody who looks further will find the message wrong. */
const LOOKED_THROUGH: ReadonlySet<Admission['reason']> = new Set(['admitted', 'early', 'late', 'duplicate'])

/**
 * The verdict on a frame: what is wrong with one message is wrong with the frame. One message worth forwarding carries
 * it, unless another was put aside unread: whoever reads that one and finds it wrong blames the forwarder.
 */
export function frameVerdict(messages: readonly MessageVerdict[]): Verdict {
  if (messages.some(({ verdict }) => verdict === 'reject')) return 'reject'
  if (!messages.every(({ reason }) => LOOKED_THROUGH.has(reason))) return 'ignore'
  return messages.some(({ verdict }) => verdict === 'accept') ? 'accept' : 'ignore'
}

/** True when judging the message took a signature check, whatever came of it. */
export function spentSignatureCheck(admission: Admission): boolean {
  switch (admission.reason) {
    case 'admitted':
      return admission.destination !== 'part'
    case 'late':
    case 'early':
      return true
    default:
      return hasBadSignature(admission)
  }
}

export function hasBadSignature(admission: Admission): boolean {
  return admission.reason === 'badSignature' || admission.reason === 'badExtensionSignature'
}
