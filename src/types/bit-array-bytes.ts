import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { BitArray } from './bit-array.ts'

/** Writes the fields of tendermint.libs.bits.BitArray; nothing when there are no bits. */
export function writeBitArray(writer: ProtoWriter, bits: BitArray): void {
  writer.int64(1, bits.size)
  writer.packedUint64(2, bits.toElements())
}

/** Reads tendermint.libs.bits.BitArray; the number of elements must be what the number of bits asks for. */
export function readBitArray(reader: ProtoReader, maxBits: number): BitArray {
  let size = 0
  let elements: readonly bigint[] = []
  while (reader.next()) {
    if (reader.field === 1) size = reader.int64()
    else if (reader.field === 2) elements = reader.packedUint64(Math.ceil(maxBits / 64))
    else reader.unknown()
  }
  if (size < 0 || size > maxBits) reader.fail(`bits is ${size}, not 0 to ${maxBits}`)
  return BitArray.fromElements(size, elements) ?? reader.fail('bits and elems do not fit each other')
}

export function encodeBitArray(bits: BitArray): Uint8Array {
  const writer = new ProtoWriter(16 + Math.ceil(bits.size / 64) * 10)
  writeBitArray(writer, bits)
  return writer.finish()
}

/** @throws DecodeError */
export function decodeBitArray(bytes: Uint8Array, maxBits: number): BitArray {
  return readBitArray(new ProtoReader(bytes, 'BitArray'), maxBits)
}
