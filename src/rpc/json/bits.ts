/** A bit array in JSON: `x` for a set bit, `_` for another; null without bits (CometBFT libs/bits). */
export function bitsToJson(bits: readonly boolean[] | null): string | null {
  return bits === null || bits.length === 0 ? null : marks(bits)
}

/** `BA{4:x_x_}` (CometBFT BitArray.String). */
export function bitsToText(bits: readonly boolean[]): string {
  return `BA{${bits.length}:${marks(bits)}}`
}

function marks(bits: readonly boolean[]): string {
  return bits.map(bit => (bit ? 'x' : '_')).join('')
}
