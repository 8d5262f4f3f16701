import {
  type BlockId,
  type BlockMeta,
  type Commit,
  type CommitSig,
  type Header,
  type PartSetHeader,
  timestampToRfc3339
} from '../../types/index.ts'
import { base64OrNull, hexJson, int64Json, type JsonObject } from './json.ts'

export function partSetHeaderToJson(header: PartSetHeader): JsonObject {
  return { total: header.total, hash: hexJson(header.hash) }
}

export function blockIdToJson(id: BlockId): JsonObject {
  return { hash: hexJson(id.hash), parts: partSetHeaderToJson(id.partSetHeader) }
}

export function headerToJson(header: Header): JsonObject {
  return {
    version: versionToJson(header.version),
    chain_id: header.chainId,
    height: int64Json(header.height),
    time: timestampToRfc3339(header.time),
    last_block_id: blockIdToJson(header.lastBlockId),
    last_commit_hash: hexJson(header.lastCommitHash),
    data_hash: hexJson(header.dataHash),
    validators_hash: hexJson(header.validatorsHash),
    next_validators_hash: hexJson(header.nextValidatorsHash),
    consensus_hash: hexJson(header.consensusHash),
    app_hash: hexJson(header.appHash),
    last_results_hash: hexJson(header.lastResultsHash),
    evidence_hash: hexJson(header.evidenceHash),
    proposer_address: hexJson(header.proposerAddress)
  }
}

/** A version of 0 is left out, as in CometBFT's generated message (`json:"app,omitempty"`). */
function versionToJson(version: Header['version']): JsonObject {
  return {
    ...(version.block === 0 ? {} : { block: int64Json(version.block) }),
    ...(version.app === 0 ? {} : { app: int64Json(version.app) })
  }
}

export function commitSigToJson(sig: CommitSig): JsonObject {
  return {
    block_id_flag: sig.blockIdFlag,
    validator_address: hexJson(sig.validatorAddress),
    timestamp: timestampToRfc3339(sig.timestamp),
    signature: base64OrNull(sig.signature)
  }
}

export function commitToJson(commit: Commit): JsonObject {
  return {
    height: int64Json(commit.height),
    round: commit.round,
    block_id: blockIdToJson(commit.blockId),
    signatures: commit.signatures.map(commitSigToJson)
  }
}

export function signedHeaderToJson(header: Header, commit: Commit | null): JsonObject {
  return { header: headerToJson(header), commit: commit === null ? null : commitToJson(commit) }
}

export function blockMetaToJson(meta: BlockMeta): JsonObject {
  return {
    block_id: blockIdToJson(meta.blockId),
    block_size: int64Json(meta.blockSize),
    header: headerToJson(meta.header),
    num_txs: int64Json(meta.numTxs)
  }
}
