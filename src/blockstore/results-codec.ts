import type {
  AppEvent,
  ConsensusParamsUpdate,
  EventAttribute,
  ExecTxResult,
  FinalizeBlockResponse
} from '../app/index.ts'
import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import {
  type ConsensusParams,
  DEFAULT_CONSENSUS_PARAMS,
  decodeConsensusParams,
  encodeConsensusParams,
  type ValidatorUpdate
} from '../types/index.ts'

/** Nothing an app answers is longer: a limit against damaged lengths, not a rule. */
const MAX_FIELD_BYTES = 1 << 30
const NO_BYTES: Uint8Array = new Uint8Array(0)
const KEY_FIELD = { ed25519: 1, secp256k1: 2 } as const
const KEY_BYTES = 64

/** tendermint.abci.ResponseFinalizeBlock, as CometBFT keeps it. */
export function encodeResults(response: FinalizeBlockResponse): Uint8Array {
  const writer = new ProtoWriter(256 + 128 * response.txResults.length)
  writeEvents(writer, 1, response.events)
  for (const result of response.txResults) {
    const mark = writer.begin(2)
    writeTxResult(writer, result)
    writer.end(mark)
  }
  for (const update of response.validatorUpdates) writeValidatorUpdate(writer, update)
  if (response.consensusParamUpdates !== null) writeParamsUpdate(writer, response.consensusParamUpdates)
  writer.bytes(5, response.appHash)
  return writer.finish()
}

/** The fields of tendermint.abci.ExecTxResult. */
export function writeTxResult(writer: ProtoWriter, result: ExecTxResult): void {
  writer.uint32(1, result.code)
  writer.bytes(2, result.data)
  writer.string(3, result.log)
  writer.string(4, result.info)
  writer.bigint64(5, result.gasWanted)
  writer.bigint64(6, result.gasUsed)
  writeEvents(writer, 7, result.events)
  writer.string(8, result.codespace)
}

function writeEvents(writer: ProtoWriter, field: number, events: readonly AppEvent[]): void {
  for (const event of events) {
    const mark = writer.begin(field)
    writer.string(1, event.type)
    for (const { key, value, index } of event.attributes) {
      const attributeMark = writer.begin(2)
      writer.string(1, key)
      writer.string(2, value)
      writer.bool(3, index)
      writer.end(attributeMark)
    }
    writer.end(mark)
  }
}

function writeValidatorUpdate(writer: ProtoWriter, { publicKey, power }: ValidatorUpdate): void {
  const mark = writer.begin(3)
  const keyMark = writer.begin(1)
  writer.repeatedBytes(KEY_FIELD[publicKey.type], publicKey.bytes)
  writer.end(keyMark)
  writer.bigint64(2, power)
  writer.end(mark)
}

/** @throws DecodeError */
export function decodeResults(bytes: Uint8Array): FinalizeBlockResponse {
  const reader = new ProtoReader(bytes, 'ResponseFinalizeBlock')
  const events: AppEvent[] = []
  const txResults: ExecTxResult[] = []
  const validatorUpdates: ValidatorUpdate[] = []
  let consensusParamUpdates: ConsensusParamsUpdate | null = null
  let appHash = NO_BYTES
  while (reader.next()) {
    if (reader.field === 1) events.push(readEvent(reader.repeatedMessage('Event')))
    else if (reader.field === 2) txResults.push(readTxResult(reader.repeatedMessage('ExecTxResult')))
    else if (reader.field === 3) {
      validatorUpdates.push(readValidatorUpdate(reader.repeatedMessage('ValidatorUpdate')))
    } else if (reader.field === 4) consensusParamUpdates = readParamsUpdate(reader.message('ConsensusParams'))
    else if (reader.field === 5) appHash = reader.bytes(MAX_FIELD_BYTES)
    else reader.unknown()
  }
  return { events, txResults, validatorUpdates, consensusParamUpdates, appHash }
}

function readTxResult(reader: ProtoReader): ExecTxResult {
  const events: AppEvent[] = []
  let code = 0
  let data = NO_BYTES
  let log = ''
  let info = ''
  let gasWanted = 0n
  let gasUsed = 0n
  let codespace = ''
  while (reader.next()) {
    if (reader.field === 1) code = reader.uint32()
    else if (reader.field === 2) data = reader.bytes(MAX_FIELD_BYTES)
    else if (reader.field === 3) log = reader.string(MAX_FIELD_BYTES)
    else if (reader.field === 4) info = reader.string(MAX_FIELD_BYTES)
    else if (reader.field === 5) gasWanted = reader.bigint64()
    else if (reader.field === 6) gasUsed = reader.bigint64()
    else if (reader.field === 7) events.push(readEvent(reader.repeatedMessage('Event')))
    else if (reader.field === 8) codespace = reader.string(MAX_FIELD_BYTES)
    else reader.unknown()
  }
  return { code, data, log, info, gasWanted, gasUsed, events, codespace }
}

function readEvent(reader: ProtoReader): AppEvent {
  let type = ''
  const attributes: EventAttribute[] = []
  while (reader.next()) {
    if (reader.field === 1) type = reader.string(MAX_FIELD_BYTES)
    else if (reader.field === 2) attributes.push(readAttribute(reader.repeatedMessage('EventAttribute')))
    else reader.unknown()
  }
  return { type, attributes }
}

function readAttribute(reader: ProtoReader): EventAttribute {
  let key = ''
  let value = ''
  let index = false
  while (reader.next()) {
    if (reader.field === 1) key = reader.string(MAX_FIELD_BYTES)
    else if (reader.field === 2) value = reader.string(MAX_FIELD_BYTES)
    else if (reader.field === 3) index = reader.bool()
    else reader.unknown()
  }
  return { key, value, index }
}

function readValidatorUpdate(reader: ProtoReader): ValidatorUpdate {
  let publicKey: ValidatorUpdate['publicKey'] | null = null
  let power = 0n
  while (reader.next()) {
    if (reader.field === 1) publicKey = readKey(reader.message('PublicKey'))
    else if (reader.field === 2) power = reader.bigint64()
    else reader.unknown()
  }
  if (publicKey === null) reader.fail('pub_key is missing')
  return { publicKey, power }
}

function readKey(reader: ProtoReader): ValidatorUpdate['publicKey'] {
  if (!reader.next()) reader.fail('no key')
  const type = reader.field === KEY_FIELD.ed25519 ? 'ed25519' : 'secp256k1'
  if (reader.field !== KEY_FIELD[type]) reader.unknown()
  return { type, bytes: reader.bytes(KEY_BYTES) }
}

/** The groups of tendermint.types.ConsensusParams by their field numbers. */
const GROUPS = [
  [1, 'block'],
  [2, 'evidence'],
  [3, 'validator'],
  [4, 'version'],
  [5, 'abci']
] as const satisfies readonly (readonly [number, keyof ConsensusParams])[]

/** Writes only the groups that change, out of an encoding of all of them. */
function writeParamsUpdate(writer: ProtoWriter, update: ConsensusParamsUpdate): void {
  const base = DEFAULT_CONSENSUS_PARAMS
  const whole = encodeConsensusParams({
    block: update.block ?? base.block,
    evidence: update.evidence ?? base.evidence,
    validator: update.validator ?? base.validator,
    version: update.version ?? base.version,
    abci: update.abci ?? base.abci
  })
  const groups = groupBytes(new ProtoReader(whole, 'ConsensusParams'))
  const mark = writer.begin(4)
  for (const [field, name] of GROUPS) {
    if (update[name] !== null) writer.repeatedBytes(field, groups.get(field)!)
  }
  writer.end(mark)
}

function readParamsUpdate(reader: ProtoReader): ConsensusParamsUpdate {
  const present = groupBytes(reader)
  const all = groupBytes(new ProtoReader(encodeConsensusParams(DEFAULT_CONSENSUS_PARAMS), 'ConsensusParams'))
  const writer = new ProtoWriter(128)
  for (const [field] of GROUPS) writer.repeatedBytes(field, present.get(field) ?? all.get(field)!)
  const params = decodeConsensusParams(writer.finish())
  return {
    block: present.has(1) ? params.block : null,
    evidence: present.has(2) ? params.evidence : null,
    validator: present.has(3) ? params.validator : null,
    version: present.has(4) ? params.version : null,
    abci: present.has(5) ? params.abci : null
  }
}

function groupBytes(reader: ProtoReader): Map<number, Uint8Array> {
  const groups = new Map<number, Uint8Array>()
  while (reader.next()) groups.set(reader.field, reader.repeatedBytes(MAX_FIELD_BYTES))
  return groups
}
