import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../../src/codec/index.ts'
import { sha256, verifyMerkleProof } from '../../../src/crypto/index.ts'
import {
  decodeTxBatch,
  encodeBlock,
  encodeTxBatch,
  txHash,
  txProofs,
  txSizeInBlock,
  txsHash
} from '../../../src/types/index.ts'
import { bytesOf, hexOf } from './domain-vectors.ts'
import { sampleBlock } from './sample-values.ts'
import { vectorCases } from './vectors.ts'

interface TxsCase {
  name: string
  txs?: string[]
  expected_tx_hashes?: string[]
  expected_data_hash?: string
  proofs?: { index: string; total: string; leaf_hash: string; aunts: string[] }[]
  tx?: string
  expected_tx_hash?: string
  rpc_proof?: {
    data: string
    root_hash: string
    proof: { total: string; index: string; leaf_hash: string; aunts: string[] }
  }
}

const cases = vectorCases<TxsCase>('txs.json')
const base64ToHex = (text: string) => Buffer.from(text, 'base64').toString('hex')

describe('txs.json', () => {
  it.each(cases.filter(each => each.txs))('$name', each => {
    const txs = each.txs!.map(bytesOf)
    expect(txs.map(txHash)).toEqual(each.expected_tx_hashes)
    expect(txsHash(txs)).toBe(each.expected_data_hash)
    const { root, proofs } = txProofs(txs)
    expect(root).toBe(each.expected_data_hash)
    expect(proofs).toEqual(
      each.proofs!.map(proof => ({
        index: Number(proof.index),
        total: Number(proof.total),
        leafHash: proof.leaf_hash,
        aunts: proof.aunts
      }))
    )
    expect(proofs.every((proof, index) => verifyMerkleProof(proof, root, sha256(txs[index]!)))).toBe(true)
    expect(verifyMerkleProof(proofs[0]!, root, sha256(bytesOf('00')))).toBe(false)
  })

  it.each(cases.filter(each => each.tx))('$name', each => {
    const tx = bytesOf(each.tx!)
    const { data, proof, root_hash } = each.rpc_proof!
    expect(txHash(tx)).toBe(each.expected_tx_hash)
    expect(base64ToHex(data)).toBe(each.tx)
    expect(txProofs([tx])).toEqual({
      root: root_hash.toLowerCase(),
      proofs: [
        {
          total: Number(proof.total),
          index: Number(proof.index),
          leafHash: base64ToHex(proof.leaf_hash),
          aunts: proof.aunts.map(base64ToHex)
        }
      ]
    })
  })

  it('has no case that no test above reads', () => {
    expect(cases.filter(each => each.txs || each.tx)).toHaveLength(cases.length)
  })
})

describe('the size of a transaction in a block', () => {
  it.each([0, 1, 127, 128, 16383, 16384])('of %i bytes is what it adds', size => {
    const txs = Array.from({ length: 300 }, () => new Uint8Array(size))
    // The data of both blocks has a length of the same number of bytes, so the difference is the last transaction.
    const [with300, with299] = [txs, txs.slice(1)].map(each => encodeBlock(sampleBlock({ txs: each })).length)
    expect(with300! - with299!).toBe(txSizeInBlock(txs[0]!))
  })
})

describe('a batch of transactions', () => {
  const txs = ['', '01', '02'.repeat(300)].map(bytesOf)

  it('comes back as it was', () => {
    expect(decodeTxBatch(encodeTxBatch(txs), 3).map(hexOf)).toEqual(txs.map(hexOf))
    expect(decodeTxBatch(encodeTxBatch([]), 3)).toEqual([])
  })

  it('A-46: is counted before it unfolds', () => {
    expect(() => decodeTxBatch(encodeTxBatch(txs), 2)).toThrow(/more than 2 transactions/)
  })

  it.each(['', '0800', '1200', '0a00ff', '0a000a00', '0a000a', '0a021200'])('is refused as %s', hex => {
    expect(() => decodeTxBatch(bytesOf(hex), 9)).toThrow(DecodeError)
  })
})
