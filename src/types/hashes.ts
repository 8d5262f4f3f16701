import { ProtoWriter } from '../codec/index.ts'
import { type Hex, merkleRoot, sha256Hex } from '../crypto/index.ts'
import type { Commit } from './commit.ts'
import type { Evidence, LightClientAttackEvidence } from './evidence.ts'
import type { Header } from './header.ts'
import { encodeBlockId, encodeTimestamp } from './wire-block-id.ts'
import { encodeCommitSig } from './wire-commit.ts'
import { encodeInnerEvidence } from './wire-evidence.ts'
import { writeVersionFields } from './wire-header.ts'

const LEAF_BYTES = 64

/**
 * The block hash: Merkle root over the header's 14 fields, scalars wrapped as google.protobuf values, empty ones as
 * empty leaves (CometBFT Header.Hash). '' when validatorsHash is empty, for such a header has no hash.
 */
export function hashHeader(header: Header): Hex {
  if (header.validatorsHash === '') return ''
  return merkleRoot(headerLeaves(header))
}

export function headerLeaves(header: Header): Uint8Array[] {
  return [
    leaf(writer => writeVersionFields(writer, header.version)),
    leaf(writer => writer.string(1, header.chainId)),
    leaf(writer => writer.int64(1, header.height)),
    encodeTimestamp(header.time),
    encodeBlockId(header.lastBlockId),
    hexLeaf(header.lastCommitHash),
    hexLeaf(header.dataHash),
    hexLeaf(header.validatorsHash),
    hexLeaf(header.nextValidatorsHash),
    hexLeaf(header.consensusHash),
    hexLeaf(header.appHash),
    hexLeaf(header.lastResultsHash),
    hexLeaf(header.evidenceHash),
    hexLeaf(header.proposerAddress)
  ]
}

function hexLeaf(value: Hex): Uint8Array {
  return leaf(writer => writer.hex(1, value))
}

function leaf(write: (writer: ProtoWriter) => void): Uint8Array {
  const writer = new ProtoWriter(LEAF_BYTES)
  write(writer)
  return writer.finish()
}

/** last_commit_hash of the next header: Merkle root over the commit's entries. Height, round and block id are not in it. */
export function commitHash(commit: Commit): Hex {
  return merkleRoot(commit.signatures.map(encodeCommitSig))
}

/** What of a transaction's result is deterministic and enters {@link lastResultsHash}. */
export interface DeterministicTxResult {
  readonly code: number
  readonly data: Uint8Array
  readonly gasWanted: bigint
  readonly gasUsed: bigint
}

/** last_results_hash: Merkle root over the results, reduced to code, data and gas (CometBFT types/results.go). */
export function lastResultsHash(results: readonly DeterministicTxResult[]): Hex {
  return merkleRoot(results.map(encodeTxResult))
}

export function encodeTxResult(result: DeterministicTxResult): Uint8Array {
  const writer = new ProtoWriter(LEAF_BYTES + result.data.length)
  writer.uint32(1, result.code)
  writer.bytes(2, result.data)
  writer.bigint64(5, result.gasWanted)
  writer.bigint64(6, result.gasUsed)
  return writer.finish()
}

/** The name of a piece of evidence. */
export function evidenceHash(evidence: Evidence): Hex {
  if (evidence.kind === 'lightClientAttack') return lightClientAttackHash(evidence)
  return sha256Hex(encodeInnerEvidence(evidence))
}

/** evidence_hash of a header: Merkle root over the evidence messages, without their oneof. */
export function evidenceListHash(list: readonly Evidence[]): Hex {
  return merkleRoot(list.map(encodeInnerEvidence))
}

/**
 * Names the attack by conflicting block and common height only, so that different proofs of one attack are one. As
 * CometBFT does, the last byte of the block hash is left zero; the height is a zigzag varint.
 */
function lightClientAttackHash(evidence: LightClientAttackEvidence): Hex {
  const input = Buffer.alloc(32)
  input.write(hashHeader(evidence.conflictingBlock.header), 0, 31, 'hex')
  return sha256Hex(Buffer.concat([input, zigzagVarint(evidence.commonHeight)]))
}

function zigzagVarint(value: number): Uint8Array {
  let rest = value >= 0 ? BigInt(value) * 2n : BigInt(value) * -2n - 1n
  const bytes: number[] = []
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
