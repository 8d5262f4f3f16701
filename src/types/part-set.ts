import { HASH_BYTES, merkleProofs, validateMerkleProof, verifyMerkleProof } from '../crypto/index.ts'
import { assert } from '../util/index.ts'
import { BLOCK_PART_SIZE_BYTES, type Part } from './block.ts'
import type { PartSetHeader } from './block-id.ts'

/** Cuts an encoded block into parts of 64 KiB and proves each against their Merkle root (CometBFT types/part_set.go). */
export function makePartSet(
  blockBytes: Uint8Array,
  partSizeBytes = BLOCK_PART_SIZE_BYTES
): { header: PartSetHeader; parts: readonly Part[] } {
  assert(blockBytes.length > 0, 'an encoded block is not empty')
  const pieces: Uint8Array[] = []
  for (let start = 0; start < blockBytes.length; start += partSizeBytes) {
    pieces.push(blockBytes.subarray(start, start + partSizeBytes))
  }
  const { root, proofs } = merkleProofs(pieces)
  const parts = pieces.map((bytes, index) => ({ index, bytes, proof: proofs[index]! }))
  return { header: { total: pieces.length, hash: root }, parts }
}

/**
 * What is wrong with a part by itself, null when nothing is (CometBFT Part.ValidateBasic): it is not too big, all but
 * the last are full, its index is its proof's, and its proof has the right shape.
 */
export function validatePart(part: Part): string | null {
  if (part.bytes.length > BLOCK_PART_SIZE_BYTES) {
    return `part is too big: ${part.bytes.length} bytes, max ${BLOCK_PART_SIZE_BYTES}`
  }
  if (part.bytes.length === 0) return 'part is empty'
  if (part.index < part.proof.total - 1 && part.bytes.length !== BLOCK_PART_SIZE_BYTES) {
    return `a part before the last must be ${BLOCK_PART_SIZE_BYTES} bytes, got ${part.bytes.length}`
  }
  if (part.index !== part.proof.index) return `part index ${part.index} != proof index ${part.proof.index}`
  const problem = validateMerkleProof(part.proof)
  return problem === null ? null : `wrong Proof: ${problem}`
}

/**
 * Collects the parts of one block. A header that declares more parts than `maxTotal` (from the block's maximal size)
 * is answered with 'invalid' for every part; nothing is allocated by what the header says, only by parts that prove
 * to belong to it.
 */
export class PartSetAssembler {
  readonly header: PartSetHeader
  readonly #isAcceptable: boolean
  readonly #parts = new Map<number, Part>()
  #byteLength = 0

  constructor(header: PartSetHeader, limits: { readonly maxTotal: number }) {
    this.header = header
    this.#isAcceptable =
      header.total > 0 && header.total <= limits.maxTotal && header.hash.length === 2 * HASH_BYTES
  }

  get count(): number {
    return this.#parts.size
  }

  /** Sum of the parts' sizes. */
  get byteLength(): number {
    return this.#byteLength
  }

  get isComplete(): boolean {
    return this.#isAcceptable && this.#parts.size === this.header.total
  }

  has(index: number): boolean {
    return this.#parts.has(index)
  }

  part(index: number): Part | null {
    return this.#parts.get(index) ?? null
  }

  /** Takes a part that anyone may have made. */
  add(part: Part): 'added' | 'duplicate' | 'invalid' {
    if (!this.#isAcceptable || !Number.isInteger(part.index)) return 'invalid'
    if (part.index < 0 || part.index >= this.header.total) return 'invalid'
    const known = this.#parts.get(part.index)
    // A part of another block may stand at the same place.
    if (known !== undefined) return Buffer.compare(known.bytes, part.bytes) === 0 ? 'duplicate' : 'invalid'
    if (part.proof.total !== this.header.total || validatePart(part) !== null) return 'invalid'
    if (!verifyMerkleProof(part.proof, this.header.hash, part.bytes)) return 'invalid'
    this.#parts.set(part.index, part)
    this.#byteLength += part.bytes.length
    return 'added'
  }

  /** Indexes that are still wanted, ascending; none when the header is not acceptable. */
  missing(): number[] {
    const indexes: number[] = []
    if (!this.#isAcceptable) return indexes
    for (let index = 0; index < this.header.total; index++) {
      if (!this.#parts.has(index)) indexes.push(index)
    }
    return indexes
  }

  /** The encoded block; only when complete. */
  bytes(): Uint8Array {
    assert(this.isComplete, 'the part set is not complete')
    const bytes = new Uint8Array(this.#byteLength)
    let at = 0
    for (let index = 0; index < this.header.total; index++) {
      const part = this.#parts.get(index)!
      bytes.set(part.bytes, at)
      at += part.bytes.length
    }
    return bytes
  }
}
