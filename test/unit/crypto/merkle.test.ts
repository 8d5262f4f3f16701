import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  type MerkleProof,
  merkleProofs,
  merkleRoot,
  merkleRootOfHashes,
  sha256Hex,
  validateMerkleProof,
  verifyMerkleProof
} from '../../../src/crypto/index.ts'
import { vectorCases } from '../types/vectors.ts'

interface ProofCase {
  total: string
  index: string
  leaf_hash: string
  aunts: string[]
}
interface MerkleCase {
  name: string
  items?: string[]
  expected_root?: string
  proofs?: ProofCase[]
  length?: number
  expected?: number
  mutation?: { total?: string; leaf_hash?: string; aunt_0?: string }
  expected_error_contains?: string
}

const cases = vectorCases<MerkleCase>('merkle.json')
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const itemsOf = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8))

/** The definition as RFC 6962 states it, by recursion on the split. */
function dumbRoot(items: readonly Uint8Array[]): Buffer {
  const digest = (...chunks: Uint8Array[]) => createHash('sha256').update(Buffer.concat(chunks)).digest()
  if (items.length === 0) return digest()
  if (items.length === 1) return digest(Uint8Array.of(0), items[0]!)
  const split = splitPoint(items.length)
  return digest(Uint8Array.of(1), dumbRoot(items.slice(0, split)), dumbRoot(items.slice(split)))
}

function splitPoint(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return count === 1 ? 0 : split
}

describe('merkle.json', () => {
  it.each(cases.filter(each => each.expected_root))('root: $name', ({ items, expected_root }) => {
    expect(merkleRoot(items!.map(bytesOf))).toBe(expected_root)
  })

  it.each(cases.filter(each => each.proofs))('proofs: $name', ({ items, proofs, expected_root }) => {
    const made = merkleProofs(items!.map(bytesOf))
    expect(made.root).toBe(expected_root)
    expect(made.proofs).toEqual(
      proofs!.map(each => ({
        total: Number(each.total),
        index: Number(each.index),
        leafHash: each.leaf_hash,
        aunts: each.aunts
      }))
    )
  })

  it.each(cases.filter(each => each.length))('the split of $length is at $expected', each => {
    expect(splitPoint(each.length!)).toBe(each.expected)
    // Where the tree splits shows in its root: left and right are the trees of the two halves.
    const items = itemsOf(each.length!)
    expect(merkleRoot(items)).toBe(dumbRoot(items).toString('hex'))
  })

  it.each(cases.filter(each => each.mutation))('$name', ({ mutation, expected_error_contains }) => {
    const proof = merkleProofs(itemsOf(3)).proofs[0]!
    const mutated: MerkleProof = {
      ...proof,
      ...(mutation!.total !== undefined && { total: Number(mutation!.total) }),
      ...(mutation!.leaf_hash !== undefined && { leafHash: mutation!.leaf_hash }),
      ...(mutation!.aunt_0 !== undefined && { aunts: [mutation!.aunt_0, ...proof.aunts.slice(1)] })
    }
    expect(validateMerkleProof(proof)).toBeNull()
    expect(validateMerkleProof(mutated)).toContain(expected_error_contains)
    expect(verifyMerkleProof(mutated, merkleRoot(itemsOf(3)), itemsOf(3)[0]!)).toBe(false)
  })

  it('has no case that no test above reads', () => {
    const read = cases.filter(each => each.expected_root || each.proofs || each.length || each.mutation)
    expect(read).toHaveLength(cases.length)
  })
})

describe('the tree', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 100])('of %i items is that of RFC 6962', count => {
    const items = itemsOf(count)
    const expected = dumbRoot(items).toString('hex')
    const { root, proofs } = merkleProofs(items)
    expect([merkleRoot(items), root]).toEqual([expected, expected])
    expect(proofs.map((proof, index) => verifyMerkleProof(proof, root, items[index]!))).toEqual(
      items.map(() => true)
    )
  })

  it('takes items of any size', () => {
    const items = [0, 1, 2047, 2048, 2049, 65536].map(size => new Uint8Array(size).fill(size & 255))
    const { root, proofs } = merkleProofs(items)
    expect(root).toBe(dumbRoot(items).toString('hex'))
    expect(proofs.every((proof, index) => verifyMerkleProof(proof, root, items[index]!))).toBe(true)
  })

  it('over hashes is the tree over their bytes', () => {
    for (const count of [0, 1, 2, 5, 64]) {
      const hashes = itemsOf(count).map(item => sha256Hex(item))
      expect(merkleRootOfHashes(hashes)).toBe(merkleRoot(hashes.map(bytesOf)))
    }
  })
})

describe('a proof', () => {
  const items = itemsOf(7)
  const { root, proofs } = merkleProofs(items)
  const proof = proofs[4]!
  const hold = (changed: Partial<MerkleProof>) => verifyMerkleProof({ ...proof, ...changed }, root, items[4]!)

  it('holds for its item, under its root only', () => {
    expect(hold({})).toBe(true)
    expect(verifyMerkleProof(proof, sha256Hex(), items[4]!)).toBe(false)
    expect(verifyMerkleProof(proof, root, items[5]!)).toBe(false)
  })

  it('does not hold with another index or total', () => {
    for (let index = -1; index < 10; index++) expect([index, hold({ index })]).toEqual([index, index === 4])
    expect(hold({ total: 6 })).toBe(false)
    expect(hold({ total: 4 })).toBe(false)
    expect(hold({ total: 0 })).toBe(false)
    expect(hold({ total: 2 ** 53 - 1 })).toBe(false)
    expect(hold({ total: Number.NaN })).toBe(false)
    expect(hold({ index: 4.5 })).toBe(false)
  })

  it('does not hold beyond the end of its tree, where levels without a sibling would let it pass', () => {
    const two = merkleProofs(items.slice(0, 2))
    const beyond = { ...two.proofs[1]!, total: 4, index: 5 }
    expect(verifyMerkleProof(beyond, two.root, items[1]!)).toBe(false)
  })

  it('does not hold with an aunt more or less, or another', () => {
    expect(hold({ aunts: [...proof.aunts, proof.leafHash] })).toBe(false)
    expect(hold({ aunts: proof.aunts.slice(1) })).toBe(false)
    expect(hold({ aunts: proof.aunts.slice(0, -1) })).toBe(false)
    expect(hold({ aunts: [...proof.aunts].reverse() })).toBe(false)
  })

  it('does not let an inner node pass as a leaf', () => {
    const two = merkleProofs(items.slice(0, 2))
    const inner = Buffer.concat(two.proofs.map(each => bytesOf(each.leafHash)))
    const forged: MerkleProof = { total: 1, index: 0, leafHash: two.root, aunts: [] }
    expect(verifyMerkleProof(forged, two.root, inner)).toBe(false)
  })

  it('with too many aunts is refused before any of them is hashed', () => {
    const aunts = Array.from({ length: 101 }, () => proof.leafHash)
    expect(validateMerkleProof({ ...proof, aunts })).toBe('expected no more than 100 aunts, got 101')
  })

  it('in upper case is refused: one hash has one text', () => {
    expect(hold({ leafHash: proof.leafHash.toUpperCase() })).toBe(false)
  })
})
