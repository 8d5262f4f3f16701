/** The same bytes as a Buffer, without a copy. */
export function bytesAsBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export function bytesToText(bytes: Uint8Array): string {
  return bytesAsBuffer(bytes).toString('utf8')
}

export function textToBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}
