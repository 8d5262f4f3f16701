import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/crypto/index.ts'
import { type BlockId, blockIdKey, makePartSet, type Part } from '../../../src/types/index.ts'
import { HeightBlocks, partsOf } from '../../../src/validator/height-blocks.ts'

const keepAll = (): boolean => true
const keepNone = (): boolean => false

/** Parts of some bytes that are no block, under a made-up header hash. */
function fakeBlock(name: string, bytes: number): { id: BlockId; parts: readonly Part[] } {
  const { header, parts } = makePartSet(Buffer.alloc(bytes, name))
  return { id: { hash: sha256Hex(Buffer.from(name)), partSetHeader: header }, parts }
}

describe('blocks of a height', () => {
  it('gathers parts in any order and says when a block is complete', () => {
    const blocks = new HeightBlocks(16)
    const { id, parts } = fakeBlock('a', 3 * 65536)
    expect(blocks.expect(id, keepAll)).toEqual({ placed: [], completed: [] })
    expect(blocks.addPart(parts[2]!)).toMatchObject({ kind: 'added', complete: false })
    expect(blocks.addPart(parts[0]!)).toMatchObject({ kind: 'added', complete: false })
    expect(blocks.addPart(parts[0]!)).toEqual({ kind: 'duplicate' })
    expect(blocks.addPart(parts[1]!)).toMatchObject({ kind: 'added', complete: true })
    expect(partsOf(blocks.get(blockIdKey(id))!.parts)).toEqual(parts)
  })

  it('gives no block for parts that are not the block their id names', () => {
    const blocks = new HeightBlocks(16)
    const { id, parts } = fakeBlock('a', 100)
    blocks.expect(id, keepAll)
    expect(blocks.addPart(parts[0]!)).toMatchObject({ kind: 'added', complete: true })
    expect(blocks.get(blockIdKey(id))?.block).toBeNull()
  })

  it('keeps parts that come before their proposal, a bounded number of them', () => {
    const blocks = new HeightBlocks(200)
    const { id, parts } = fakeBlock('a', 3 * 65536)
    for (const part of parts) expect(blocks.addPart(part)).toEqual({ kind: 'unexpected' })
    const outcome = blocks.expect(id, keepAll)
    expect(outcome?.placed).toEqual(parts)
    expect(outcome?.completed).toEqual([blockIdKey(id)])
    const many = fakeBlock('b', 100 * 65536)
    for (const part of many.parts) blocks.addPart(part)
    expect(blocks.expect(many.id, keepAll)?.placed).toHaveLength(64)
  })

  it('keeps a part that stands where a complete block has one too', () => {
    const blocks = new HeightBlocks(16)
    const [first, second] = [fakeBlock('a', 100), fakeBlock('b', 100)]
    blocks.expect(first.id, keepAll)
    blocks.addPart(first.parts[0]!)
    expect(blocks.addPart(second.parts[0]!)).toEqual({ kind: 'unexpected' })
    expect(blocks.expect(second.id, keepAll)?.completed).toEqual([blockIdKey(second.id)])
  })

  it('keeps every part of the own log until its block is named', () => {
    const blocks = new HeightBlocks(200)
    const { id, parts } = fakeBlock('a', 100 * 65536)
    for (const part of parts) blocks.addPart(part, true)
    expect(blocks.expect(id, keepAll)?.completed).toEqual([blockIdKey(id)])
  })

  it('refuses to gather more parts than a block may have (A-04)', () => {
    const blocks = new HeightBlocks(2)
    expect(blocks.expect(fakeBlock('a', 3 * 65536).id, keepAll)).toBeNull()
  })

  it('lets go only what is not needed', () => {
    const blocks = new HeightBlocks(16)
    const ids = Array.from({ length: 12 }, (_, index) => fakeBlock(`block ${index}`, 10 + index).id)
    const first = blockIdKey(ids[0]!)
    for (const id of ids) blocks.expect(id, key => key === first)
    expect([...blocks.entries()]).toHaveLength(8)
    expect(blocks.get(first)).toBeDefined()
    expect(blocks.get(blockIdKey(ids[11]!))).toBeDefined()
    const crowded = new HeightBlocks(16)
    for (const id of ids) crowded.expect(id, keepNone)
    expect([...crowded.entries()]).toHaveLength(8)
  })
})
