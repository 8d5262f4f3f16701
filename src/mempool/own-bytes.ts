/**
 * Bytes that share their memory with nothing: a copy when they are a view on something larger. What is kept must not
 * hold the whole frame it came in, or a peer decides how much memory a short message costs.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength === bytes.length ? bytes : new Uint8Array(bytes)
}
