import { describe, expect, it } from 'vitest'
import { ProtoWriter } from '../../../src/codec/index.ts'
import { InvariantError } from '../../../src/util/index.ts'

function hexOf(write: (writer: ProtoWriter) => void, sizeHint?: number): string {
  const writer = new ProtoWriter(sizeHint)
  write(writer)
  return Buffer.from(writer.finish()).toString('hex')
}

describe('a scalar', () => {
  const cases: [string, (writer: ProtoWriter) => void, string][] = [
    ['uint32 0 is left out', w => w.uint32(1, 0), ''],
    ['uint32 1', w => w.uint32(1, 1), '0801'],
    ['uint32 127', w => w.uint32(1, 127), '087f'],
    ['uint32 128', w => w.uint32(1, 128), '088001'],
    ['uint32 max', w => w.uint32(1, 4294967295), '08ffffffff0f'],
    ['int32 max', w => w.int32(1, 2147483647), '08ffffffff07'],
    ['int32 -1 takes ten bytes', w => w.int32(4, -1), '20ffffffffffffffffff01'],
    ['int32 min', w => w.int32(1, -2147483648), '0880808080f8ffffffff01'],
    ['int64 2^31', w => w.int64(1, 2147483648), '088080808008'],
    ['int64 2^53 - 1', w => w.int64(1, Number.MAX_SAFE_INTEGER), '08ffffffffffffff0f'],
    ['int64 -(2^53 - 1)', w => w.int64(1, -Number.MAX_SAFE_INTEGER), '0881808080808080f0ff01'],
    ['int64 of year 1', w => w.int64(1, -62135596800), '088092b8c398feffffff01'],
    ['bigint max', w => w.bigint64(3, 2n ** 63n - 1n), '18ffffffffffffffff7f'],
    ['bigint min', w => w.bigint64(3, -(2n ** 63n)), '1880808080808080808001'],
    ['bigint 0 is left out', w => w.bigint64(3, 0n), ''],
    ['bool', w => w.bool(2, true), '1001'],
    ['bool false is left out', w => w.bool(2, false), ''],
    ['sfixed64 1', w => w.sfixed64(2, 1), '110100000000000000'],
    ['sfixed64 -1', w => w.sfixed64(2, -1), '11ffffffffffffffff'],
    ['sfixed64 2^32 + 5', w => w.sfixed64(2, 4294967301), '110500000001000000'],
    ['sfixed64 0 is left out', w => w.sfixed64(2, 0), ''],
    ['a field number beyond 15', w => w.uint32(16, 1), '800101']
  ]
  it.each(cases)('%s', (_name, write, expected) => {
    expect(hexOf(write)).toBe(expected)
  })

  const refused: [string, (writer: ProtoWriter) => void][] = [
    ['uint32 -1', w => w.uint32(1, -1)],
    ['uint32 2^32', w => w.uint32(1, 4294967296)],
    ['uint32 1.5', w => w.uint32(1, 1.5)],
    ['int32 2^31', w => w.int32(1, 2147483648)],
    ['int32 -(2^31) - 1', w => w.int32(1, -2147483649)],
    ['int64 2^53', w => w.int64(1, 2 ** 53)],
    ['int64 NaN', w => w.int64(1, Number.NaN)],
    ['bigint 2^63', w => w.bigint64(1, 2n ** 63n)],
    ['bigint -(2^63) - 1', w => w.bigint64(1, -(2n ** 63n) - 1n)],
    ['sfixed64 2^53', w => w.sfixed64(1, 2 ** 53)],
    ['packed -1', w => w.packedUint64(1, [-1n])],
    ['hex of odd length', w => w.hex(1, 'abc')],
    ['hex that is none', w => w.hex(1, 'zz')]
  ]
  it.each(refused)('%s is a bug of the caller', (_name, write) => {
    expect(() => hexOf(write)).toThrow(InvariantError)
  })
})

describe('a field with a length', () => {
  it('is left out when empty, unless it is an element', () => {
    expect(hexOf(w => w.bytes(1, new Uint8Array(0)))).toBe('')
    expect(hexOf(w => w.hex(1, ''))).toBe('')
    expect(hexOf(w => w.string(1, ''))).toBe('')
    expect(hexOf(w => w.packedUint64(1, []))).toBe('')
    expect(hexOf(w => w.repeatedBytes(1, new Uint8Array(0)))).toBe('0a00')
    expect(hexOf(w => w.repeatedHex(1, ''))).toBe('0a00')
  })

  it('writes hex and bytes alike', () => {
    expect(hexOf(w => w.hex(6, 'c0ffee'))).toBe(hexOf(w => w.bytes(6, Uint8Array.of(0xc0, 0xff, 0xee))))
  })

  it('counts the bytes of a string, not its characters', () => {
    expect(hexOf(w => w.string(2, 'Größe'))).toBe(`1207${Buffer.from('Größe').toString('hex')}`)
  })

  it('packs elements, a zero too', () => {
    expect(hexOf(w => w.packedUint64(2, [0n, 300n, 2n ** 64n - 1n]))).toBe('120d00ac02ffffffffffffffffff01')
  })

  // One byte is left for the length of a message; from 128 on its body has to move.
  it.each([0, 1, 127, 128, 16383, 16384, 2097151, 2097152])('embeds a message of %i bytes', size => {
    const body = new Uint8Array(size).fill(0xab)
    const embedded = hexOf(w => {
      w.uint32(1, 7)
      const mark = w.begin(2)
      w.encodedFields(body)
      w.end(mark)
      w.uint32(3, 9)
    }, 16)
    const asBytes = hexOf(w => {
      w.uint32(1, 7)
      w.repeatedBytes(2, body)
      w.uint32(3, 9)
    })
    expect(embedded === asBytes).toBe(true)
  })

  it('writes a message behind its length', () => {
    for (const size of [1, 125, 126, 300]) {
      const writer = new ProtoWriter(8)
      writer.bytes(1, new Uint8Array(size).fill(1))
      const plain = hexOf(w => w.bytes(1, new Uint8Array(size).fill(1)))
      const length = plain.length / 2
      const prefix = length < 128 ? [length] : [(length & 127) | 128, length >> 7]
      const expected = Buffer.from(prefix).toString('hex') + plain
      expect(Buffer.from(writer.finishDelimited()).toString('hex')).toBe(expected)
    }
  })
})

describe('the result', () => {
  it('is not changed by writers made later', () => {
    const first = new ProtoWriter(32)
    first.bytes(1, new Uint8Array(20).fill(1))
    const result = first.finish()
    const before = Buffer.from(result).toString('hex')
    for (let index = 0; index < 1000; index++) {
      const writer = new ProtoWriter(32)
      writer.bytes(1, new Uint8Array(25).fill(2))
      writer.finish()
    }
    expect(Buffer.from(result).toString('hex')).toBe(before)
  })

  it('does not keep a large buffer alive for a few bytes', () => {
    const writer = new ProtoWriter(1_000_000)
    writer.uint32(1, 1)
    expect(writer.finish().buffer.byteLength).toBe(2)
  })
})
