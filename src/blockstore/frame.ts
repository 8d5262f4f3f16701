import { assert } from '../util/index.ts'
import { crc32c } from './crc32c.ts'

export const FRAME_HEADER_BYTES = 8

/** crc32c(payload) BE || length BE || payload (CometBFT consensus/wal.go). */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  assert(payload.length > 0, 'a frame holds something')
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length)
  frame.writeUInt32BE(crc32c(payload), 0)
  frame.writeUInt32BE(payload.length, 4)
  frame.set(payload, FRAME_HEADER_BYTES)
  return frame
}

export interface FrameHeader {
  readonly crc: number
  readonly length: number
}

/** Null when the header does not fit before the end. */
export function frameHeaderAt(bytes: Uint8Array, at: number): FrameHeader | null {
  if (at + FRAME_HEADER_BYTES > bytes.length) return null
  return { crc: uint32At(bytes, at), length: uint32At(bytes, at + 4) }
}

/** The payload of the frame at `at`, a view; null when there is no intact frame of at most `maxBytes`. */
export function framePayloadAt(bytes: Uint8Array, at: number, maxBytes: number): Uint8Array | null {
  const header = frameHeaderAt(bytes, at)
  if (header === null || header.length === 0 || header.length > maxBytes) return null
  const start = at + FRAME_HEADER_BYTES
  if (start + header.length > bytes.length) return null
  const payload = bytes.subarray(start, start + header.length)
  return crc32c(payload) === header.crc ? payload : null
}

function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
