import type {
  AppEvent,
  AppInfo,
  EventAttribute,
  ExecTxResult,
  FinalizeBlockResponse,
  ProofOp,
  QueryResponse
} from '../../app/index.ts'
import type { PublicKey, ValidatorUpdate } from '../../types/index.ts'
import { base64Json, base64OrNull, int64Json, type JsonObject, listOrNull } from './json.ts'
import { consensusParamsUpdateToJson } from './params.ts'

/**
 * ABCI messages have two JSON forms in CometBFT. Those with a marshaller of their own (results, queries, attributes)
 * show every field; the others leave out what is zero. Which one a place has is fixed and told apart here by name.
 */

function attributeToJson(attribute: EventAttribute): JsonObject {
  return { key: attribute.key, value: attribute.value, index: attribute.index }
}

function eventToJson(event: AppEvent): JsonObject {
  return { type: event.type, attributes: event.attributes.map(attributeToJson) }
}

/** An event outside a full message: an empty name or list is left out. */
export function compactEventToJson(event: AppEvent): JsonObject {
  return {
    ...(event.type === '' ? {} : { type: event.type }),
    ...(event.attributes.length === 0 ? {} : { attributes: event.attributes.map(attributeToJson) })
  }
}

/** An ExecTxResult or ResponseCheckTx with all its fields; nil bytes are null. */
export function txResultToJson(result: ExecTxResult): JsonObject {
  return {
    code: result.code,
    data: base64OrNull(result.data),
    log: result.log,
    info: result.info,
    gas_wanted: int64Json(result.gasWanted),
    gas_used: int64Json(result.gasUsed),
    events: result.events.map(eventToJson),
    codespace: result.codespace
  }
}

/** An ExecTxResult inside an event: what is zero is left out. */
export function compactTxResultToJson(result: ExecTxResult): JsonObject {
  return {
    ...(result.code === 0 ? {} : { code: result.code }),
    ...(result.data.length === 0 ? {} : { data: base64Json(result.data) }),
    ...(result.log === '' ? {} : { log: result.log }),
    ...(result.info === '' ? {} : { info: result.info }),
    ...(result.gasWanted === 0n ? {} : { gas_wanted: int64Json(result.gasWanted) }),
    ...(result.gasUsed === 0n ? {} : { gas_used: int64Json(result.gasUsed) }),
    ...(result.events.length === 0 ? {} : { events: result.events.map(compactEventToJson) }),
    ...(result.codespace === '' ? {} : { codespace: result.codespace })
  }
}

const EMPTY_RESULT: ExecTxResult = {
  code: 0,
  data: new Uint8Array(0),
  log: '',
  info: '',
  gasWanted: 0n,
  gasUsed: 0n,
  events: [],
  codespace: ''
}

/** The result of a transaction that did not reach a block. */
export const NO_TX_RESULT_JSON: JsonObject = txResultToJson(EMPTY_RESULT)

/** The protobuf key of a validator update, wrapped as Go wraps a oneof. */
function protoPublicKeyToJson(key: PublicKey): JsonObject {
  return key.type === 'ed25519'
    ? { Sum: { type: 'tendermint.crypto.PublicKey_Ed25519', value: { ed25519: base64Json(key.bytes) } } }
    : { Sum: { type: 'tendermint.crypto.PublicKey_Secp256K1', value: { secp256k1: base64Json(key.bytes) } } }
}

export function validatorUpdateToJson(update: ValidatorUpdate): JsonObject {
  return {
    pub_key: protoPublicKeyToJson(update.publicKey),
    ...(update.power === 0n ? {} : { power: int64Json(update.power) })
  }
}

/** Answer of `block_results`; every empty list is null. */
export function blockResultsToJson(height: number, results: FinalizeBlockResponse): JsonObject {
  return {
    height: int64Json(height),
    txs_results: listOrNull(results.txResults, txResultToJson),
    finalize_block_events: listOrNull(results.events, compactEventToJson),
    validator_updates: listOrNull(results.validatorUpdates, validatorUpdateToJson),
    consensus_param_updates:
      results.consensusParamUpdates === null
        ? null
        : consensusParamsUpdateToJson(results.consensusParamUpdates),
    app_hash: base64OrNull(results.appHash)
  }
}

/** The FinalizeBlock response inside a NewBlock event. */
export function finalizeBlockToJson(results: FinalizeBlockResponse): JsonObject {
  return {
    ...(results.events.length === 0 ? {} : { events: results.events.map(compactEventToJson) }),
    ...(results.txResults.length === 0 ? {} : { tx_results: results.txResults.map(txResultToJson) }),
    validator_updates: results.validatorUpdates.map(validatorUpdateToJson),
    ...(results.consensusParamUpdates === null
      ? {}
      : { consensus_param_updates: consensusParamsUpdateToJson(results.consensusParamUpdates) }),
    ...(results.appHash.length === 0 ? {} : { app_hash: base64Json(results.appHash) })
  }
}

function proofOpToJson(op: ProofOp): JsonObject {
  return { type: op.type, key: base64OrNull(op.key), data: base64OrNull(op.data) }
}

export function queryResponseToJson(response: QueryResponse): JsonObject {
  return {
    code: response.code,
    log: response.log,
    info: response.info,
    index: int64Json(response.index),
    key: base64OrNull(response.key),
    value: base64OrNull(response.value),
    proofOps: response.proofOps === null ? null : { ops: response.proofOps.map(proofOpToJson) },
    height: int64Json(response.height),
    codespace: response.codespace
  }
}

/** The app's info; what is zero is left out. */
export function appInfoToJson(info: AppInfo): JsonObject {
  return {
    ...(info.data === '' ? {} : { data: info.data }),
    ...(info.version === '' ? {} : { version: info.version }),
    ...(info.appVersion === 0 ? {} : { app_version: int64Json(info.appVersion) }),
    ...(info.lastBlockHeight === 0 ? {} : { last_block_height: int64Json(info.lastBlockHeight) }),
    ...(info.lastBlockAppHash.length === 0 ? {} : { last_block_app_hash: base64Json(info.lastBlockAppHash) })
  }
}
