import { createHash, createPublicKey, verify } from 'node:crypto'
import type { comet38, ReadonlyDateWithNanoseconds } from '@cosmjs/tendermint-rpc'
import { toSeconds } from '@cosmjs/tendermint-rpc'
import { BinaryWriter } from 'cosmjs-types/binary'
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp'
import { ExecTxResult } from 'cosmjs-types/tendermint/abci/types'
import { PublicKey } from 'cosmjs-types/tendermint/crypto/keys'
import { Block } from 'cosmjs-types/tendermint/types/block'
import { HashedParams } from 'cosmjs-types/tendermint/types/params'
import { BlockID, Commit, CommitSig, Header } from 'cosmjs-types/tendermint/types/types'
import { SimpleValidator } from 'cosmjs-types/tendermint/types/validator'
import { Consensus } from 'cosmjs-types/tendermint/version/types'

/**
 * Hashes, bytes and signatures of a chain, computed from what a client read by other people's encoders and Node's own
 * cryptography: nothing here is code of the node.
 */

const NO_BYTES = new Uint8Array(0)
const PART_BYTES = 65_536
/** Seconds of Go's zero time, which absent signatures carry. */
const GO_ZERO_SECONDS = -62_135_596_800n
const ED25519_DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const LEAF = Uint8Array.of(0)
const INNER = Uint8Array.of(1)

/** RFC 6962. */
export function merkle(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0) return sha256()
  if (items.length === 1) return sha256(LEAF, items[0]!)
  const left = 2 ** Math.ceil(Math.log2(items.length) - 1)
  return sha256(INNER, merkle(items.slice(0, left)), merkle(items.slice(left)))
}

/** The root that a proof leads to. */
export function rootOfProof({ proof, data }: comet38.TxProof): Uint8Array {
  const climb = (index: number, total: number, aunts: readonly Uint8Array[]): Uint8Array => {
    if (total === 1) return proof.leafHash
    const left = 2 ** Math.ceil(Math.log2(total) - 1)
    const [rest, aunt] = [aunts.slice(0, -1), aunts.at(-1)!]
    return index < left
      ? sha256(INNER, climb(index, left, rest), aunt)
      : sha256(INNER, aunt, climb(index - left, total - left, rest))
  }
  const leaf = sha256(LEAF, sha256(data))
  return Buffer.compare(leaf, proof.leafHash) === 0 ? climb(proof.index, proof.total, proof.aunts) : NO_BYTES
}

export function timestamp(date: ReadonlyDateWithNanoseconds | undefined): Timestamp {
  if (date === undefined) return { seconds: GO_ZERO_SECONDS, nanos: 0 }
  const { seconds, nanos } = toSeconds(date)
  return { seconds: BigInt(seconds), nanos }
}

function blockIdOf(id: comet38.BlockId | null): BlockID {
  return {
    hash: id?.hash ?? NO_BYTES,
    partSetHeader: { total: id?.parts.total ?? 0, hash: id?.parts.hash ?? NO_BYTES }
  }
}

/** A value as Go's wrapper types write it: nothing for the zero value. */
const wrapped = {
  text: (value: string) => (value === '' ? NO_BYTES : new BinaryWriter().uint32(10).string(value).finish()),
  bytes: (value: Uint8Array) =>
    value.length === 0 ? NO_BYTES : new BinaryWriter().uint32(10).bytes(value).finish(),
  int: (value: number) => new BinaryWriter().uint32(8).int64(BigInt(value)).finish()
}

export function headerHash(header: comet38.Header): Uint8Array {
  const version = { block: BigInt(header.version.block), app: BigInt(header.version.app) }
  return merkle([
    Consensus.encode(version).finish(),
    wrapped.text(header.chainId),
    wrapped.int(header.height),
    Timestamp.encode(timestamp(header.time)).finish(),
    BlockID.encode(blockIdOf(header.lastBlockId)).finish(),
    ...[
      header.lastCommitHash,
      header.dataHash,
      header.validatorsHash,
      header.nextValidatorsHash,
      header.consensusHash,
      header.appHash,
      header.lastResultsHash,
      header.evidenceHash,
      header.proposerAddress
    ].map(wrapped.bytes)
  ])
}

export const dataHash = (txs: readonly Uint8Array[]): Uint8Array => merkle(txs.map(tx => sha256(tx)))

function commitSigOf(signature: comet38.Commit['signatures'][number]): CommitSig {
  return {
    blockIdFlag: Number(signature.blockIdFlag),
    validatorAddress: signature.validatorAddress ?? NO_BYTES,
    timestamp: timestamp(signature.timestamp),
    signature: signature.signature ?? NO_BYTES
  }
}

export function commitHash(commit: comet38.Commit): Uint8Array {
  return merkle(commit.signatures.map(one => CommitSig.encode(commitSigOf(one)).finish()))
}

export function validatorsHash(validators: readonly comet38.Validator[]): Uint8Array {
  return merkle(
    validators.map(({ pubkey, votingPower }) => {
      const pubKey = PublicKey.fromPartial({ ed25519: pubkey!.data })
      return SimpleValidator.encode({ pubKey, votingPower }).finish()
    })
  )
}

export function paramsHash(maxBytes: bigint, maxGas: bigint): Uint8Array {
  return sha256(HashedParams.encode({ blockMaxBytes: maxBytes, blockMaxGas: maxGas }).finish())
}

export function resultsHash(results: readonly comet38.TxData[]): Uint8Array {
  return merkle(
    results.map(({ code, data = NO_BYTES, gasWanted, gasUsed }) =>
      ExecTxResult.encode(ExecTxResult.fromPartial({ code, data, gasWanted, gasUsed })).finish()
    )
  )
}

/** Hash and count of the parts a block is sent in, and its size in bytes. */
export function partSet({ header, txs, lastCommit }: comet38.Block): {
  readonly hash: string
  readonly total: number
  readonly size: number
} {
  const bytes = Block.encode({
    header: Header.fromPartial({
      ...header,
      version: { block: BigInt(header.version.block), app: BigInt(header.version.app) },
      height: BigInt(header.height),
      time: timestamp(header.time),
      lastBlockId: blockIdOf(header.lastBlockId)
    }),
    data: { txs: [...txs] },
    evidence: { evidence: [] },
    lastCommit: Commit.fromPartial({
      height: BigInt(lastCommit?.height ?? 0),
      round: lastCommit?.round ?? 0,
      blockId: blockIdOf(lastCommit?.blockId ?? null),
      signatures: lastCommit?.signatures.map(commitSigOf) ?? []
    })
  }).finish()
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += PART_BYTES) parts.push(bytes.subarray(at, at + PART_BYTES))
  return { hash: hex(merkle(parts)), total: parts.length, size: bytes.length }
}

const PRECOMMIT = 2

/** CanonicalVote with its length before it: what a validator signs. */
function precommitBytes(
  chainId: string,
  { height, round, blockId }: comet38.Commit,
  signature: comet38.Commit['signatures'][number]
): Uint8Array {
  const writer = new BinaryWriter().uint32(8).int32(PRECOMMIT)
  writer.uint32(17).sfixed64(BigInt(height))
  if (round !== 0) writer.uint32(25).sfixed64(BigInt(round))
  if (signature.blockIdFlag === 2) {
    writer.uint32(34).fork().uint32(10).bytes(blockId.hash)
    writer.uint32(18).fork().uint32(8).uint32(blockId.parts.total).uint32(18).bytes(blockId.parts.hash)
    writer.ldelim().ldelim()
  }
  Timestamp.encode(timestamp(signature.timestamp), writer.uint32(42).fork()).ldelim()
  const vote = writer.uint32(50).string(chainId).finish()
  return Buffer.concat([new BinaryWriter().uint32(vote.length).finish(), vote])
}

export function isSignedBy(
  { pubkey }: comet38.Validator,
  chainId: string,
  commit: comet38.Commit,
  signature: comet38.Commit['signatures'][number]
): boolean {
  const key = createPublicKey({
    key: Buffer.concat([ED25519_DER_PREFIX, pubkey!.data]),
    format: 'der',
    type: 'spki'
  })
  return verify(null, precommitBytes(chainId, commit, signature), key, signature.signature!)
}
