import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtoWriter, tryDecode } from '../../../src/codec/index.ts'
import { BitArray } from '../../../src/types/bit-array.ts'
import { decodeBitArray, encodeBitArray } from '../../../src/types/bit-array-bytes.ts'
import { vectorCases } from './vectors.ts'

interface BitsCase {
  name: string
  a?: string
  b?: string
  expected?: string
  bits?: number
  set?: number[]
  expected_json?: string
  expected_bytes?: string
  expected_proto?: string
}

const cases = vectorCases<BitsCase>('json_and_bits.json').filter(({ name }) => name.startsWith('BitArray'))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const of = (text: string): BitArray => BitArray.fromText(text, 1000)!

describe('json_and_bits.json: BitArray', () => {
  // Go's nil bit array is an array without bits here.
  const parse = (json: string) => of((JSON.parse(json) as string | null) ?? '')
  const subs = cases.filter(({ name }) => name === 'BitArray Sub')
  const forms = cases.filter(({ set }) => set !== undefined)

  it.each(subs)('$a without $b is $expected', ({ a, b, expected }) => {
    expect(JSON.stringify(parse(a!).sub(parse(b!)))).toBe(expected)
  })

  it.each(forms)('$name of $bits bits with $set set', each => {
    const bits = BitArray.from(each.bits!, index => each.set!.includes(index))
    if (each.expected_json !== undefined) expect(JSON.stringify(bits)).toBe(each.expected_json)
    if (each.expected_bytes !== undefined) expect(hex(bits.toBytes())).toBe(each.expected_bytes)
    if (each.expected_proto !== undefined) {
      expect(hex(encodeBitArray(bits))).toBe(each.expected_proto)
      expect(decodeBitArray(Buffer.from(each.expected_proto, 'hex'), 65).equals(bits)).toBe(true)
    }
  })

  it('has no other case of bit arrays', () => {
    expect(subs.length + forms.length).toBe(cases.length)
  })
})

describe('BitArray', () => {
  it('prints as CometBFT does', () => {
    expect(String(of('x_x_'))).toBe('BA{4:x_x_}')
    expect(String(new BitArray(0))).toBe('BA{0:}')
  })

  it('reads only its own text', () => {
    for (const text of ['x-', 'X', ' x', 'x\n', '1']) expect(BitArray.fromText(text, 10)).toBeNull()
    expect(BitArray.fromText('xxx', 2)).toBeNull()
  })

  it('answers false outside and refuses to set there', () => {
    const bits = of('xxx')
    for (const index of [-1, 3, 35, 2 ** 32, Number.NaN]) {
      expect(bits.has(index)).toBe(false)
      expect(() => bits.set(index)).toThrow(/no bit/)
    }
  })

  it('does what arrays of booleans do', () => {
    const flags = fc.array(fc.boolean(), { maxLength: 140 })
    const toBits = (values: boolean[]) => BitArray.from(values.length, index => values[index]!)
    const toFlags = (bits: BitArray) => Array.from({ length: bits.size }, (_, index) => bits.has(index))
    fc.assert(
      fc.property(flags, flags, (a, b) => {
        const [x, y] = [toBits(a), toBits(b)]
        const longer = a.length > b.length ? a : b
        expect(toFlags(x)).toEqual(a)
        expect(toFlags(x.not())).toEqual(a.map(flag => !flag))
        expect(x.not().count()).toBe(a.filter(flag => !flag).length)
        expect(toFlags(x.or(y))).toEqual(longer.map((_, i) => a[i] === true || b[i] === true))
        expect(toFlags(x.and(y))).toEqual(a.slice(0, b.length).map((flag, i) => flag && b[i]!))
        expect(toFlags(x.sub(y))).toEqual(a.map((flag, i) => flag && b[i] !== true))
        expect([...x.indexes()]).toEqual(a.flatMap((flag, i) => (flag ? [i] : [])))
        expect(x.count()).toBe(a.filter(Boolean).length)
        expect(x.isEmpty()).toBe(!a.includes(true))
        expect(x.isFull()).toBe(!a.includes(false))
        expect(x.equals(y)).toBe(JSON.stringify(a) === JSON.stringify(b))
        expect(decodeBitArray(encodeBitArray(x), 140).equals(x)).toBe(true)
        expect(of(x.toJSON() ?? '').equals(x)).toBe(true)
      })
    )
  })

  it('gives a copy that is its own', () => {
    const bits = of('x__')
    const copy = bits.copy()
    copy.set(0, false)
    copy.set(2)
    expect([String(bits), String(copy)]).toEqual(['BA{3:x__}', 'BA{3:__x}'])
  })
})

describe('A-03: bits and elems that do not fit each other', () => {
  function wire(bits: number, elements: readonly bigint[]): Uint8Array {
    const writer = new ProtoWriter()
    writer.int64(1, bits)
    writer.packedUint64(2, elements)
    return writer.finish()
  }

  it.each<[string, number, bigint[]]>([
    ['bits without elems', 4, []],
    ['elems without bits', 0, [0n]],
    ['too few elems', 65, [1n]],
    ['too many elems', 64, [1n, 1n]],
    ['a bit beyond the last', 3, [0b1000n]],
    ['a bit beyond the last in the second element', 65, [0n, 0b10n]],
    ['negative bits', -1, []],
    ['more bits than allowed', 129, [0n, 0n, 0n]]
  ])('%s', (_, bits, elements) => {
    expect(tryDecode(bytes => decodeBitArray(bytes, 128), wire(bits, elements)).ok).toBe(false)
  })

  it('any bytes: refused, or what their content is written as', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 24 }),
      fc
        .tuple(fc.nat(130), fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 3 }))
        .map(each => wire(...each))
    )
    fc.assert(
      fc.property(bytes, each => {
        const decoded = tryDecode(input => decodeBitArray(input, 128), each)
        if (decoded.ok) expect(Buffer.from(encodeBitArray(decoded.value))).toEqual(Buffer.from(each))
      }),
      { numRuns: 3000 }
    )
  })

  it('the same with all in order', () => {
    const decoded = decodeBitArray(wire(128, [2n ** 64n - 1n, 2n ** 63n]), 128)
    expect(decoded.count()).toBe(65)
  })
})
