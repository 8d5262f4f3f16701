import { describe, expect, it } from 'vitest'
import { DecodeError, ProtoReader, tryDecode } from '../../../src/codec/index.ts'
import { InvariantError } from '../../../src/util/index.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

/** Reads one field and expects the input to end behind it. */
function readOne<T>(hex: string, read: (reader: ProtoReader) => T): T {
  const reader = new ProtoReader(bytes(hex), 'Test')
  if (!reader.next()) reader.fail('empty')
  const value = read(reader)
  if (reader.next()) reader.unknown()
  return value
}

describe('a value', () => {
  const cases: [string, string, (reader: ProtoReader) => unknown, unknown][] = [
    ['uint32 max', '08ffffffff0f', r => r.uint32(), 4294967295],
    ['int32 -1', '20ffffffffffffffffff01', r => r.int32(), -1],
    ['int32 min', '0880808080f8ffffffff01', r => r.int32(), -2147483648],
    ['int64 2^53 - 1', '08ffffffffffffff0f', r => r.int64(), Number.MAX_SAFE_INTEGER],
    ['int64 -(2^53 - 1)', '0881808080808080f0ff01', r => r.int64(), -Number.MAX_SAFE_INTEGER],
    ['uint64 2^53 - 1', '08ffffffffffffff0f', r => r.uint64(), Number.MAX_SAFE_INTEGER],
    ['int64 of year 1', '088092b8c398feffffff01', r => r.int64(), -62135596800],
    ['bigint max', '18ffffffffffffffff7f', r => r.bigint64(), 2n ** 63n - 1n],
    ['bigint min', '1880808080808080808001', r => r.bigint64(), -(2n ** 63n)],
    ['bool', '1001', r => r.bool(), true],
    ['sfixed64 -1', '11ffffffffffffffff', r => r.sfixed64(), -1],
    ['sfixed64 2^32 + 5', '110500000001000000', r => r.sfixed64(), 4294967301],
    ['hex', '3203c0ffee', r => r.hex(3), 'c0ffee'],
    ['an empty element', '0a00', r => r.repeatedHex(3), ''],
    ['a string that starts with a byte order mark', '0a04efbbbf41', r => r.string(9), '\ufeffA'],
    ['packed', '120d00ac02ffffffffffffffffff01', r => r.packedUint64(3), [0n, 300n, 2n ** 64n - 1n]],
    ['a field number beyond 15', '800101', r => [r.field, r.uint32()], [16, 1]]
  ]
  it.each(cases)('%s', (_name, hex, read, expected) => {
    expect(readOne(hex, read)).toEqual(expected)
  })
})

describe('what Go would not have written', () => {
  const cases: [string, string, (reader: ProtoReader) => unknown, RegExp][] = [
    ['an over-long varint', '088100', r => r.uint32(), /longer than needed/],
    ['an over-long zero', '088000', r => r.uint32(), /longer than needed/],
    ['an over-long tag', '880001', r => r.uint32(), /longer than needed/],
    ['an over-long length', '0a810041', r => r.hex(9), /longer than needed/],
    ['a varint of eleven bytes', '08ffffffffffffffffffff01', r => r.int64(), /longer than 10 bytes/],
    ['a varint beyond 64 bits', '08ffffffffffffffffff02', r => r.int64(), /beyond 64 bits/],
    ['a written zero', '0800', r => r.uint32(), /written zero/],
    ['a written false', '0800', r => r.bool(), /written zero/],
    ['a written zero sfixed64', '110000000000000000', r => r.sfixed64(), /written zero/],
    ['written empty bytes', '0a00', r => r.bytes(9), /written but empty/],
    ['a written empty string', '0a00', r => r.string(9), /written but empty/],
    ['a written empty packed field', '0a00', r => r.packedUint64(9), /written but empty/],
    ['a bool of 2', '0802', r => r.bool(), /not a bool/],
    ['a uint32 of 33 bits', '088080808010', r => r.uint32(), /not a uint32/],
    ['an int32 of 33 bits', '08ffffffff1f', r => r.int32(), /not an int32/],
    ['an int32 that is not sign-extended', '08ffffffff0f', r => r.int32(), /not an int32/],
    ['an int64 of 2^53', '088080808080808010', r => r.int64(), /2\^53/],
    ['an int64 of -(2^53)', '0880808080808080f0ff01', r => r.int64(), /2\^53/],
    ['a uint64 of 2^53', '088080808080808010', r => r.uint64(), /2\^53/],
    ['a uint64 of 2^64 - 1', '08ffffffffffffffffff01', r => r.uint64(), /2\^53/],
    ['an sfixed64 of 2^53', '090000000000002000', r => r.sfixed64(), /2\^53/],
    ['another wire type for a varint', '0a0101', r => r.uint32(), /wire type 2/],
    ['another wire type for bytes', '0801', r => r.bytes(9), /wire type 0/],
    ['another wire type for an sfixed64', '0801', r => r.sfixed64(), /wire type 0/],
    ['another wire type for a message', '0801', r => r.message('Inner'), /wire type 0/],
    ['a wire type for groups', '0b', r => r.message('Inner'), /wire type 3/],
    ['field number 0', '0001', r => r.uint32(), /field number/],
    ['a tag of 33 bits', '808080801001', r => r.uint32(), /tag is out of range/],
    ['not UTF-8', '0a02c328', r => r.string(9), /UTF-8/],
    ['a lone surrogate', '0a03eda080', r => r.string(9), /UTF-8/],
    ['more bytes than the field may have', '0a03616263', r => r.bytes(2), /longer than 2 bytes/],
    ['more elements than the field may have', '0a03010203', r => r.packedUint64(2), /more than 2/]
  ]
  it.each(cases)('%s', (_name, hex, read, reason) => {
    expect(() => readOne(hex, read)).toThrow(DecodeError)
    expect(() => readOne(hex, read)).toThrow(reason)
  })

  it('a singular field twice', () => {
    for (const hex of ['08010802', '0a01610a0162']) {
      const reader = new ProtoReader(bytes(hex), 'Test')
      const read = () => (hex.startsWith('08') ? reader.uint32() : reader.bytes(9))
      reader.next()
      read()
      reader.next()
      expect(read).toThrow(/comes twice/)
    }
  })

  it('a singular message twice', () => {
    const reader = new ProtoReader(bytes('0a000a00'), 'Test')
    reader.next()
    reader.message('Inner')
    reader.next()
    expect(() => reader.message('Inner')).toThrow(/comes twice/)
  })

  it('fields that do not ascend', () => {
    const reader = new ProtoReader(bytes('10010801'), 'Test')
    reader.next()
    reader.uint32()
    expect(() => reader.next()).toThrow(/field 1 comes after field 2/)
  })
})

describe('an input that ends too early', () => {
  const whole = '08ac02120361626319ffffffffffffffff'
  const readAll = (input: Uint8Array) => {
    const reader = new ProtoReader(input, 'Test')
    const seen: unknown[] = []
    while (reader.next()) {
      if (reader.field === 1) seen.push(reader.uint32())
      else if (reader.field === 2) seen.push(reader.hex(3))
      else seen.push(reader.sfixed64())
    }
    return seen
  }

  it('is refused unless it ends between fields', () => {
    const boundaries = [0, 3, 8, 17]
    for (let length = 0; length <= whole.length / 2; length++) {
      const decoded = tryDecode(readAll, bytes(whole).subarray(0, length))
      expect([length, decoded.ok]).toEqual([length, boundaries.includes(length)])
    }
  })

  it('is not allocated for: a length beyond the input is refused', () => {
    expect(() => readOne('0affffffff0f61', r => r.bytes(2 ** 32))).toThrow(/beyond the input/)
    expect(() => readOne('0affffffffffffffff7f61', r => r.bytes(2 ** 32))).toThrow(/beyond the input/)
  })

  it('is bounded by the message it is in, not by the whole', () => {
    const reader = new ProtoReader(bytes('0a020a05616263646566'), 'Outer')
    reader.next()
    const inner = reader.message('Inner')
    inner.next()
    expect(() => inner.bytes(9)).toThrow(/Inner: length goes beyond the input/)
  })

  it('is bounded by the packed field it is in', () => {
    const reader = new ProtoReader(bytes('0a0180100110'), 'Test')
    reader.next()
    expect(() => reader.packedUint64(9)).toThrow(/within a varint/)
  })
})

describe('nesting', () => {
  it('A-50: stops at sixteen levels', () => {
    let hex = ''
    for (let level = 0; level < 17; level++) {
      hex = `0a${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`
    }
    let reader = new ProtoReader(bytes(hex), 'Test')
    for (let level = 0; level < 16; level++) {
      reader.next()
      reader = reader.message('Test')
    }
    reader.next()
    expect(() => reader.message('Test')).toThrow(/nested deeper than 16/)
  })

  it('leaves the outer reader behind the inner message', () => {
    const reader = new ProtoReader(bytes('0a0208011005'), 'Outer')
    reader.next()
    reader.message('Inner')
    reader.next()
    expect([reader.field, reader.uint32(), reader.next(), reader.remaining]).toEqual([2, 5, false, 0])
  })
})

describe('the bytes it gives', () => {
  it('are views on an input that may itself be a view', () => {
    const input = bytes('ffff0a0361626300').subarray(2, 7)
    const reader = new ProtoReader(input, 'Test')
    reader.next()
    const value = reader.bytes(3)
    expect(Buffer.from(value).toString()).toBe('abc')
    expect(value.buffer).toBe(input.buffer)
  })
})

describe('tryDecode', () => {
  it('gives a refusal as a value, with the message and the offset', () => {
    const decoded = tryDecode(input => new ProtoReader(input, 'Vote').next(), bytes('80'))
    expect(decoded).toMatchObject({
      ok: false,
      error: { code: 'DECODE_FAILED', messageName: 'Vote', offset: 0 }
    })
  })

  it('lets a bug through', () => {
    expect(() =>
      tryDecode(() => {
        throw new InvariantError('bug')
      }, bytes(''))
    ).toThrow(InvariantError)
  })
})
