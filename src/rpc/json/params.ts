import type { ConsensusParamsUpdate } from '../../app/index.ts'
import type { ConsensusParams } from '../../types/index.ts'
import { int64Json, type JsonObject } from './json.ts'

/** The parameters as `consensus_params` and genesis show them (CometBFT types/params.go). */
export function consensusParamsToJson(params: ConsensusParams): JsonObject {
  return {
    block: blockParamsToJson(params.block),
    evidence: evidenceParamsToJson(params.evidence),
    validator: validatorParamsToJson(params.validator),
    version: versionParamsToJson(params.version),
    abci: abciParamsToJson(params.abci)
  }
}

/**
 * What an app changed, under `consensus_param_updates`: sections it left alone are not there. Zeros inside a section
 * are written, other than in CometBFT, since CosmJS refuses a section without them.
 */
export function consensusParamsUpdateToJson(update: ConsensusParamsUpdate): JsonObject {
  return {
    ...(update.block === null ? {} : { block: blockParamsToJson(update.block) }),
    ...(update.evidence === null ? {} : { evidence: evidenceParamsToJson(update.evidence) }),
    ...(update.validator === null ? {} : { validator: validatorParamsToJson(update.validator) }),
    ...(update.version === null ? {} : { version: versionParamsToJson(update.version) }),
    ...(update.abci === null ? {} : { abci: abciParamsToJson(update.abci) })
  }
}

function blockParamsToJson(block: ConsensusParams['block']): JsonObject {
  return { max_bytes: int64Json(block.maxBytes), max_gas: int64Json(block.maxGas) }
}

function evidenceParamsToJson(evidence: ConsensusParams['evidence']): JsonObject {
  return {
    max_age_num_blocks: int64Json(evidence.maxAgeNumBlocks),
    max_age_duration: int64Json(evidence.maxAgeDuration),
    max_bytes: int64Json(evidence.maxBytes)
  }
}

function validatorParamsToJson(validator: ConsensusParams['validator']): JsonObject {
  return { pub_key_types: validator.pubKeyTypes }
}

function versionParamsToJson(version: ConsensusParams['version']): JsonObject {
  return { app: int64Json(version.app) }
}

function abciParamsToJson(abci: ConsensusParams['abci']): JsonObject {
  return { vote_extensions_enable_height: int64Json(abci.voteExtensionsEnableHeight) }
}
