import { type Decoded, ProtoReader, ProtoWriter, tryDecode } from '../../codec/index.ts'
import type { Step } from '../../consensus/index.ts'
import { decodeIncoming, type IncomingMessage } from '../../mempool/index.ts'
import type { BlockIdKey, Height, Round } from '../../types/index.ts'

/** Where a node is. */
export interface RoundPosition {
  readonly height: Height
  readonly round: Round
  readonly step: Step
  /** The oldest block it can give away, 0 for none. */
  readonly base: Height
}

/** What a node has of one round. Bitmaps hold a bit a validator, lowest first. */
export interface RoundHave {
  readonly round: Round
  readonly hasProposal: boolean
  /** The node counts +2/3 for one value, so it needs no certificate. */
  readonly hasPolka: boolean
  readonly hasPrecommitQuorum: boolean
  readonly prevotes: Uint8Array
  readonly precommits: Uint8Array
}

/** Whether the bit of a validator is set in a bitmap of {@link RoundHave}; beyond its end, or without one, none is. */
export function hasBit(bitmap: Uint8Array | undefined, index: number): boolean {
  return ((bitmap?.[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0
}

/** A block the node gathers, and which of its parts it still wants. */
export interface BlockWant {
  readonly key: BlockIdKey
  readonly missingParts: readonly number[]
}

/** "I am here, I have this: what do you have for me?" */
export interface CatchUpRequest {
  readonly position: RoundPosition
  readonly rounds: readonly RoundHave[]
  readonly blocks: readonly BlockWant[]
}

export interface CatchUpResponse {
  readonly position: RoundPosition
  /** Votes, proposals and parts, encoded as consensus messages. */
  readonly messages: readonly Uint8Array[]
  /** Each a full set of votes for one value, to be taken as one unit. */
  readonly certificates: readonly (readonly Uint8Array[])[]
}

/** Bounds of one exchange; the largest answer stays within the 4 MiB of the network port. */
export const CATCH_UP_LIMITS = {
  rounds: 16,
  blocks: 8,
  missingParts: 1600,
  messages: 4096,
  certificates: 8,
  certificateVotes: 10_000,
  answerBytes: 2 * 1024 * 1024
} as const
const MAX_BITMAP_BYTES = 1250
const MAX_MESSAGE_BYTES = 1024 * 1024 + 65536
const STEPS: readonly Step[] = ['newHeight', 'propose', 'prevote', 'precommit', 'commit']

export function encodeCatchUpRequest(request: CatchUpRequest): Uint8Array {
  const writer = new ProtoWriter(512)
  writePosition(writer, request.position)
  for (const have of request.rounds) {
    const mark = writer.begin(2)
    writer.int32(1, have.round)
    writer.bool(2, have.hasProposal)
    writer.bool(3, have.hasPolka)
    writer.bool(4, have.hasPrecommitQuorum)
    writer.bytes(5, have.prevotes)
    writer.bytes(6, have.precommits)
    writer.end(mark)
  }
  for (const { key, missingParts } of request.blocks) {
    const mark = writer.begin(3)
    writer.string(1, key)
    writer.packedUint64(2, missingParts.map(BigInt))
    writer.end(mark)
  }
  return writer.finish()
}

export function decodeCatchUpRequest(bytes: Uint8Array): Decoded<CatchUpRequest> {
  return tryDecode(input => {
    const reader: ProtoReader = new ProtoReader(input, 'CatchUpRequest')
    let position: RoundPosition | null = null
    const rounds: RoundHave[] = []
    const blocks: BlockWant[] = []
    while (reader.next()) {
      if (reader.field === 1) position = readPosition(reader.message('RoundPosition'))
      else if (reader.field === 2) push(reader, rounds, CATCH_UP_LIMITS.rounds, readHave)
      else if (reader.field === 3) push(reader, blocks, CATCH_UP_LIMITS.blocks, readWant)
      else reader.unknown()
    }
    reader.require(position, 'position')
    return { position, rounds, blocks }
  }, bytes)
}

export function encodeCatchUpResponse(response: CatchUpResponse): Uint8Array {
  const writer = new ProtoWriter(1024)
  writePosition(writer, response.position)
  for (const message of response.messages) writer.repeatedBytes(2, message)
  for (const votes of response.certificates) {
    const mark = writer.begin(3)
    for (const vote of votes) writer.repeatedBytes(1, vote)
    writer.end(mark)
  }
  return writer.finish()
}

export interface DecodedCatchUpResponse {
  readonly position: RoundPosition
  readonly messages: readonly IncomingMessage[]
  readonly certificates: readonly (readonly IncomingMessage[])[]
}

export function decodeCatchUpResponse(bytes: Uint8Array): Decoded<DecodedCatchUpResponse> {
  return tryDecode(input => {
    const reader: ProtoReader = new ProtoReader(input, 'CatchUpResponse')
    let position: RoundPosition | null = null
    const messages: IncomingMessage[] = []
    const certificates: (readonly IncomingMessage[])[] = []
    while (reader.next()) {
      if (reader.field === 1) position = readPosition(reader.message('RoundPosition'))
      else if (reader.field === 2) {
        if (messages.length === CATCH_UP_LIMITS.messages) reader.fail('too many messages')
        messages.push(readIncoming(reader))
      } else if (reader.field === 3) push(reader, certificates, CATCH_UP_LIMITS.certificates, readCertificate)
      else reader.unknown()
    }
    reader.require(position, 'position')
    return { position, messages, certificates }
  }, bytes)
}

function writePosition(writer: ProtoWriter, { height, round, step, base }: RoundPosition): void {
  const mark = writer.begin(1)
  writer.int64(1, height)
  writer.int32(2, round)
  writer.uint32(3, STEPS.indexOf(step))
  writer.int64(4, base)
  writer.end(mark)
}

function readPosition(reader: ProtoReader): RoundPosition {
  let height = 0
  let round = 0
  let step = 0
  let base = 0
  while (reader.next()) {
    if (reader.field === 1) height = reader.int64()
    else if (reader.field === 2) round = reader.int32()
    else if (reader.field === 3) step = reader.uint32()
    else if (reader.field === 4) base = reader.int64()
    else reader.unknown()
  }
  return { height, round, step: STEPS[step] ?? reader.fail('unknown step'), base }
}

function readHave(reader: ProtoReader): RoundHave {
  let round = 0
  const flags = { hasProposal: false, hasPolka: false, hasPrecommitQuorum: false }
  let prevotes: Uint8Array = new Uint8Array(0)
  let precommits: Uint8Array = new Uint8Array(0)
  while (reader.next()) {
    if (reader.field === 1) round = reader.int32()
    else if (reader.field === 2) flags.hasProposal = reader.bool()
    else if (reader.field === 3) flags.hasPolka = reader.bool()
    else if (reader.field === 4) flags.hasPrecommitQuorum = reader.bool()
    else if (reader.field === 5) prevotes = reader.bytes(MAX_BITMAP_BYTES)
    else if (reader.field === 6) precommits = reader.bytes(MAX_BITMAP_BYTES)
    else reader.unknown()
  }
  return { round, ...flags, prevotes, precommits }
}

function readWant(reader: ProtoReader): BlockWant {
  let key = ''
  let missingParts: readonly number[] = []
  while (reader.next()) {
    if (reader.field === 1) key = reader.string(256)
    else if (reader.field === 2) missingParts = reader.packedUint64(CATCH_UP_LIMITS.missingParts).map(Number)
    else reader.unknown()
  }
  return { key, missingParts }
}

function readCertificate(reader: ProtoReader): readonly IncomingMessage[] {
  const votes: IncomingMessage[] = []
  while (reader.next()) {
    if (reader.field !== 1) reader.unknown()
    if (votes.length === CATCH_UP_LIMITS.certificateVotes) reader.fail('too many votes')
    votes.push(readIncoming(reader))
  }
  return votes
}

function readIncoming(reader: ProtoReader): IncomingMessage {
  const decoded = decodeIncoming(reader.repeatedBytes(MAX_MESSAGE_BYTES))
  return decoded.ok ? decoded.value : reader.fail(decoded.error.message)
}

function push<T>(reader: ProtoReader, list: T[], limit: number, read: (reader: ProtoReader) => T): void {
  if (list.length === limit) reader.fail(`field ${reader.field} is repeated more than ${limit} times`)
  list.push(read(reader.repeatedMessage('element')))
}
