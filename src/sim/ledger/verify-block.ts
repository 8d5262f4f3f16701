import type { SignatureVerifier } from '../../crypto/index.ts'
import {
  BLOCK_ID_FLAG,
  type Block,
  type BlockId,
  type Commit,
  encodeBlock,
  type Hex,
  type Timestamp
} from '../../types/index.ts'
import { evidenceHash } from './evidence.ts'
import { commitHash, dataHash, headerHash, partSetHeader, validatorsHash, voteBytes } from './hashes.ts'
import { type Member, type MemberSet, totalPower } from './validators.ts'

/** What the ledger knows when a block is offered: everything that its header must repeat. */
export interface ChainTip {
  readonly chainId: string
  readonly initialHeight: number
  /** Of the block that is due. */
  readonly height: number
  readonly lastBlockId: BlockId
  readonly lastBlockTime: Timestamp
  readonly lastSet: MemberSet | null
  readonly set: MemberSet
  readonly nextSet: MemberSet
  readonly appVersion: number
  readonly appHash: Hex
  readonly resultsHash: Hex
  readonly paramsHash: Hex
}

const BLOCK_PROTOCOL = 11

/** Why a block must not have been committed on this tip, or null. Uses nothing of the node's own validation. */
export function whyBlockIsWrong(
  tip: ChainTip,
  blockId: BlockId,
  block: Block,
  verifier: SignatureVerifier
): string | null {
  const { header, lastCommit } = block
  const parts = partSetHeader(encodeBlock(block))
  const facts: readonly (readonly [what: string, is: unknown, mustBe: unknown])[] = [
    ['block hash', headerHash(header), blockId.hash],
    ['number of parts', parts.total, blockId.partSetHeader.total],
    ['hash of parts', parts.hash, blockId.partSetHeader.hash],
    ['block protocol', header.version.block, BLOCK_PROTOCOL],
    ['app version', header.version.app, tip.appVersion],
    ['chain id', header.chainId, tip.chainId],
    ['height', header.height, tip.height],
    ['last block', header.lastBlockId.hash, tip.lastBlockId.hash],
    ['parts of last block', header.lastBlockId.partSetHeader.hash, tip.lastBlockId.partSetHeader.hash],
    ['last commit hash', header.lastCommitHash, commitHash(lastCommit)],
    ['data hash', header.dataHash, dataHash(block)],
    ['validators hash', header.validatorsHash, validatorsHash(tip.set.members)],
    ['next validators hash', header.nextValidatorsHash, validatorsHash(tip.nextSet.members)],
    ['consensus hash', header.consensusHash, tip.paramsHash],
    ['app hash', header.appHash, tip.appHash],
    ['last results hash', header.lastResultsHash, tip.resultsHash],
    ['evidence hash', header.evidenceHash, evidenceHash(block.evidence)]
  ]
  for (const [what, is, mustBe] of facts) {
    if (is !== mustBe) return `its ${what} is ${String(is) || '(empty)'}, not ${String(mustBe) || '(empty)'}`
  }
  if (!tip.set.members.some(({ address }) => address === header.proposerAddress)) {
    return 'its proposer is no validator'
  }
  return whyLastCommitIsWrong(tip, block, verifier) ?? whyTimeIsWrong(tip, block)
}

/** Why `commit` does not prove that `set` decided `blockId` at `height`, or null. Every signature counts. */
export function whyCommitIsWrong(
  chainId: string,
  set: MemberSet,
  height: number,
  blockId: BlockId,
  commit: Commit,
  verifier: SignatureVerifier
): string | null {
  const { members } = set
  if (commit.height !== height) return `it is for height ${commit.height}`
  if (commit.blockId.hash !== blockId.hash) return 'it is for another block'
  if (commit.blockId.partSetHeader.hash !== blockId.partSetHeader.hash) return 'it is for other parts'
  if (commit.signatures.length !== members.length) {
    return `it has ${commit.signatures.length} entries for ${members.length} validators`
  }
  let power = 0n
  for (const [index, entry] of commit.signatures.entries()) {
    const member = members[index]!
    if (entry.blockIdFlag === BLOCK_ID_FLAG.absent) continue
    const isForBlock = entry.blockIdFlag === BLOCK_ID_FLAG.commit
    if (!isForBlock && entry.blockIdFlag !== BLOCK_ID_FLAG.nil) return `entry ${index} has an unknown flag`
    if (entry.validatorAddress !== member.address) return `entry ${index} names another validator`
    const voted = isForBlock ? blockId : { hash: '', partSetHeader: { total: 0, hash: '' } }
    const { timestamp } = entry
    const message = voteBytes(chainId, 'precommit', {
      height,
      round: commit.round,
      blockId: voted,
      timestamp
    })
    if (!verifier.verify(member.key, message, entry.signature)) return `signature ${index} is wrong`
    if (isForBlock) power += member.power
  }
  return 3n * power > 2n * totalPower(members) ? null : `only ${power} of ${totalPower(members)} signed`
}

function whyLastCommitIsWrong(tip: ChainTip, block: Block, verifier: SignatureVerifier): string | null {
  const { lastCommit } = block
  if (tip.height === tip.initialHeight || tip.lastSet === null) {
    return lastCommit === null || lastCommit.signatures.length === 0
      ? null
      : 'the first block has a last commit'
  }
  if (lastCommit === null) return 'it has no last commit'
  const wrong = whyCommitIsWrong(
    tip.chainId,
    tip.lastSet,
    tip.height - 1,
    tip.lastBlockId,
    lastCommit,
    verifier
  )
  return wrong && `its last commit is wrong: ${wrong}`
}

/** BFT time: the power-weighted median of the last commit. */
function whyTimeIsWrong(tip: ChainTip, { header, lastCommit }: Block): string | null {
  const time = nanosOf(header.time)
  if (tip.height === tip.initialHeight || tip.lastSet === null || lastCommit === null) {
    return time === nanosOf(tip.lastBlockTime) ? null : 'its time is not that of the genesis'
  }
  if (time <= nanosOf(tip.lastBlockTime)) return 'its time is not after that of the block before'
  const median = medianNanos(lastCommit, tip.lastSet.members)
  return time === median ? null : `its time is ${time} ns, the median of its last commit ${median} ns`
}

function medianNanos(commit: Commit, members: readonly Member[]): bigint {
  const votes = commit.signatures.flatMap((entry, index) =>
    entry.blockIdFlag === BLOCK_ID_FLAG.absent
      ? []
      : [{ at: nanosOf(entry.timestamp), power: members[index]!.power }]
  )
  votes.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  let left = votes.reduce((sum, { power }) => sum + power, 0n) / 2n
  for (const { at, power } of votes) {
    if (left <= power) return at
    left -= power
  }
  return 0n
}

function nanosOf({ seconds, nanos }: Timestamp): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}
