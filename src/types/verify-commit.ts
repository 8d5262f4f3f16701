import type { SignatureVerifier } from '../crypto/index.ts'
import { type BlockId, blockIdKey, blockIdsEqual, NIL_BLOCK_ID } from './block-id.ts'
import { BLOCK_ID_FLAG, type Commit } from './commit.ts'
import type { Height, Hex, Power } from './primitives.ts'
import { makeVoteSignBytes } from './sign-bytes.ts'
import { validateCommitSig } from './validate-commit.ts'
import { type PublicKey, type ValidatorSet, validatorByAddress } from './validator-set.ts'

/**
 * What is wrong with `commit` as +2/3 precommits of `set` for `blockId` at `height`; null when nothing is (CometBFT
 * types/validation.go VerifyCommit). Entry i must be of validator i by address too, and every signature present is
 * checked, also those for nil and those beyond the quorum: incentives and the block's time are computed from all of
 * them. What needs no signature check is judged first, so a hopeless commit is cheap to refuse.
 */
export function verifyCommit(
  chainId: string,
  set: ValidatorSet,
  blockId: BlockId,
  height: Height,
  commit: Commit,
  verifier: SignatureVerifier
): string | null {
  return (
    frameProblem(set, blockId, height, commit) ??
    entriesProblem(set, commit) ??
    powerProblem(powerForBlock(set, commit), (set.totalPower * 2n) / 3n) ??
    signatureProblem(chainId, commit, verifier, index => set.validators[index]!.publicKey)
  )
}

/** A share of the total power, such as 1/3. */
export interface PowerFraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/**
 * What is wrong with `commit` as signed by more than `trustLevel` of `trusted`, a set that need not be the one that
 * made the commit: validators are found by address, strangers are passed over, and only signatures for the block are
 * looked at (CometBFT VerifyCommitLightTrustingAllSignatures). Null when nothing is. The commit's own block id counts.
 */
export function verifyCommitTrusting(
  chainId: string,
  trusted: ValidatorSet,
  commit: Commit,
  trustLevel: PowerFraction,
  verifier: SignatureVerifier
): string | null {
  const keys = new Map<number, PublicKey>()
  const seen = new Map<Hex, number>()
  let power = 0n
  for (const [index, entry] of commit.signatures.entries()) {
    if (entry.blockIdFlag !== BLOCK_ID_FLAG.commit) continue
    const validator = validatorByAddress(trusted, entry.validatorAddress)
    if (validator === null) continue
    const first = seen.get(validator.address)
    if (first !== undefined) return `double vote from ${validator.address} (#${first} and #${index})`
    seen.set(validator.address, index)
    keys.set(index, validator.publicKey)
    power += validator.power
  }
  const needed = (trusted.totalPower * trustLevel.numerator) / trustLevel.denominator
  return (
    powerProblem(power, needed) ??
    signatureProblem(chainId, commit, verifier, index => keys.get(index) ?? null)
  )
}

function frameProblem(set: ValidatorSet, blockId: BlockId, height: Height, commit: Commit): string | null {
  if (set.validators.length !== commit.signatures.length) {
    return `invalid commit: wrong set size: ${set.validators.length} vs ${commit.signatures.length}`
  }
  if (commit.height !== height) return `invalid commit: wrong height: ${height} vs ${commit.height}`
  if (!blockIdsEqual(commit.blockId, blockId)) {
    const [wanted, got] = [blockId, commit.blockId].map(id => blockIdKey(id) || 'nil')
    return `invalid commit: wrong block ID: want ${wanted}, got ${got}`
  }
  return null
}

function entriesProblem(set: ValidatorSet, commit: Commit): string | null {
  for (const [index, entry] of commit.signatures.entries()) {
    const problem = validateCommitSig(entry)
    if (problem !== null) return `invalid commit signature #${index}: ${problem}`
    if (entry.blockIdFlag === BLOCK_ID_FLAG.absent) continue
    const { address } = set.validators[index]!
    if (entry.validatorAddress !== address) {
      return `validator address mismatch at index ${index}: expected ${address}, got ${entry.validatorAddress}`
    }
  }
  return null
}

function powerForBlock(set: ValidatorSet, commit: Commit): Power {
  let power = 0n
  commit.signatures.forEach((entry, index) => {
    if (entry.blockIdFlag === BLOCK_ID_FLAG.commit) power += set.validators[index]!.power
  })
  return power
}

function powerProblem(power: Power, needed: Power): string | null {
  return power > needed ? null : `insufficient voting power: got ${power}, needed more than ${needed}`
}

/** Checks every entry that `keyOf` gives a key for. */
function signatureProblem(
  chainId: string,
  commit: Commit,
  verifier: SignatureVerifier,
  keyOf: (index: number) => PublicKey | null
): string | null {
  const { height, round, blockId } = commit
  const forBlock = makeVoteSignBytes(chainId, { type: 'precommit', height, round, blockId })
  const forNil = makeVoteSignBytes(chainId, { type: 'precommit', height, round, blockId: NIL_BLOCK_ID })
  for (const [index, entry] of commit.signatures.entries()) {
    if (entry.blockIdFlag === BLOCK_ID_FLAG.absent) continue
    const key = keyOf(index)
    if (key === null) continue
    const signBytes = entry.blockIdFlag === BLOCK_ID_FLAG.nil ? forNil : forBlock
    if (!verifier.verify(key, signBytes(entry.timestamp), entry.signature)) {
      return `wrong signature (#${index}) of validator ${entry.validatorAddress}`
    }
  }
  return null
}
