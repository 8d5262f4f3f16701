import { createHash } from 'node:crypto'
import { assert } from '../util/index.ts'
import { HASH_BYTES, type Hex, sha256Hex, sha256Latin1 } from './hash.ts'

const LEAF_PREFIX = 0
const INNER_PREFIX = 1
/** More than a tree of 2^53 items needs (CometBFT crypto/merkle MaxAunts). */
export const MAX_MERKLE_AUNTS = 100
const SMALL_ITEM_BYTES = 2048
const EMPTY_ROOT: Hex = sha256Hex(new Uint8Array(0))
const HASH_TEXT = /^[0-9a-f]{64}$/

/** A Merkle inclusion proof (CometBFT crypto/merkle/proof.go). */
export interface MerkleProof {
  readonly total: number
  readonly index: number
  readonly leafHash: Hex
  /** From the leaf upward. */
  readonly aunts: readonly Hex[]
}

// Hashing runs to its end without suspending, so the preimages of one node at a time can share these buffers.
const leafInput = Buffer.alloc(1 + SMALL_ITEM_BYTES)
const hashLeafInput = leafInput.subarray(0, 1 + HASH_BYTES)
const innerInput = Buffer.alloc(1 + 2 * HASH_BYTES, INNER_PREFIX)

/**
 * Root of the Merkle tree of RFC 6962 over `items`: leaf = sha256(00 item), inner = sha256(01 left right), split at the
 * largest power of two below the count; sha256 of nothing when there are no items (CometBFT crypto/merkle/tree.go).
 */
export function merkleRoot(items: readonly Uint8Array[]): Hex {
  if (items.length === 0) return EMPTY_ROOT
  return rootOfNodes(leafNodes(items), items.length)
}

/** {@link merkleRoot} over items that are themselves hashes, such as those of a block's transactions. */
export function merkleRootOfHashes(hashes: readonly Hex[]): Hex {
  if (hashes.length === 0) return EMPTY_ROOT
  const nodes = Buffer.allocUnsafe(hashes.length * HASH_BYTES)
  for (let index = 0; index < hashes.length; index++) {
    const written = leafInput.write(hashes[index]!, 1, 'hex')
    assert(written === HASH_BYTES, 'an item is not a hash')
    nodes.write(sha256Latin1(hashLeafInput), index * HASH_BYTES, HASH_BYTES, 'latin1')
  }
  return rootOfNodes(nodes, hashes.length)
}

/** The root, and for every item the proof that it is in the tree. */
export function merkleProofs(items: readonly Uint8Array[]): { root: Hex; proofs: MerkleProof[] } {
  const total = items.length
  if (total === 0) return { root: EMPTY_ROOT, proofs: [] }
  const levels: Hex[][] = []
  const nodes = leafNodes(items)
  let count = total
  levels.push(hexOfNodes(nodes, count))
  while (count > 1) {
    count = hashLevel(nodes, count)
    levels.push(hexOfNodes(nodes, count))
  }
  const proofs = items.map((_, index) => ({
    total,
    index,
    leafHash: levels[0]![index]!,
    aunts: auntsOf(levels, index)
  }))
  return { root: levels.at(-1)![0]!, proofs }
}

/** True when `proof` shows that `item` stands at `proof.index` of a tree of `proof.total` items under `root`. */
export function verifyMerkleProof(proof: MerkleProof, root: Hex, item: Uint8Array): boolean {
  if (validateMerkleProof(proof) !== null) return false
  if (proof.index >= proof.total) return false
  if (leafHash(item) !== proof.leafHash) return false
  return rootFromAunts(proof) === root
}

/** What is wrong with the proof's shape, null when nothing is (CometBFT Proof.ValidateBasic). */
export function validateMerkleProof(proof: MerkleProof): string | null {
  if (!Number.isSafeInteger(proof.total) || proof.total < 0) return 'negative Total'
  if (!Number.isSafeInteger(proof.index) || proof.index < 0) return 'negative Index'
  if (!HASH_TEXT.test(proof.leafHash)) {
    return `expected LeafHash size to be 32, got ${proof.leafHash.length >>> 1}`
  }
  if (proof.aunts.length > MAX_MERKLE_AUNTS) {
    return `expected no more than ${MAX_MERKLE_AUNTS} aunts, got ${proof.aunts.length}`
  }
  for (const [index, aunt] of proof.aunts.entries()) {
    if (!HASH_TEXT.test(aunt)) return `expected Aunts#${index} size to be 32, got ${aunt.length >>> 1}`
  }
  return null
}

function leafHash(item: Uint8Array): Hex {
  if (item.length > SMALL_ITEM_BYTES) return hashLargeLeaf(item).digest('hex')
  leafInput.set(item, 1)
  return sha256Hex(leafInput.subarray(0, 1 + item.length))
}

function hashLargeLeaf(item: Uint8Array) {
  return createHash('sha256').update(Uint8Array.of(LEAF_PREFIX)).update(item)
}

function leafNodes(items: readonly Uint8Array[]): Buffer {
  const nodes = Buffer.allocUnsafe(items.length * HASH_BYTES)
  for (let index = 0; index < items.length; index++) {
    const item = items[index]!
    if (item.length > SMALL_ITEM_BYTES) {
      hashLargeLeaf(item)
        .digest()
        .copy(nodes, index * HASH_BYTES)
    } else {
      leafInput.set(item, 1)
      const digest = sha256Latin1(leafInput.subarray(0, 1 + item.length))
      nodes.write(digest, index * HASH_BYTES, HASH_BYTES, 'latin1')
    }
  }
  return nodes
}

function rootOfNodes(nodes: Buffer, total: number): Hex {
  let count = total
  while (count > 1) count = hashLevel(nodes, count)
  return nodes.toString('hex', 0, HASH_BYTES)
}

/**
 * Replaces `count` nodes at the start of `nodes` by their parents and gives the number of those. A last node without
 * a sibling moves up as it is, which is the same tree as splitting at the largest power of two.
 */
function hashLevel(nodes: Buffer, count: number): number {
  const pairs = count >>> 1
  for (let pair = 0; pair < pairs; pair++) {
    nodes.copy(innerInput, 1, pair * 2 * HASH_BYTES, (pair + 1) * 2 * HASH_BYTES)
    nodes.write(sha256Latin1(innerInput), pair * HASH_BYTES, HASH_BYTES, 'latin1')
  }
  if (count % 2 === 0) return pairs
  nodes.copyWithin(pairs * HASH_BYTES, (count - 1) * HASH_BYTES, count * HASH_BYTES)
  return pairs + 1
}

function hexOfNodes(nodes: Buffer, count: number): Hex[] {
  return Array.from({ length: count }, (_, index) =>
    nodes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES)
  )
}

function auntsOf(levels: readonly (readonly Hex[])[], leafIndex: number): Hex[] {
  const aunts: Hex[] = []
  let index = leafIndex
  for (const level of levels) {
    const sibling = level[index ^ 1]
    if (sibling !== undefined) aunts.push(sibling)
    index >>>= 1
  }
  return aunts
}

/** Null when there are more or fewer aunts than the place in the tree wants. */
function rootFromAunts(proof: MerkleProof): Hex | null {
  let node = proof.leafHash
  let index = proof.index
  let count = proof.total
  let used = 0
  while (count > 1) {
    const isRight = index % 2 === 1
    if (isRight || index + 1 < count) {
      const aunt = proof.aunts[used++]
      if (aunt === undefined) return null
      node = isRight ? innerHash(aunt, node) : innerHash(node, aunt)
    }
    index = Math.floor(index / 2)
    count = Math.ceil(count / 2)
  }
  return used === proof.aunts.length ? node : null
}

function innerHash(left: Hex, right: Hex): Hex {
  innerInput.write(left, 1, 'hex')
  innerInput.write(right, 1 + HASH_BYTES, 'hex')
  return sha256Hex(innerInput)
}
