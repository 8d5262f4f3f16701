import type {
  Block,
  BlockId,
  Commit,
  CommitSig,
  Header,
  Hex,
  Timestamp,
  VoteType
} from '../../types/index.ts'
import { bytes, delimited, encode, type Field, fixed64, hex, int, merkle, message, sha256 } from './proto.ts'
import type { Member } from './validators.ts'

const PART_BYTES = 65536
const PRECOMMIT = 2
const PREVOTE = 1
const PROPOSAL = 32

/** The block hash by CometBFT's Header.Hash: each of the 14 fields is a leaf. */
export function headerHash(header: Header): Hex {
  const scalar = (field: Field): Buffer => encode([field])
  return merkle([
    encode([int(1, header.version.block), int(2, header.version.app)]),
    scalar(bytes(1, header.chainId)),
    scalar(int(1, header.height)),
    encode(timestampFields(header.time)),
    encode(blockIdFields(header.lastBlockId)),
    scalar(hex(1, header.lastCommitHash)),
    scalar(hex(1, header.dataHash)),
    scalar(hex(1, header.validatorsHash)),
    scalar(hex(1, header.nextValidatorsHash)),
    scalar(hex(1, header.consensusHash)),
    scalar(hex(1, header.appHash)),
    scalar(hex(1, header.lastResultsHash)),
    scalar(hex(1, header.evidenceHash)),
    scalar(hex(1, header.proposerAddress))
  ]).toString('hex')
}

export function dataHash({ txs }: Block): Hex {
  return merkle(txs.map(tx => sha256(tx))).toString('hex')
}

export function commitHash(commit: Commit | null): Hex {
  return merkle((commit?.signatures ?? []).map(commitSig)).toString('hex')
}

export function validatorsHash(members: readonly Member[]): Hex {
  return merkle(
    members.map(({ key, power }) =>
      encode([message(1, [bytes(key.type === 'ed25519' ? 1 : 2, key.bytes)]), int(2, power)])
    )
  ).toString('hex')
}

export interface TxResult {
  readonly code: number
  readonly data: Uint8Array
  readonly gasWanted: bigint
  readonly gasUsed: bigint
}

export function resultsHash(results: readonly TxResult[]): Hex {
  return merkle(
    results.map(result =>
      encode([int(1, result.code), bytes(2, result.data), int(5, result.gasWanted), int(6, result.gasUsed)])
    )
  ).toString('hex')
}

/** consensus_hash: only the two block limits are in it (CometBFT HashedParams). */
export function paramsHash(block: { readonly maxBytes: number; readonly maxGas: number | bigint }): Hex {
  return sha256(encode([int(1, block.maxBytes), int(2, block.maxGas)])).toString('hex')
}

/** Total and Merkle root of a block's parts. */
export function partSetHeader(blockBytes: Uint8Array): { readonly total: number; readonly hash: Hex } {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < blockBytes.length; at += PART_BYTES)
    pieces.push(blockBytes.subarray(at, at + PART_BYTES))
  return { total: pieces.length, hash: merkle(pieces).toString('hex') }
}

export interface Statement {
  readonly height: number
  readonly round: number
  readonly blockId: BlockId
  readonly timestamp: Timestamp
}

/** What a validator signs for a vote (CanonicalVote). */
export function voteBytes(chainId: string, type: VoteType, vote: Statement): Buffer {
  const { height, round, blockId: id, timestamp: time } = vote
  return delimited([
    int(1, type === 'precommit' ? PRECOMMIT : PREVOTE),
    fixed64(2, height),
    fixed64(3, round),
    ...(id.hash === '' ? [] : [message(4, blockIdFields(id))]),
    message(5, timestampFields(time)),
    bytes(6, chainId)
  ])
}

/** What a proposer signs (CanonicalProposal). */
export function proposalBytes(chainId: string, proposal: Statement & { readonly polRound: number }): Buffer {
  const { height, round, polRound, blockId: id, timestamp: time } = proposal
  return delimited([
    int(1, PROPOSAL),
    fixed64(2, height),
    fixed64(3, round),
    int(4, polRound),
    ...(id.hash === '' ? [] : [message(5, blockIdFields(id))]),
    message(6, timestampFields(time)),
    bytes(7, chainId)
  ])
}

function commitSig(entry: CommitSig): Buffer {
  return encode([
    int(1, entry.blockIdFlag),
    hex(2, entry.validatorAddress),
    message(3, timestampFields(entry.timestamp)),
    bytes(4, entry.signature)
  ])
}

export function timestampFields({ seconds, nanos }: Timestamp): readonly Field[] {
  return [int(1, seconds), int(2, nanos)]
}

export function blockIdFields({ hash, partSetHeader: parts }: BlockId): readonly Field[] {
  return [hex(1, hash), message(2, [int(1, parts.total), hex(2, parts.hash)])]
}
