import { type Block, type BlockId, type Hex, type MerkleProof, NIL_BLOCK_ID } from '../../types/index.ts'
import { evidenceToJson } from './evidence.ts'
import { blockIdToJson, commitToJson, headerToJson } from './header.ts'
import { base64Json, hexJson, hexToBase64, int64Json, type JsonObject } from './json.ts'

/** CometBFT's Block; lists are `[]` when empty. */
export function blockToJson(block: Block): JsonObject {
  return {
    header: headerToJson(block.header),
    data: { txs: block.txs.map(base64Json) },
    evidence: { evidence: block.evidence.map(evidenceToJson) },
    last_commit: block.lastCommit === null ? null : commitToJson(block.lastCommit)
  }
}

/** Answer of `block` and `block_by_hash`; an unknown block is a zero id beside null. */
export function blockResultToJson(blockId: BlockId | null, block: Block | null): JsonObject {
  return {
    block_id: blockIdToJson(blockId ?? NIL_BLOCK_ID),
    block: block === null ? null : blockToJson(block)
  }
}

export function merkleProofToJson(proof: MerkleProof): JsonObject {
  return {
    total: int64Json(proof.total),
    index: int64Json(proof.index),
    leaf_hash: hexToBase64(proof.leafHash),
    aunts: proof.aunts.map(hexToBase64)
  }
}

/** Proof that `tx` is under the data hash of its block (CometBFT TxProof). */
export function txProofToJson(rootHash: Hex, proof: MerkleProof, tx: Uint8Array): JsonObject {
  return { root_hash: hexJson(rootHash), data: base64Json(tx), proof: merkleProofToJson(proof) }
}
