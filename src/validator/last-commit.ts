import type { VerifiedVote } from '../mempool/index.ts'
import {
  BLOCK_ID_FLAG,
  type BlockId,
  type BlockIdKey,
  blockIdKey,
  type Commit,
  type ExtendedCommit,
  type ExtendedCommitSig,
  type Height,
  NIL_BLOCK_ID,
  type Round,
  type Vote,
  ZERO_TIME
} from '../types/index.ts'

const NO_BYTES = new Uint8Array(0)
const ABSENT: ExtendedCommitSig = {
  blockIdFlag: BLOCK_ID_FLAG.absent,
  validatorAddress: '',
  timestamp: ZERO_TIME,
  signature: NO_BYTES,
  extension: NO_BYTES,
  extensionSignature: NO_BYTES
}

/** The commit of the newest block while it still grows: precommits that come late are worth their reward too. */
export class LastCommit {
  readonly height: Height
  readonly round: Round
  readonly blockId: BlockId
  readonly #key: BlockIdKey
  readonly #signatures: ExtendedCommitSig[]
  #absent: number

  constructor(base: ExtendedCommit) {
    this.height = base.height
    this.round = base.round
    this.blockId = base.blockId
    this.#key = blockIdKey(base.blockId)
    this.#signatures = [...base.signatures]
    this.#absent = base.signatures.filter(({ blockIdFlag }) => blockIdFlag === BLOCK_ID_FLAG.absent).length
  }

  /** True when every validator's precommit is in. */
  get isComplete(): boolean {
    return this.#absent === 0
  }

  /** Takes a verified precommit; false when it says nothing new about this commit. */
  add({ vote, blockIdKey: key }: VerifiedVote): boolean {
    if (vote.type !== 'precommit' || vote.height !== this.height || vote.round !== this.round) return false
    if (key !== '' && key !== this.#key) return false
    if (this.#signatures[vote.validatorIndex]?.blockIdFlag !== BLOCK_ID_FLAG.absent) return false
    this.#signatures[vote.validatorIndex] = commitSigOf(vote, key)
    this.#absent--
    return true
  }

  /** What a proposer puts into the next block. */
  toCommit(): Commit {
    return toCommit(this.toExtendedCommit())
  }

  /** The precommits themselves, by validator index; null where none is in. */
  toVotes(): readonly (Vote | null)[] {
    const { height, round } = this
    return this.#signatures.map(({ blockIdFlag, ...signed }, validatorIndex) =>
      blockIdFlag === BLOCK_ID_FLAG.absent
        ? null
        : {
            type: 'precommit',
            height,
            round,
            blockId: blockIdFlag === BLOCK_ID_FLAG.nil ? NIL_BLOCK_ID : this.blockId,
            validatorIndex,
            ...signed
          }
    )
  }

  toExtendedCommit(): ExtendedCommit {
    const { height, round, blockId } = this
    return { height, round, blockId, signatures: [...this.#signatures] }
  }
}

/**
 * The commit that decided a block: for each validator its precommit of that round for the block or for nil, absent
 * where it has none or voted for something else.
 */
export function makeSeenCommit(
  decided: { readonly height: Height; readonly round: Round; readonly blockId: BlockId },
  validatorCount: number,
  precommits: readonly VerifiedVote[]
): ExtendedCommit {
  const decidedKey = blockIdKey(decided.blockId)
  const signatures: ExtendedCommitSig[] = new Array(validatorCount).fill(ABSENT)
  for (const { vote, blockIdKey: key } of precommits) {
    // A validator that voted twice counts with the vote that decided.
    const isFree = signatures[vote.validatorIndex]!.blockIdFlag !== BLOCK_ID_FLAG.commit
    if (key === decidedKey || (key === '' && isFree)) signatures[vote.validatorIndex] = commitSigOf(vote, key)
  }
  return { ...decided, signatures }
}

/** The same commit without vote extensions. */
export function toCommit({ height, round, blockId, signatures }: ExtendedCommit): Commit {
  return {
    height,
    round,
    blockId,
    signatures: signatures.map(({ blockIdFlag, validatorAddress, timestamp, signature }) => ({
      blockIdFlag,
      validatorAddress,
      timestamp,
      signature
    }))
  }
}

/** A stored commit as the start of a growing one; its extensions, if any were kept, come with the extended form. */
export function withoutExtensions(commit: Commit): ExtendedCommit {
  const { height, round, blockId, signatures } = commit
  const extended = signatures.map(sig => ({ ...sig, extension: NO_BYTES, extensionSignature: NO_BYTES }))
  return { height, round, blockId, signatures: extended }
}

function commitSigOf(vote: VerifiedVote['vote'], key: BlockIdKey): ExtendedCommitSig {
  return {
    blockIdFlag: key === '' ? BLOCK_ID_FLAG.nil : BLOCK_ID_FLAG.commit,
    validatorAddress: vote.validatorAddress,
    timestamp: vote.timestamp,
    signature: vote.signature,
    extension: vote.extension,
    extensionSignature: vote.extensionSignature
  }
}
