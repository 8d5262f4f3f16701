import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { type Hex, merkleProofs, merkleRootOfHashes, sha256, sha256Hex } from '../crypto/index.ts'
import type { MerkleProof } from './block.ts'
import { readTxs } from './wire-block.ts'

/** The name of a transaction: sha256 of its bytes. */
export function txHash(tx: Uint8Array): Hex {
  return sha256Hex(tx)
}

/** data_hash of a header: the Merkle root over the transactions' hashes. */
export function txsHash(txs: readonly Uint8Array[]): Hex {
  return merkleRootOfHashes(txs.map(txHash))
}

/** Proofs that each transaction is under {@link txsHash}; their item is sha256 of the transaction. */
export function txProofs(txs: readonly Uint8Array[]): { root: Hex; proofs: MerkleProof[] } {
  return merkleProofs(txs.map(sha256))
}

/** Bytes that a transaction takes within a block's data: itself, its tag and its length. */
export function txSizeInBlock(tx: Uint8Array): number {
  return 1 + varintSize(tx.length) + tx.length
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1
  return size
}

/** A batch of transactions for gossip: tendermint.mempool.Message with Txs in it. */
export function encodeTxBatch(txs: readonly Uint8Array[]): Uint8Array {
  let size = 8
  for (const tx of txs) size += txSizeInBlock(tx)
  const writer = new ProtoWriter(size)
  const mark = writer.begin(1)
  for (const tx of txs) writer.repeatedBytes(1, tx)
  writer.end(mark)
  return writer.finish()
}

/** Throws DecodeError, also when there are more than `maxTxs`. The transactions are views on `bytes`. */
export function decodeTxBatch(bytes: Uint8Array, maxTxs: number): Uint8Array[] {
  const reader = new ProtoReader(bytes, 'mempool.Message')
  if (!reader.next()) reader.fail('no message in it')
  if (reader.field !== 1) reader.unknown()
  const txs = readTxs(reader.message('Txs'), maxTxs)
  if (reader.next()) reader.unknown()
  return txs
}
