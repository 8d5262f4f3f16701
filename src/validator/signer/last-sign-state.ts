import { ProtoReader, tryDecode } from '../../codec/index.ts'
import type { Height, Round, Timestamp } from '../../types/index.ts'

const MAX_CHAIN_ID_BYTES = 200

/** Order of what a validator signs within a round; the numbers are in priv_validator_state.json. */
export const SIGN_STEP = { none: 0, propose: 1, prevote: 2, precommit: 3 } as const
export type SignStep = (typeof SIGN_STEP)[keyof typeof SIGN_STEP]

/** The newest thing a key has signed. It only ever advances; without it a restart could sign twice. */
export interface LastSignState {
  readonly height: Height
  readonly round: Round
  readonly step: SignStep
  readonly signature: Uint8Array | null
  readonly signBytes: Uint8Array | null
}

export const EMPTY_SIGN_STATE: LastSignState = {
  height: 0,
  round: 0,
  step: SIGN_STEP.none,
  signature: null,
  signBytes: null
}

export interface SignPosition {
  readonly height: Height
  readonly round: Round
  readonly step: SignStep
}

/**
 * Whether `next` may be signed after `last` (CometBFT privval/file.go CheckHRS): 'new' moves forward, 'same' asks for
 * the very position signed last, anything else is the reason to refuse.
 */
export function comparePosition(
  last: LastSignState,
  next: SignPosition
): 'new' | 'same' | { refused: string } {
  const { height, round, step } = next
  if (height !== last.height) {
    return height > last.height
      ? 'new'
      : { refused: `height regression. Got ${height}, last height ${last.height}` }
  }
  if (round !== last.round) {
    const refused = `round regression at height ${height}. Got ${round}, last round ${last.round}`
    return round > last.round ? 'new' : { refused }
  }
  if (step !== last.step) {
    const refused = `step regression at height ${height} round ${round}. Got ${step}, last step ${last.step}`
    return step > last.step ? 'new' : { refused }
  }
  if (last.signBytes === null || last.signature === null) return { refused: 'no SignBytes found' }
  return 'same'
}

/**
 * The timestamp inside canonical vote or proposal sign-bytes, null when they are unreadable. With it an earlier
 * signature can be given back when the same message is asked for at a later time.
 */
export function timestampOfSignBytes(signBytes: Uint8Array, kind: 'vote' | 'proposal'): Timestamp | null {
  const decoded = tryDecode(bytes => readTimestamp(bytes, kind), signBytes)
  return decoded.ok ? decoded.value : null
}

/** SignedMsgType of canonical sign-bytes. */
const STEP_OF_TYPE: Readonly<Record<number, SignStep>> = { 32: 1, 1: 2, 2: 3 }

/** What canonical sign-bytes are for, null when they are unreadable. */
export function positionOfSignBytes(signBytes: Uint8Array): SignPosition | null {
  const decoded = tryDecode(readPosition, signBytes)
  return decoded.ok ? decoded.value : null
}

function readPosition(signBytes: Uint8Array): SignPosition {
  const reader: ProtoReader = new ProtoReader(signBytes, 'CanonicalMessage', afterLength(signBytes))
  const position = { height: 0, round: 0, step: SIGN_STEP.none as SignStep }
  while (reader.next() && reader.field <= 3) {
    if (reader.field === 1) position.step = STEP_OF_TYPE[reader.int32()] ?? reader.fail('unknown type')
    else if (reader.field === 2) position.height = reader.sfixed64()
    else position.round = reader.sfixed64()
  }
  return position
}

/** Sign-bytes stand behind their length, a varint. */
function afterLength(signBytes: Uint8Array): number {
  return signBytes.findIndex(byte => byte < 0x80) + 1
}

/** CanonicalVote has its timestamp in field 5, CanonicalProposal in field 6 after a POL round (canonical.proto). */
function readTimestamp(signBytes: Uint8Array, kind: 'vote' | 'proposal'): Timestamp | null {
  const reader = new ProtoReader(signBytes, 'CanonicalMessage', afterLength(signBytes))
  const blockIdField = kind === 'vote' ? 4 : 5
  let timestamp: Timestamp | null = null
  while (reader.next()) {
    if (reader.field === 1) reader.int32()
    else if (reader.field <= 3) reader.sfixed64()
    else if (reader.field < blockIdField) reader.int64()
    else if (reader.field === blockIdField) reader.message('CanonicalBlockID')
    else if (reader.field === blockIdField + 1) timestamp = readTimestampFields(reader.message('Timestamp'))
    else reader.string(MAX_CHAIN_ID_BYTES)
  }
  return timestamp
}

function readTimestampFields(reader: ProtoReader): Timestamp {
  let seconds = 0
  let nanos = 0
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64()
    else nanos = reader.int32()
  }
  return { seconds, nanos }
}
