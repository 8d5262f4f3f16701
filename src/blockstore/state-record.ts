import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import {
  type ChainState,
  decodeBlockId,
  decodeConsensusParams,
  decodeTimestamp,
  encodeBlockId,
  encodeConsensusParams,
  encodeTimestamp,
  type Hex,
  NIL_BLOCK_ID,
  ZERO_TIME
} from '../types/index.ts'

/** A {@link ChainState} whose validator sets are named by their hashes; the sets are in the validators' history. */
export interface StateRecord {
  readonly state: Omit<ChainState, 'validators' | 'nextValidators' | 'lastValidators'>
  readonly validatorsHash: Hex
  readonly nextValidatorsHash: Hex
  /** '' before the first block. */
  readonly lastValidatorsHash: Hex
}

const MAX_TEXT_BYTES = 1024
const MAX_EMBEDDED_BYTES = 65536

export function encodeStateRecord(chain: ChainState): Uint8Array {
  const writer = new ProtoWriter(512)
  writer.string(1, chain.chainId)
  writer.int64(2, chain.initialHeight)
  writer.int64(3, chain.lastBlockHeight)
  writer.repeatedBytes(4, encodeBlockId(chain.lastBlockId))
  writer.repeatedBytes(5, encodeTimestamp(chain.lastBlockTime))
  writer.int64(6, chain.lastHeightValidatorsChanged)
  writer.repeatedBytes(7, encodeConsensusParams(chain.consensusParams))
  writer.int64(8, chain.lastHeightConsensusParamsChanged)
  writer.hex(9, chain.lastResultsHash)
  writer.hex(10, chain.appHash)
  writer.int64(11, chain.appVersion)
  writer.hex(12, chain.validators.hash)
  writer.hex(13, chain.nextValidators.hash)
  writer.hex(14, chain.lastValidators?.hash ?? '')
  return writer.finish()
}

/** @throws DecodeError */
export function decodeStateRecord(bytes: Uint8Array): StateRecord {
  const reader: ProtoReader = new ProtoReader(bytes, 'State')
  let consensusParams: ChainState['consensusParams'] | null = null
  let lastBlockId = NIL_BLOCK_ID
  let lastBlockTime = ZERO_TIME
  const text: Record<number, string> = {}
  const numbers: Record<number, number> = {}
  while (reader.next()) {
    const { field } = reader
    if (field === 1) text[field] = reader.string(MAX_TEXT_BYTES)
    else if (field === 4) lastBlockId = decodeBlockId(reader.repeatedBytes(MAX_EMBEDDED_BYTES))
    else if (field === 5) lastBlockTime = decodeTimestamp(reader.repeatedBytes(MAX_EMBEDDED_BYTES))
    else if (field === 7) consensusParams = decodeConsensusParams(reader.repeatedBytes(MAX_EMBEDDED_BYTES))
    else if (field <= 8 || field === 11) numbers[field] = reader.int64()
    else if (field <= 14) text[field] = reader.hex(MAX_TEXT_BYTES)
    else reader.unknown()
  }
  reader.require(consensusParams, 'consensus params')
  return {
    state: {
      chainId: text[1] ?? '',
      initialHeight: numbers[2] ?? 0,
      lastBlockHeight: numbers[3] ?? 0,
      lastBlockId,
      lastBlockTime,
      lastHeightValidatorsChanged: numbers[6] ?? 0,
      consensusParams,
      lastHeightConsensusParamsChanged: numbers[8] ?? 0,
      lastResultsHash: text[9] ?? '',
      appHash: text[10] ?? '',
      appVersion: numbers[11] ?? 0
    },
    validatorsHash: text[12] ?? '',
    nextValidatorsHash: text[13] ?? '',
    lastValidatorsHash: text[14] ?? ''
  }
}
