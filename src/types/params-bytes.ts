import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import type { ConsensusParams } from './params.ts'

const MAX_KEY_TYPES = 16
const MAX_KEY_TYPE_BYTES = 64
const NANOS_PER_SECOND = 1_000_000_000n

/** tendermint.types.ConsensusParams with all five groups, as CometBFT stores it. */
export function encodeConsensusParams(params: ConsensusParams): Uint8Array {
  const writer = new ProtoWriter(128)
  let mark = writer.begin(1)
  writer.int64(1, params.block.maxBytes)
  writer.int64(2, params.block.maxGas)
  writer.end(mark)
  mark = writer.begin(2)
  writer.int64(1, params.evidence.maxAgeNumBlocks)
  writeDuration(writer, 2, params.evidence.maxAgeDuration)
  writer.int64(3, params.evidence.maxBytes)
  writer.end(mark)
  mark = writer.begin(3)
  for (const type of params.validator.pubKeyTypes) writer.repeatedBytes(1, Buffer.from(type))
  writer.end(mark)
  mark = writer.begin(4)
  writer.int64(1, params.version.app)
  writer.end(mark)
  mark = writer.begin(5)
  writer.int64(1, params.abci.voteExtensionsEnableHeight)
  writer.end(mark)
  return writer.finish()
}

/**
 * Reads what {@link encodeConsensusParams} writes; all five groups must be there. The values are not judged here.
 *
 * @throws DecodeError
 */
export function decodeConsensusParams(bytes: Uint8Array): ConsensusParams {
  const reader: ProtoReader = new ProtoReader(bytes, 'ConsensusParams')
  let block: ConsensusParams['block'] | null = null
  let evidence: ConsensusParams['evidence'] | null = null
  let validator: ConsensusParams['validator'] | null = null
  let version: ConsensusParams['version'] | null = null
  let abci: ConsensusParams['abci'] | null = null
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        block = readBlockParams(reader.message('BlockParams'))
        break
      case 2:
        evidence = readEvidenceParams(reader.message('EvidenceParams'))
        break
      case 3:
        validator = { pubKeyTypes: readKeyTypes(reader.message('ValidatorParams')) }
        break
      case 4:
        version = { app: readOnlyField(reader.message('VersionParams'), each => each.uint64()) }
        break
      case 5: {
        const height = readOnlyField(reader.message('ABCIParams'), each => each.int64())
        abci = { voteExtensionsEnableHeight: height }
        break
      }
      default:
        reader.unknown()
    }
  }
  reader.require(block, 'block')
  reader.require(evidence, 'evidence')
  reader.require(validator, 'validator')
  reader.require(version, 'version')
  reader.require(abci, 'abci')
  return { block, evidence, validator, version, abci }
}

function readBlockParams(reader: ProtoReader): ConsensusParams['block'] {
  let maxBytes = 0
  let maxGas = 0
  while (reader.next()) {
    if (reader.field === 1) maxBytes = reader.int64()
    else if (reader.field === 2) maxGas = reader.int64()
    else reader.unknown()
  }
  return { maxBytes, maxGas }
}

function readEvidenceParams(reader: ProtoReader): ConsensusParams['evidence'] {
  let maxAgeNumBlocks = 0
  let maxAgeDuration: bigint | null = null
  let maxBytes = 0
  while (reader.next()) {
    if (reader.field === 1) maxAgeNumBlocks = reader.int64()
    else if (reader.field === 2) maxAgeDuration = readDuration(reader.message('Duration'))
    else if (reader.field === 3) maxBytes = reader.int64()
    else reader.unknown()
  }
  reader.require(maxAgeDuration !== null, 'max_age_duration')
  return { maxAgeNumBlocks, maxAgeDuration: maxAgeDuration!, maxBytes }
}

function readKeyTypes(reader: ProtoReader): readonly string[] {
  const types: string[] = []
  while (reader.next()) {
    if (reader.field !== 1) reader.unknown()
    if (types.length === MAX_KEY_TYPES) reader.fail(`more than ${MAX_KEY_TYPES} key types`)
    const bytes = reader.repeatedBytes(MAX_KEY_TYPE_BYTES)
    const type = Buffer.from(bytes).toString('utf8')
    if (Buffer.compare(Buffer.from(type), bytes) !== 0) reader.fail('a key type is not UTF-8')
    types.push(type)
  }
  return types
}

function readOnlyField(reader: ProtoReader, read: (reader: ProtoReader) => number): number {
  let value = 0
  while (reader.next()) {
    if (reader.field !== 1) reader.unknown()
    value = read(reader)
  }
  return value
}

/** google.protobuf.Duration; both parts carry the sign. */
function writeDuration(writer: ProtoWriter, field: number, nanos: bigint): void {
  const mark = writer.begin(field)
  writer.bigint64(1, nanos / NANOS_PER_SECOND)
  writer.int32(2, Number(nanos % NANOS_PER_SECOND))
  writer.end(mark)
}

function readDuration(reader: ProtoReader): bigint {
  let seconds = 0n
  let nanos = 0
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.bigint64()
    else if (reader.field === 2) nanos = reader.int32()
    else reader.unknown()
  }
  if (Math.abs(nanos) >= Number(NANOS_PER_SECOND)) reader.fail('nanos is out of range')
  if ((seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0))
    reader.fail('signs of seconds and nanos differ')
  const total = seconds * NANOS_PER_SECOND + BigInt(nanos)
  if (total >= 2n ** 63n || total < -(2n ** 63n)) reader.fail('duration is beyond int64 nanoseconds')
  return total
}
