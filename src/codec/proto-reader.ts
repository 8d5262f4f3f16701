import { DecodeError } from './decode-error.ts'
import { WIRE_TYPE } from './wire-type.ts'

const MAX_DEPTH = 16
const MAX_FIELD = 536870911
const TWO_POW_32 = 4294967296
const EMPTY = new Uint8Array(0)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads protobuf and accepts only what Go's gogoproto marshaller emits: shortest varints, ascending fields, each
 * singular field once, no zero value written out, integers within their type and (as numbers) within 2^53 - 1.
 * Hashes and ids are computed over these bytes, so what does not re-encode to itself is refused. Every refusal is a
 * {@link DecodeError}; lengths are checked against the input before anything is allocated.
 *
 * Use: `while (r.next()) switch (r.field) { case 1: x = r.int32(); break; default: r.unknown() }`.
 */
export class ProtoReader {
  /** Number of the field whose tag was read last; 0 before the first. */
  field = 0
  readonly #bytes: Buffer
  readonly #end: number
  readonly #name: string
  readonly #depth: number
  #at: number
  #wireType = 0
  #again = false
  #low = 0
  #high = 0

  constructor(bytes: Uint8Array, messageName: string, start = 0, end = bytes.length, depth = 0) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#name = messageName
    this.#at = start
    this.#end = end
    this.#depth = depth
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#end - this.#at
  }

  /** Reads the next tag; false at the end of the message. */
  next(): boolean {
    if (this.#at === this.#end) return false
    this.#varint()
    if (this.#high !== 0) this.fail('tag is out of range')
    const number = this.#low >>> 3
    if (number === 0 || number > MAX_FIELD) this.fail('field number is out of range')
    if (number < this.field) this.fail(`field ${number} comes after field ${this.field}`)
    this.#again = number === this.field
    this.#wireType = this.#low & 7
    this.field = number
    return true
  }

  fail(reason: string): never {
    throw new DecodeError(this.#name, this.#at, reason)
  }

  /** Refuses the field just read. */
  unknown(): never {
    this.fail(`unknown field ${this.field}`)
  }

  /** Refuses the message unless `present`: for embedded messages that Go always writes. */
  require(present: unknown, fieldName: string): asserts present {
    if (!present) this.fail(`${fieldName} is missing`)
  }

  uint32(): number {
    this.#singularVarint()
    if (this.#high !== 0) this.fail(`field ${this.field} is not a uint32`)
    return this.#low
  }

  int32(): number {
    this.#singularVarint()
    const value = this.#low | 0
    if (this.#high !== (value < 0 ? 0xffffffff : 0)) this.fail(`field ${this.field} is not an int32`)
    return value
  }

  /** A uint64 that fits a safe integer. */
  uint64(): number {
    this.#singularVarint()
    if (this.#high > 0x1fffff) this.fail(`field ${this.field} is beyond 2^53 - 1`)
    return this.#high * TWO_POW_32 + this.#low
  }

  /** An int64 that fits a safe integer. */
  int64(): number {
    this.#singularVarint()
    return this.#signedNumber()
  }

  bigint64(): bigint {
    this.#singularVarint()
    return (BigInt(this.#high | 0) << 32n) | BigInt(this.#low)
  }

  bool(): boolean {
    this.#singularVarint()
    if (this.#low !== 1 || this.#high !== 0) this.fail(`field ${this.field} is not a bool`)
    return true
  }

  sfixed64(): number {
    this.#expect(WIRE_TYPE.fixed64)
    this.#once()
    if (this.#end - this.#at < 8) this.fail('input ends within a fixed64')
    this.#low = this.#bytes.readUInt32LE(this.#at)
    this.#high = this.#bytes.readUInt32LE(this.#at + 4)
    this.#at += 8
    if (this.#low === 0 && this.#high === 0) this.fail(`field ${this.field} is a written zero`)
    return this.#signedNumber()
  }

  /** A view on the input, not a copy. */
  bytes(maxBytes: number): Uint8Array {
    const length = this.#singularLength(maxBytes)
    return this.#view(length)
  }

  /** One element of a repeated bytes field, which may be empty; a view on the input. */
  repeatedBytes(maxBytes: number): Uint8Array {
    const length = this.#length(maxBytes)
    return length === 0 ? EMPTY : this.#view(length)
  }

  hex(maxBytes: number): string {
    return this.#hexText(this.#singularLength(maxBytes))
  }

  repeatedHex(maxBytes: number): string {
    return this.#hexText(this.#length(maxBytes))
  }

  string(maxBytes: number): string {
    const length = this.#singularLength(maxBytes)
    try {
      return utf8.decode(this.#view(length))
    } catch (cause) {
      throw new DecodeError(this.#name, this.#at, `field ${this.field} is not UTF-8`, { cause })
    }
  }

  /** The elements of a packed repeated uint64 field. */
  packedUint64(maxCount: number): bigint[] {
    const length = this.#singularLength(maxCount * 10)
    const end = this.#at + length
    const values: bigint[] = []
    while (this.#at < end) {
      if (values.length === maxCount) this.fail(`field ${this.field} has more than ${maxCount} elements`)
      this.#varint(end)
      values.push((BigInt(this.#high) << 32n) | BigInt(this.#low))
    }
    return values
  }

  /** A reader for the embedded message of the current field, which must not be read again. */
  message(messageName: string): ProtoReader {
    this.#expect(WIRE_TYPE.lengthDelimited)
    this.#once()
    return this.repeatedMessage(messageName)
  }

  repeatedMessage(messageName: string): ProtoReader {
    const length = this.#length(this.#end)
    if (this.#depth === MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH}`)
    const start = this.#at
    this.#at += length
    return new ProtoReader(this.#bytes, messageName, start, this.#at, this.#depth + 1)
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) this.fail(`field ${this.field} has wire type ${this.#wireType}`)
  }

  #once(): void {
    if (this.#again) this.fail(`field ${this.field} comes twice`)
  }

  #singularVarint(): void {
    this.#expect(WIRE_TYPE.varint)
    this.#once()
    this.#varint()
    if (this.#low === 0 && this.#high === 0) this.fail(`field ${this.field} is a written zero`)
  }

  #singularLength(maxBytes: number): number {
    this.#once()
    const length = this.#length(maxBytes)
    if (length === 0) this.fail(`field ${this.field} is written but empty`)
    return length
  }

  #length(maxBytes: number): number {
    this.#expect(WIRE_TYPE.lengthDelimited)
    this.#varint()
    if (this.#high !== 0 || this.#low > this.#end - this.#at) this.fail('length goes beyond the input')
    if (this.#low > maxBytes) this.fail(`field ${this.field} is longer than ${maxBytes} bytes`)
    return this.#low
  }

  #view(length: number): Uint8Array {
    const start = this.#at
    this.#at += length
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length)
  }

  #hexText(length: number): string {
    const start = this.#at
    this.#at += length
    return this.#bytes.toString('hex', start, this.#at)
  }

  #signedNumber(): number {
    const high = this.#high | 0
    if (high > 0x1fffff || high < -0x200000 || (high === -0x200000 && this.#low === 0)) {
      this.fail(`field ${this.field} is beyond 2^53 - 1`)
    }
    return high * TWO_POW_32 + this.#low
  }

  /** Reads a varint into `#low` and `#high`, both as uint32. */
  #varint(end = this.#end): void {
    if (this.#at >= end) this.fail('input ends before a varint')
    const first = this.#bytes[this.#at]!
    if (first < 0x80) {
      this.#at += 1
      this.#low = first
      this.#high = 0
      return
    }
    this.#longVarint(first, end)
  }

  #longVarint(first: number, end: number): void {
    let low = first & 0x7f
    let high = 0
    for (let index = 1; index < 10; index++) {
      if (this.#at + index >= end) this.fail('input ends within a varint')
      const byte = this.#bytes[this.#at + index]!
      const bits = byte & 0x7f
      if (index < 4) low |= bits << (7 * index)
      else if (index === 4) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (7 * index - 32)
      if (byte >= 0x80) continue
      if (byte === 0) this.fail('varint is longer than needed')
      if (index === 9 && byte > 1) this.fail('varint is beyond 64 bits')
      this.#at += index + 1
      this.#low = low >>> 0
      this.#high = high >>> 0
      return
    }
    this.fail('varint is longer than 10 bytes')
  }
}
