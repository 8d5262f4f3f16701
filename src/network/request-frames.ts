/**
 * Frames of the request protocols. One stream per peer, protocol and direction stays open and carries many requests,
 * each with an id of the requester's choosing; opening a stream for each would cost about nine times the CPU.
 *
 * Request: id (4 bytes, big-endian), payload. Answer: id, status (1 byte), payload.
 */
export const REQUEST_HEADER_BYTES = 4
export const ANSWER_HEADER_BYTES = 5

/** Requests a node has under way with one peer on one protocol. */
export const MAX_IN_FLIGHT = 2
/** Twice that are served, since the requester may have given up on two that still run here. */
export const MAX_SERVED = 2 * MAX_IN_FLIGHT

export const ANSWER_STATUS = { ok: 0, refused: 1, busy: 2, tooLarge: 3 } as const
export type AnswerStatus = keyof typeof ANSWER_STATUS
const STATUSES = Object.keys(ANSWER_STATUS) as AnswerStatus[]

const NOTHING = new Uint8Array(0)

export interface RequestFrame {
  readonly id: number
  readonly payload: Uint8Array
}
export interface AnswerFrame extends RequestFrame {
  readonly status: AnswerStatus
}

export function encodeRequest({ id, payload }: RequestFrame): Uint8Array {
  const frame = new Uint8Array(REQUEST_HEADER_BYTES + payload.length)
  new DataView(frame.buffer).setUint32(0, id)
  frame.set(payload, REQUEST_HEADER_BYTES)
  return frame
}

export function encodeAnswer(id: number, status: AnswerStatus, payload: Uint8Array = NOTHING): Uint8Array {
  const frame = new Uint8Array(ANSWER_HEADER_BYTES + payload.length)
  new DataView(frame.buffer).setUint32(0, id)
  frame[4] = ANSWER_STATUS[status]
  frame.set(payload, ANSWER_HEADER_BYTES)
  return frame
}

/** Null for a frame too short to be a request. */
export function decodeRequest(frame: Uint8Array): RequestFrame | null {
  if (frame.length < REQUEST_HEADER_BYTES) return null
  return { id: idOf(frame), payload: frame.subarray(REQUEST_HEADER_BYTES) }
}

/** Null for a frame too short to be an answer or with an unknown status. */
export function decodeAnswer(frame: Uint8Array): AnswerFrame | null {
  if (frame.length < ANSWER_HEADER_BYTES) return null
  const status = STATUSES.find(name => ANSWER_STATUS[name] === frame[4])
  return status === undefined
    ? null
    : { id: idOf(frame), status, payload: frame.subarray(ANSWER_HEADER_BYTES) }
}

function idOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0)
}
