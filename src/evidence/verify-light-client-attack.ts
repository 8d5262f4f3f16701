import { addressOf } from '../crypto/index.ts'
import {
  BLOCK_ID_FLAG,
  type Commit,
  compareTimestamps,
  type Header,
  hashHeader,
  type LightBlock,
  type LightClientAttackEvidence,
  type Validator,
  type ValidatorSet,
  validatorByAddress,
  verifyCommitTrusting
} from '../types/index.ts'
import { type EvidenceContext, type EvidenceRefusal, refuse } from './evidence-context.ts'
import { powerProblem } from './verify-duplicate.ts'

const TRUST_LEVEL = { numerator: 1n, denominator: 3n }
const QUORUM = { numerator: 2n, denominator: 3n }

/**
 * Whether a light block that conflicts with our chain was really signed by our validators (CometBFT
 * evidence/verify.go VerifyLightClientAttack). Every signature for the block is checked, not just enough of them
 * with keys from our own sets, and who is to blame is found again, never read. The evidence has the
 * right shape, and the time of our block at the common height.
 */
export function verifyLightClientAttack(
  evidence: LightClientAttackEvidence,
  context: EvidenceContext
): EvidenceRefusal | null {
  const { conflictingBlock, commonHeight } = evidence
  const { header, validatorSet } = conflictingBlock
  const commonValidators = context.validatorsAt(commonHeight)
  if (commonValidators === null) return refuse('noHistory', `don't have validators of height ${commonHeight}`)
  const trusted = trustedBlock(conflictingBlock, context)
  if ('code' in trusted) return trusted
  const isDerived = trusted.commit !== null && isHeaderDerived(header, trusted.header)
  if (commonHeight === header.height && !isDerived) {
    const reason =
      'the common height is the height of the conflicting block, but its header is not derived correctly'
    return refuse('notConflicting', reason)
  }
  const power = powerProblem('total voting power', evidence.totalVotingPower, commonValidators.totalPower)
  if (power !== null) return power
  const culprits = isDerived
    ? equivocators(conflictingBlock, trusted.commit)
    : lunatics(conflictingBlock, commonValidators)
  return (
    culpritsProblem(evidence, culprits) ??
    commitProblem(evidence, commonValidators, context) ??
    keysProblem(validatorSet)
  )
}

/** Our block the conflicting one is held against; without a commit when it is not of the same height. */
interface TrustedBlock {
  readonly header: Header
  readonly commit: Commit | null
}

/**
 * Our block at the conflicting height, or, where the chain is not that far, the newest one: then the attack is proven
 * by a block that claims to come later but is not dated later.
 */
function trustedBlock(
  { header, commit }: LightBlock,
  context: EvidenceContext
): TrustedBlock | EvidenceRefusal {
  const { lastHeight } = context
  if (header.height > lastHeight) {
    const newest = context.headerAt(lastHeight)
    if (newest === null) return refuse('noHistory', `don't have header #${lastHeight}`)
    if (compareTimestamps(header.time, newest.time) <= 0) return { header: newest, commit: null }
    const reason = 'the conflicting block is later than our newest one, in height and in time'
    return refuse('notConflicting', reason)
  }
  const own = context.headerAt(header.height)
  if (own === null) return refuse('noHistory', `don't have header #${header.height}`)
  if (hashHeader(own) === commit.blockId.hash) {
    return refuse('notConflicting', 'the conflicting block is the block of our own chain')
  }
  // The commit is part of the next block: before that is there, nodes may hold different ones.
  const ownCommit = header.height < lastHeight ? context.commitAt(header.height) : null
  if (ownCommit !== null) return { header: own, commit: ownCommit }
  return header.height === lastHeight
    ? refuse('uncommittedHeight', `the commit of height ${header.height} is not in a block yet`)
    : refuse('noHistory', `don't have commit of height ${header.height}`)
}

/** False when the header says of the chain's state what our chain does not: a lunatic attack (ConflictingHeaderIsInvalid). */
function isHeaderDerived(header: Header, own: Header): boolean {
  return (
    header.validatorsHash === own.validatorsHash &&
    header.nextValidatorsHash === own.nextValidatorsHash &&
    header.consensusHash === own.consensusHash &&
    header.appHash === own.appHash &&
    header.lastResultsHash === own.lastResultsHash
  )
}

/** Everyone of the common set who signed a header that no correct node can have made. */
function lunatics({ commit }: LightBlock, commonValidators: ValidatorSet): readonly Validator[] {
  const signed = commit.signatures.flatMap(entry => {
    if (entry.blockIdFlag !== BLOCK_ID_FLAG.commit) return []
    const validator = validatorByAddress(commonValidators, entry.validatorAddress)
    return validator === null ? [] : [validator]
  })
  return signed.toSorted(byPower)
}

/** Everyone who signed both blocks in one round. Nobody when the rounds differ: amnesia cannot be pinned on anyone. */
function equivocators(block: LightBlock, own: Commit | null): readonly Validator[] {
  const { commit, validatorSet } = block
  if (own === null || own.round !== commit.round) return []
  const both = validatorSet.validators.filter(
    (_, index) =>
      commit.signatures[index]?.blockIdFlag === BLOCK_ID_FLAG.commit &&
      own.signatures[index]?.blockIdFlag === BLOCK_ID_FLAG.commit
  )
  return both.toSorted(byPower)
}

function byPower(a: Validator, b: Validator): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0
}

function culpritsProblem(
  { byzantineValidators }: LightClientAttackEvidence,
  culprits: readonly Validator[]
): EvidenceRefusal | null {
  if (byzantineValidators.length !== culprits.length) {
    const counts = `${culprits.length} but got ${byzantineValidators.length}`
    return refuse(
      'wrongCulprits',
      `unexpected number of byzantine validators from evidence: expected ${counts}`
    )
  }
  for (const [index, culprit] of culprits.entries()) {
    const claimed = byzantineValidators[index]!
    const isSame =
      claimed.address === culprit.address &&
      claimed.power === culprit.power &&
      claimed.publicKey.type === culprit.publicKey.type &&
      Buffer.compare(claimed.publicKey.bytes, culprit.publicKey.bytes) === 0
    if (isSame) continue
    return refuse('wrongCulprits', `byzantine validator ${index} is not ${culprit.address} as our set has it`)
  }
  return null
}

/**
 * More than 1/3 of the common set signed the conflicting block, unless it is of the common height and so has our own
 * set; and more than 2/3 of the set it names itself.
 */
function commitProblem(
  { conflictingBlock, commonHeight }: LightClientAttackEvidence,
  commonValidators: ValidatorSet,
  { chainId, verifier }: EvidenceContext
): EvidenceRefusal | null {
  const { header, commit, validatorSet } = conflictingBlock
  if (commit.signatures.length !== validatorSet.validators.length) {
    const sizes = `${validatorSet.validators.length} vs ${commit.signatures.length}`
    return refuse('badCommit', `invalid commit from conflicting block: wrong set size: ${sizes}`)
  }
  const stray = commit.signatures.findIndex(
    (entry, index) =>
      entry.blockIdFlag === BLOCK_ID_FLAG.commit &&
      entry.validatorAddress !== validatorSet.validators[index]!.address
  )
  if (stray >= 0) return refuse('badCommit', `commit entry ${stray} is not of validator ${stray} of its set`)
  if (commonHeight !== header.height) {
    const problem = verifyCommitTrusting(chainId, commonValidators, commit, TRUST_LEVEL, verifier)
    if (problem !== null) {
      return refuse('badCommit', `skipping verification of conflicting block failed: ${problem}`)
    }
  }
  const problem = verifyCommitTrusting(chainId, validatorSet, commit, QUORUM, verifier)
  return problem === null ? null : refuse('badCommit', `invalid commit from conflicting block: ${problem}`)
}

/** The hash of a set covers keys and powers but not addresses, so an address must follow from its key. */
function keysProblem({ validators }: ValidatorSet): EvidenceRefusal | null {
  const swapped = validators.find(({ address, publicKey }) => addressOf(publicKey) !== address)
  if (swapped === undefined) return null
  return refuse('wrongKey', `address (${swapped.address}) doesn't match its public key`)
}
