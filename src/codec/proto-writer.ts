import { assert } from '../util/index.ts'
import { WIRE_TYPE } from './wire-type.ts'

const INT32_MIN = -2147483648
const INT32_MAX = 2147483647
const UINT32_MAX = 4294967295
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const TWO_POW_32 = 4294967296
/** Up to this size Node serves buffers from a shared pool, so that giving one away costs no allocation of its own. */
const POOLED_BYTES = 4096

/**
 * Writes protobuf as Go's gogoproto marshaller does: fields in the order of the calls (which must ascend), scalars
 * and bytes left out when zero, embedded messages always written (a nullable one is left out by not calling).
 * Values out of range are bugs of the caller: they break an assertion.
 */
export class ProtoWriter {
  #buffer: Buffer
  #length = 0

  constructor(sizeHintBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(sizeHintBytes)
  }

  get length(): number {
    return this.#length
  }

  uint32(field: number, value: number): void {
    assert(Number.isInteger(value) && value >= 0 && value <= UINT32_MAX, 'value is not a uint32')
    if (value !== 0) this.#tagAndVarint(field, value)
  }

  /** Also for enums. Negative values take ten bytes, as protobuf wants. */
  int32(field: number, value: number): void {
    assert(Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX, 'value is not an int32')
    if (value !== 0) this.#tagAndVarint(field, value)
  }

  /** uint64 and int64 alike; a number must be a safe integer. */
  int64(field: number, value: number): void {
    assert(Number.isSafeInteger(value), 'value is not a safe integer')
    if (value !== 0) this.#tagAndVarint(field, value)
  }

  bigint64(field: number, value: bigint): void {
    assert(value >= INT64_MIN && value <= INT64_MAX, 'value is not an int64')
    if (value === 0n) return
    this.#reserve(15)
    this.#rawVarint((field << 3) | WIRE_TYPE.varint)
    const unsigned = BigInt.asUintN(64, value)
    this.#varintOfHalves(Number(unsigned & 0xffffffffn), Number(unsigned >> 32n))
  }

  bool(field: number, value: boolean): void {
    if (value) this.#tagAndVarint(field, 1)
  }

  sfixed64(field: number, value: number): void {
    assert(Number.isSafeInteger(value), 'value is not a safe integer')
    if (value === 0) return
    this.#reserve(13)
    this.#rawVarint((field << 3) | WIRE_TYPE.fixed64)
    const high = Math.floor(value / TWO_POW_32)
    this.#buffer.writeUInt32LE(value - high * TWO_POW_32, this.#length)
    this.#buffer.writeInt32LE(high, this.#length + 4)
    this.#length += 8
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length !== 0) this.repeatedBytes(field, value)
  }

  /** One element of a repeated bytes field: written even when empty. */
  repeatedBytes(field: number, value: Uint8Array): void {
    const length = value.length
    this.#reserve(length + 10)
    this.#rawVarint((field << 3) | WIRE_TYPE.lengthDelimited)
    this.#rawVarint(length)
    this.#buffer.set(value, this.#length)
    this.#length += length
  }

  /** A bytes field whose value is carried as hex text. */
  hex(field: number, value: string): void {
    if (value !== '') this.repeatedHex(field, value)
  }

  repeatedHex(field: number, value: string): void {
    const length = value.length >>> 1
    this.#reserve(length + 10)
    this.#rawVarint((field << 3) | WIRE_TYPE.lengthDelimited)
    this.#rawVarint(length)
    const written = this.#buffer.write(value, this.#length, 'hex')
    assert(written * 2 === value.length, 'value is not hex')
    this.#length += length
  }

  string(field: number, value: string): void {
    if (value === '') return
    const length = Buffer.byteLength(value)
    this.#reserve(length + 10)
    this.#rawVarint((field << 3) | WIRE_TYPE.lengthDelimited)
    this.#rawVarint(length)
    this.#buffer.write(value, this.#length, 'utf8')
    this.#length += length
  }

  /** Elements of a packed repeated uint64 field; nothing when there are none. */
  packedUint64(field: number, values: readonly bigint[]): void {
    if (values.length === 0) return
    const mark = this.begin(field)
    for (const value of values) {
      assert(value >= 0n && value < 2n ** 64n, 'value is not a uint64')
      this.#reserve(10)
      this.#varintOfHalves(Number(value & 0xffffffffn), Number(value >> 32n))
    }
    this.end(mark)
  }

  /** Starts an embedded message; give what it returns to {@link end}. */
  begin(field: number): number {
    this.#reserve(6)
    this.#rawVarint((field << 3) | WIRE_TYPE.lengthDelimited)
    this.#length += 1
    return this.#length
  }

  /** Ends the embedded message that began at `mark`. One byte was left for its length; a longer one moves the body. */
  end(mark: number): void {
    const bodyLength = this.#length - mark
    if (bodyLength < 0x80) {
      this.#buffer[mark - 1] = bodyLength
      return
    }
    const extra = varintLength(bodyLength) - 1
    this.#reserve(extra)
    this.#buffer.copyWithin(mark + extra, mark, this.#length)
    this.#length = mark - 1
    this.#rawVarint(bodyLength)
    this.#length += bodyLength
  }

  /** Fields that are already encoded, tags included. */
  encodedFields(fields: Uint8Array): void {
    this.#reserve(fields.length)
    this.#buffer.set(fields, this.#length)
    this.#length += fields.length
  }

  /** What was written. The writer must not be used again: its buffer is given away, unless most of it is empty. */
  finish(): Uint8Array {
    const { buffer, byteOffset, length } = this.#buffer
    const view = new Uint8Array(buffer, byteOffset, this.#length)
    return length <= POOLED_BYTES || this.#length * 2 >= length ? view : Uint8Array.from(view)
  }

  /** {@link finish} behind the length as a varint (Go's protoio.MarshalDelimited). */
  finishDelimited(): Uint8Array {
    const bodyLength = this.#length
    const prefixLength = varintLength(bodyLength)
    this.#reserve(prefixLength)
    this.#buffer.copyWithin(prefixLength, 0, bodyLength)
    this.#length = 0
    this.#rawVarint(bodyLength)
    this.#length += bodyLength
    return this.finish()
  }

  #tagAndVarint(field: number, value: number): void {
    this.#reserve(15)
    this.#rawVarint((field << 3) | WIRE_TYPE.varint)
    if (value >= 0 && value <= INT32_MAX) {
      this.#rawVarint(value)
    } else {
      const high = Math.floor(value / TWO_POW_32)
      this.#varintOfHalves(value - high * TWO_POW_32, high >>> 0)
    }
  }

  #rawVarint(value: number): void {
    const buffer = this.#buffer
    let at = this.#length
    let rest = value
    while (rest >= 0x80) {
      buffer[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[at++] = rest
    this.#length = at
  }

  #varintOfHalves(low: number, high: number): void {
    const buffer = this.#buffer
    let at = this.#length
    let lo = low >>> 0
    let hi = high >>> 0
    while (hi !== 0 || lo >= 0x80) {
      buffer[at++] = (lo & 0x7f) | 0x80
      lo = ((lo >>> 7) | (hi << 25)) >>> 0
      hi >>>= 7
    }
    buffer[at++] = lo
    this.#length = at
  }

  #reserve(count: number): void {
    if (this.#length + count > this.#buffer.length) this.#grow(count)
  }

  #grow(count: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

function varintLength(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  return value < 0x10000000 ? 4 : 5
}
