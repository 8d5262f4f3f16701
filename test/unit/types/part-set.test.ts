import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../../src/codec/index.ts'
import { sha256, sha256Hex } from '../../../src/crypto/index.ts'
import {
  BLOCK_PART_SIZE_BYTES,
  decodePart,
  encodePart,
  makePartSet,
  maxPartsOf,
  type Part,
  PartSetAssembler,
  validatePart
} from '../../../src/types/index.ts'
import { InvariantError } from '../../../src/util/index.ts'
import { hexOf } from './domain-vectors.ts'
import { vectorCases } from './vectors.ts'

interface PartSetCase {
  name: string
  seed?: number
  data_len?: number
  data_sha256?: string
  part_size?: number
  expected_total?: number
  expected_hash?: string
  expected_part_0?: {
    bytes_sha256: string
    proof: { total: string; index: string; leaf_hash: string; aunts: string[] }
  }
  expected_last_part_len?: number
}

const cases = vectorCases<PartSetCase>('part_set.json')

/** The bytes of the vectors: sha256("seed:0") sha256("seed:1") ... */
function seededBytes(seed: number, length: number): Uint8Array {
  const chunks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    sha256(new TextEncoder().encode(`${seed}:${index}`))
  )
  return new Uint8Array(Buffer.concat(chunks)).subarray(0, length)
}

/** What the rest of part_set.json asks, by the name of the case. */
const judgements: Record<string, () => boolean> = {
  'Part ValidateBasic: good': () => {
    const { parts } = makePartSet(new Uint8Array(BLOCK_PART_SIZE_BYTES * 100))
    return validatePart(parts[0]!) === null
  },
  'Part ValidateBasic: good small last part': () => {
    const { parts } = makePartSet(new Uint8Array(BLOCK_PART_SIZE_BYTES + 65535))
    return parts[1]!.bytes.length === 65535 && validatePart(parts[1]!) === null
  },
  'Part ValidateBasic: too big proof': () => {
    const { parts } = makePartSet(new Uint8Array(BLOCK_PART_SIZE_BYTES + 65535))
    const proof = { ...parts[1]!.proof, leafHash: '00'.repeat(1048576) }
    return validatePart({ ...parts[1]!, proof }) !== null
  },
  'TestWrongProof: aunt byte changed': () => {
    const { header, parts } = makePartSet(seededBytes(1, BLOCK_PART_SIZE_BYTES * 3))
    const [aunt, ...rest] = parts[0]!.proof.aunts
    const changed = `${aunt!.slice(0, -1)}${aunt!.endsWith('0') ? '1' : '0'}`
    const part = { ...parts[0]!, proof: { ...parts[0]!.proof, aunts: [changed, ...rest] } }
    return new PartSetAssembler(header, { maxTotal: 3 }).add(part) === 'invalid'
  },
  'TestWrongProof: part bytes changed': () => {
    const { header, parts } = makePartSet(seededBytes(1, BLOCK_PART_SIZE_BYTES * 3))
    const bytes = parts[1]!.bytes.slice()
    bytes[0]! ^= 1
    return new PartSetAssembler(header, { maxTotal: 3 }).add({ ...parts[1]!, bytes }) === 'invalid'
  }
}

describe('part_set.json', () => {
  it.each(cases.filter(each => each.seed))('$name', each => {
    const data = seededBytes(each.seed!, each.data_len!)
    expect(sha256Hex(data)).toBe(each.data_sha256)
    const { header, parts } = makePartSet(data, each.part_size)
    expect(header).toEqual({ total: each.expected_total, hash: each.expected_hash })
    expect(parts).toHaveLength(each.expected_total!)
    const { bytes_sha256, proof } = each.expected_part_0!
    expect(sha256Hex(parts[0]!.bytes)).toBe(bytes_sha256)
    expect(parts[0]!.proof).toEqual({
      total: Number(proof.total),
      index: Number(proof.index),
      leafHash: proof.leaf_hash,
      aunts: proof.aunts
    })
    expect(parts.at(-1)!.bytes).toHaveLength(each.expected_last_part_len!)
  })

  it.each(cases.filter(each => !each.seed))('$name', ({ name }) => {
    expect(judgements[name]!()).toBe(true)
  })
})

describe('a part set', () => {
  const data = seededBytes(9, BLOCK_PART_SIZE_BYTES * 4 + 1000)
  const { header, parts } = makePartSet(data)
  const fresh = (changed: Partial<typeof header> = {}, maxTotal = 64) =>
    new PartSetAssembler({ ...header, ...changed }, { maxTotal })

  it('comes together in any order, and each part once', () => {
    const assembler = fresh()
    expect([assembler.missing(), assembler.isComplete, assembler.count]).toEqual([[0, 1, 2, 3, 4], false, 0])
    for (const [added, index] of [3, 0, 4, 2].entries()) {
      expect(assembler.add(parts[index]!)).toBe('added')
      expect(assembler.add(parts[index]!)).toBe('duplicate')
      expect([assembler.has(index), assembler.part(index), assembler.count]).toEqual([
        true,
        parts[index],
        added + 1
      ])
    }
    expect([assembler.missing(), assembler.isComplete, assembler.part(1)]).toEqual([[1], false, null])
    expect(assembler.add(decodePart(encodePart(parts[1]!)))).toBe('added')
    expect([assembler.missing(), assembler.isComplete, assembler.byteLength]).toEqual([[], true, data.length])
    expect(sha256Hex(assembler.bytes())).toBe(sha256Hex(data))
  })

  it('gives no bytes before it is complete', () => {
    const assembler = fresh()
    assembler.add(parts[0]!)
    expect(() => assembler.bytes()).toThrow(InvariantError)
  })

  it('A-02: takes no part whose index is not its proof’s', () => {
    const assembler = fresh()
    expect(assembler.add({ ...parts[1]!, index: 2 })).toBe('invalid')
    expect(assembler.add({ ...parts[1]!, proof: parts[2]!.proof })).toBe('invalid')
    expect(validatePart({ ...parts[1]!, index: 2 })).toBe('part index 2 != proof index 1')
    expect(assembler.missing()).toHaveLength(5)
  })

  it('A-02: takes no part whose proof is for another number of parts', () => {
    const other = makePartSet(data.subarray(0, BLOCK_PART_SIZE_BYTES * 4))
    const part = other.parts[0]!
    expect(fresh().add(part)).toBe('invalid')
    expect(fresh({ hash: other.header.hash }).add(part)).toBe('invalid')
    expect(fresh({ hash: other.header.hash, total: 4 }).add(part)).toBe('added')
  })

  it('A-04: takes nothing for a header with more parts than the params allow', () => {
    const assembler = fresh({}, 4)
    expect(parts.map(part => assembler.add(part))).toEqual(parts.map(() => 'invalid'))
    expect([assembler.missing(), assembler.isComplete]).toEqual([[], false])
    const huge = fresh({ total: 4294967295 }, maxPartsOf(-1))
    expect([huge.add(parts[0]!), huge.missing(), huge.isComplete]).toEqual(['invalid', [], false])
  })

  it('A-18: takes no crafted part, and never throws over one', () => {
    const part = parts[1]!
    const crafted: Part[] = [
      { ...part, index: -1, proof: { ...part.proof, index: -1 } },
      { ...part, index: 5, proof: { ...part.proof, index: 5 } },
      { ...part, index: 0.5 },
      { ...part, index: Number.NaN },
      { ...part, bytes: new Uint8Array(0) },
      { ...part, bytes: part.bytes.subarray(1) },
      { ...part, bytes: new Uint8Array(BLOCK_PART_SIZE_BYTES + 1) },
      { ...part, proof: { ...part.proof, total: 0 } },
      { ...part, proof: { ...part.proof, leafHash: '' } },
      { ...part, proof: { ...part.proof, aunts: [] } },
      { ...part, proof: { ...part.proof, aunts: [...part.proof.aunts, ''] } },
      { ...part, proof: { ...part.proof, aunts: Array(101).fill(part.proof.leafHash) } }
    ]
    const assembler = fresh()
    expect(crafted.map(each => assembler.add(each))).toEqual(crafted.map(() => 'invalid'))
    expect(assembler.count).toBe(0)
  })

  it('with an empty header is never complete', () => {
    for (const changed of [{ total: 0 }, { hash: '' }, { total: 0, hash: '' }]) {
      const assembler = fresh(changed)
      expect([assembler.add(parts[0]!), assembler.isComplete]).toEqual(['invalid', false])
    }
  })
})

describe('a part on the wire', () => {
  const { parts } = makePartSet(seededBytes(4, BLOCK_PART_SIZE_BYTES + 5))

  it('comes back as it was', () => {
    for (const part of parts) {
      const decoded = decodePart(encodePart(part))
      expect([decoded.index, hexOf(decoded.bytes), decoded.proof]).toEqual([
        part.index,
        hexOf(part.bytes),
        part.proof
      ])
    }
  })

  it('A-46: is refused when it is too big, or its proof is', () => {
    const bytes = new Uint8Array(BLOCK_PART_SIZE_BYTES + 1)
    expect(() => decodePart(encodePart({ ...parts[0]!, bytes }))).toThrow(DecodeError)
    const aunts = Array<string>(101).fill('00')
    const proof = { ...parts[0]!.proof, aunts }
    expect(() => decodePart(encodePart({ ...parts[0]!, proof }))).toThrow(/too many aunts/)
    const long = { ...parts[0]!.proof, aunts: ['00'.repeat(33)] }
    expect(() => decodePart(encodePart({ ...parts[0]!, proof: long }))).toThrow(/longer than 32/)
  })

  it('A-11: is refused without its proof', () => {
    expect(() => decodePart(Uint8Array.of(0x12, 0x01, 0x41))).toThrow(/proof is missing/)
  })
})
