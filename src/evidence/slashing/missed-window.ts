import type { LivenessState, OperatorId, SigningInfo } from './slashing-state.ts'

/** Bits in a chunk of the bitmap of missed blocks, as in Cosmos SDK. */
export const CHUNK_BITS = 1024
const CHUNK_BYTES = CHUNK_BITS / 8

/**
 * Notes whether the operator signed the next block it is judged by. The counter follows the bits, so it is always
 * their number.
 */
export function noteBlock(
  state: LivenessState,
  operator: OperatorId,
  info: SigningInfo,
  missed: boolean,
  window: number
): SigningInfo {
  const index = info.indexOffset % window
  const before = isMissed(state, operator, index)
  if (before !== missed) flip(state, operator, index)
  const change = missed === before ? 0 : missed ? 1 : -1
  return { ...info, indexOffset: info.indexOffset + 1, missedCount: info.missedCount + change }
}

/** Forgets what was missed; the caller resets offset and counter with it. */
export function clearMissed(state: LivenessState, operator: OperatorId, window: number): void {
  for (let chunk = 0; chunk * CHUNK_BITS < window; chunk++) {
    if (state.missedChunk(operator, chunk) !== null) state.setMissedChunk(operator, chunk, null)
  }
}

/** The window oldest block first, one bit a block, least significant bit first. */
export function missedBits(
  state: LivenessState,
  operator: OperatorId,
  info: SigningInfo,
  window: number
): Uint8Array {
  const blocks = Math.min(info.indexOffset, window)
  const bits = new Uint8Array(Math.ceil(blocks / 8))
  const oldest = info.indexOffset - blocks
  for (let position = 0; position < blocks; position++) {
    if (isMissed(state, operator, (oldest + position) % window)) bits[position >>> 3]! |= 1 << (position & 7)
  }
  return bits
}

function isMissed(state: LivenessState, operator: OperatorId, index: number): boolean {
  const bits = state.missedChunk(operator, Math.floor(index / CHUNK_BITS))
  if (bits === null) return false
  const bit = index % CHUNK_BITS
  return (bits[bit >>> 3]! & (1 << (bit & 7))) !== 0
}

/** The chunk that is stored is never changed in place; one without a bit is stored as none. */
function flip(state: LivenessState, operator: OperatorId, index: number): void {
  const chunk = Math.floor(index / CHUNK_BITS)
  const bits = state.missedChunk(operator, chunk)?.slice() ?? new Uint8Array(CHUNK_BYTES)
  const bit = index % CHUNK_BITS
  bits[bit >>> 3]! ^= 1 << (bit & 7)
  state.setMissedChunk(operator, chunk, bits.every(byte => byte === 0) ? null : bits)
}
