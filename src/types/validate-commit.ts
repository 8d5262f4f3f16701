import { ADDRESS_BYTES } from '../crypto/index.ts'
import { isNilBlockId } from './block-id.ts'
import {
  BLOCK_ID_FLAG,
  type Commit,
  type CommitSig,
  type ExtendedCommit,
  type ExtendedCommitSig
} from './commit.ts'
import { MAX_SIGNATURE_BYTES } from './limits.ts'
import { ZERO_TIME } from './primitives.ts'
import { compareTimestamps } from './time.ts'
import { validateSignature } from './validate-vote.ts'

/** CometBFT CommitSig.ValidateBasic. */
export function validateCommitSig(entry: CommitSig): string | null {
  switch (entry.blockIdFlag) {
    case BLOCK_ID_FLAG.absent:
      return validateAbsent(entry)
    case BLOCK_ID_FLAG.commit:
    case BLOCK_ID_FLAG.nil:
      if (entry.validatorAddress.length !== 2 * ADDRESS_BYTES) {
        return `expected ValidatorAddress size to be ${ADDRESS_BYTES} bytes, got ${entry.validatorAddress.length >>> 1} bytes`
      }
      return validateSignature(entry.signature)
    default:
      return `unknown BlockIDFlag: ${entry.blockIdFlag}`
  }
}

function validateAbsent(entry: CommitSig): string | null {
  if (entry.validatorAddress.length !== 0) return 'validator address is present'
  if (compareTimestamps(entry.timestamp, ZERO_TIME) !== 0) return 'time is present'
  return entry.signature.length === 0 ? null : 'signature is present'
}

/** CometBFT Commit.ValidateBasic. Height 0 is the empty commit of the first block. */
export function validateCommit(commit: Commit): string | null {
  return validateFrame(commit) ?? firstProblem(commit.signatures, validateCommitSig)
}

/** CometBFT ExtendedCommit.ValidateBasic; whether extensions must be there depends on the params. */
export function validateExtendedCommit(commit: ExtendedCommit): string | null {
  return validateFrame(commit) ?? firstProblem(commit.signatures, validateExtendedCommitSig)
}

function validateExtendedCommitSig(entry: ExtendedCommitSig): string | null {
  const problem = validateCommitSig(entry)
  if (problem !== null) return problem
  if (entry.blockIdFlag !== BLOCK_ID_FLAG.commit) {
    if (entry.extension.length > 0) return 'unexpected vote extension'
    return entry.extensionSignature.length > 0 ? 'unexpected vote extension signature' : null
  }
  if (entry.extensionSignature.length > MAX_SIGNATURE_BYTES) {
    return `vote extension signature is too big (max: ${MAX_SIGNATURE_BYTES})`
  }
  if (entry.extension.length > 0 && entry.extensionSignature.length === 0) {
    return 'vote extension signature absent on vote with extension'
  }
  return null
}

function validateFrame(
  commit: Omit<Commit, 'signatures'> & { signatures: readonly unknown[] }
): string | null {
  if (commit.height < 0) return 'negative Height'
  if (commit.round < 0) return 'negative Round'
  if (commit.height === 0) return null
  if (isNilBlockId(commit.blockId)) return 'commit cannot be for nil block'
  return commit.signatures.length === 0 ? 'no signatures in commit' : null
}

function firstProblem<Entry>(
  entries: readonly Entry[],
  validate: (entry: Entry) => string | null
): string | null {
  for (const [index, entry] of entries.entries()) {
    const problem = validate(entry)
    if (problem !== null) return `wrong CommitSig #${index}: ${problem}`
  }
  return null
}
