import {
  type BlockIdKey,
  blockIdKey,
  type ConsensusMessage,
  type Height,
  isNilBlockId,
  MAX_BLOCK_SIZE_BYTES,
  maxPartsOf,
  type Proposal,
  proposalSignBytes,
  proposerOfRound,
  type Validator,
  type ValidatorSet,
  type Vote,
  validatePart,
  validateProposal,
  validateVote,
  voteExtensionSignBytes,
  voteSignBytes
} from '../types/index.ts'
import {
  type Admission,
  type AdmissionContext,
  MAX_HEIGHTS_AHEAD,
  MAX_PROPOSAL_ROUNDS_AHEAD,
  type RefusalReason
} from './admission.ts'
import { detachMessage, type IncomingMessage } from './incoming.ts'
import { markVerifiedProposal, markVerifiedVote, type VerifiedMessage } from './verified.ts'

type Refusal = Extract<Admission, { destination: 'none' }>
type BlockPartMessage = Extract<ConsensusMessage, { kind: 'blockPart' }>

/** Where in time a message stands: known heights come with their validators. */
type Place =
  | { readonly kind: 'known'; readonly set: ValidatorSet; readonly when: 'now' | 'next' | 'last' | 'older' }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'nowhere'; readonly refusal: Refusal }

/** Under this name proposals of a height whose proposer is not known yet are kept. */
const UNKNOWN_PROPOSER = 'proposer'
const MOST_PARTS = maxPartsOf(MAX_BLOCK_SIZE_BYTES)

/**
 * The one door of the message pool: judges a message by itself and the context, and changes nothing. What is cheap
 * to check comes first, the signature last, and only one of a validator of that height. `maySpendSignature` false
 * ends there: the sender's budget is used up. Never throws, whatever the message.
 */
export function admit(
  incoming: IncomingMessage,
  context: AdmissionContext,
  maySpendSignature = true
): Admission {
  const { message } = incoming
  switch (message.kind) {
    case 'vote':
      return admitVote(message.vote, incoming, context, maySpendSignature)
    case 'proposal':
      return admitProposal(message.proposal, incoming, context, maySpendSignature)
    case 'blockPart':
      return admitPart(message, context)
  }
}

function admitVote(
  vote: Vote,
  incoming: IncomingMessage,
  context: AdmissionContext,
  maySpendSignature: boolean
): Admission {
  if (validateVote(vote) !== null) return reject('malformed')
  const place = placeOf(vote.height, context)
  if (place.kind === 'ahead') return earlyUnverified(vote.validatorAddress, context)
  if (place.kind === 'nowhere') return place.refusal
  const { set } = place
  const signer = set.validators[vote.validatorIndex]
  if (signer === undefined || signer.address !== vote.validatorAddress) {
    return set.indexByAddress.has(vote.validatorAddress) ? reject('wrongIndex') : ignore('unknownValidator')
  }
  const extensions = extensionProblem(vote, context.voteExtensionsEnableHeight)
  // The block before may still enable extensions for the next height.
  if (extensions !== null) return place.when === 'next' ? ignore(extensions) : reject(extensions)
  if (context.isKnown(incoming.id)) return ignore('duplicate')
  if (context.isUnwanted(vote)) return ignore('unwanted')
  if (!maySpendSignature) return ignore('signatureBudget')
  const { chainId, verifier } = context
  if (!verifier.verify(signer.publicKey, voteSignBytes(chainId, vote), vote.signature)) {
    return reject('badSignature')
  }
  if (vote.extensionSignature.length > 0) {
    const signBytes = voteExtensionSignBytes(chainId, vote)
    if (!verifier.verify(signer.publicKey, signBytes, vote.extensionSignature)) {
      return reject('badExtensionSignature')
    }
  }
  if (place.when === 'next') return early(signer)
  return admitted(verifiedVote(incoming, signer), place.when, vote.type)
}

function admitProposal(
  proposal: Proposal,
  incoming: IncomingMessage,
  context: AdmissionContext,
  maySpendSignature: boolean
): Admission {
  if (validateProposal(proposal) !== null) return reject('malformed')
  const place = placeOf(proposal.height, context)
  if (place.kind === 'nowhere') return place.refusal
  const isNow = place.kind === 'known' && place.when === 'now'
  // The params of other heights are not those of this one; only what no params allow is wrong for sure.
  if (proposal.blockId.partSetHeader.total > (isNow ? context.maxBlockParts : MOST_PARTS)) {
    return reject('tooManyParts')
  }
  if (proposal.round > (isNow ? context.round : 0) + MAX_PROPOSAL_ROUNDS_AHEAD) return ignore('farRound')
  if (place.kind === 'ahead') return { ...EARLY_UNVERIFIED, signer: UNKNOWN_PROPOSER }
  if (context.isKnown(incoming.id)) return ignore('duplicate')
  if (context.isUnwanted(proposal)) return ignore('unwanted')
  if (!maySpendSignature) return ignore('signatureBudget')
  const proposer = proposerOfRound(place.set, proposal.round)
  const signBytes = proposalSignBytes(context.chainId, proposal)
  if (!context.verifier.verify(proposer.publicKey, signBytes, proposal.signature)) {
    return reject('badSignature')
  }
  if (place.when === 'next') return early(proposer)
  return admitted(verifiedProposal(incoming, proposer, place.set), place.when, 'proposal')
}

function admitPart({ height, round, part }: BlockPartMessage, context: AdmissionContext): Admission {
  if (round < 0 || height <= 0 || validatePart(part) !== null) return reject('malformed')
  if (height < context.height) return ignore('stale')
  if (height > context.height + 1) return ignore('farFuture')
  const isNow = height === context.height
  if (part.proof.total > (isNow ? context.maxBlockParts : MOST_PARTS)) return reject('tooManyParts')
  if (isNow) return { verdict: 'accept', reason: 'admitted', destination: 'part' }
  return { ...EARLY_UNVERIFIED, signer: '' }
}

function placeOf(height: Height, context: AdmissionContext): Place {
  const current = context.height
  if (height === current) return { kind: 'known', set: context.validators, when: 'now' }
  if (height > current) {
    if (height > current + MAX_HEIGHTS_AHEAD) return { kind: 'nowhere', refusal: ignore('farFuture') }
    return height === current + 1
      ? { kind: 'known', set: context.nextValidators, when: 'next' }
      : { kind: 'ahead' }
  }
  if (height < current - Math.max(context.detectorWindow, 1))
    return { kind: 'nowhere', refusal: ignore('stale') }
  const set = context.validatorsAt(height)
  if (set === null) return { kind: 'nowhere', refusal: ignore('unknownSet') }
  return { kind: 'known', set, when: height === current - 1 ? 'last' : 'older' }
}

/** A vote two heights ahead: who may sign there is not settled, but who is not in sight now will hardly be. */
function earlyUnverified(address: string, context: AdmissionContext): Admission {
  if (!context.nextValidators.indexByAddress.has(address)) return ignore('unknownValidator')
  return { ...EARLY_UNVERIFIED, signer: address }
}

const EARLY_UNVERIFIED = { verdict: 'ignore', reason: 'earlyUnverified', destination: 'early' } as const

/** Extensions belong to precommits for a block, all of them from the height on at which they are enabled. */
function extensionProblem(vote: Vote, enableHeight: Height): RefusalReason | null {
  const isEnabled = enableHeight > 0 && vote.height >= enableHeight
  if (!isEnabled) {
    return vote.extension.length > 0 || vote.extensionSignature.length > 0 ? 'extensionUnexpected' : null
  }
  const mustExtend = vote.type === 'precommit' && !isNilBlockId(vote.blockId)
  return mustExtend && vote.extensionSignature.length === 0 ? 'extensionMissing' : null
}

function early(signer: Validator): Admission {
  return { verdict: 'accept', reason: 'early', destination: 'early', signer: signer.address }
}

function admitted(
  message: VerifiedMessage,
  when: 'now' | 'last' | 'older',
  type: Vote['type'] | 'proposal'
): Admission {
  if (when === 'now') return { verdict: 'accept', reason: 'admitted', destination: 'pool', message }
  if (when === 'last' && type === 'precommit') {
    return { verdict: 'accept', reason: 'admitted', destination: 'lastCommit', message }
  }
  return { verdict: 'ignore', reason: 'late', destination: 'detector', message }
}

function verifiedVote({ message, id }: IncomingMessage, signer: Validator): VerifiedMessage {
  const { vote } = detachMessage(message) as Extract<ConsensusMessage, { kind: 'vote' }>
  return markVerifiedVote({
    kind: 'vote',
    vote,
    id,
    blockIdKey: blockIdKey(vote.blockId),
    power: signer.power
  })
}

function verifiedProposal(
  { message, id }: IncomingMessage,
  proposer: Validator,
  set: ValidatorSet
): VerifiedMessage {
  const { proposal } = detachMessage(message) as Extract<ConsensusMessage, { kind: 'proposal' }>
  const key: BlockIdKey = blockIdKey(proposal.blockId)
  return markVerifiedProposal({
    kind: 'proposal',
    proposal,
    id,
    blockIdKey: key,
    proposer: proposer.address,
    proposerIndex: set.indexByAddress.get(proposer.address)!,
    power: proposer.power
  })
}

function ignore(reason: RefusalReason): Refusal {
  return { verdict: 'ignore', reason, destination: 'none' }
}

function reject(reason: RefusalReason): Refusal {
  return { verdict: 'reject', reason, destination: 'none' }
}
