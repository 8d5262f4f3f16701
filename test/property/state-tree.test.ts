import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY_ROOT, type NodePath, updateTree } from '../../src/app/staking/tree/state-tree.ts'
import { type Children, decodeChildren, encodeChildren } from '../../src/app/staking/tree/tree-node.ts'
import { sha256 } from '../../src/crypto/index.ts'

type Value = Uint8Array | null
type Batch = readonly (readonly [string, Value])[]

/** A tree that keeps its nodes as bytes, as the store does. */
class StoredTree {
  readonly nodes = new Map<NodePath, Uint8Array>()
  root = EMPTY_ROOT
  touched = 0

  apply(batch: Batch): void {
    const update = updateTree({ node: path => this.#node(path) }, batch)
    this.root = update.root
    this.touched = update.nodes.size
    for (const [path, children] of update.nodes) {
      if (children === null) this.nodes.delete(path)
      else this.nodes.set(path, encodeChildren(children))
    }
  }

  #node(path: NodePath): Children | null {
    const stored = this.nodes.get(path)
    return stored === undefined ? null : decodeChildren(stored)
  }
}

/** The same root from the whole content, by the definition and nothing else. */
function rootByDefinition(pairs: ReadonlyMap<string, Uint8Array>): string {
  const leaves = [...pairs].map(([key, value]) => {
    const hash = Buffer.from(sha256(Buffer.from(key)))
    return { way: hash.toString('hex'), hash: leafHash(hash, value) }
  })
  return leaves.length === 0 ? EMPTY_ROOT : innerHash(leaves, 0)
}

function leafHash(key: Uint8Array, value: Uint8Array): string {
  return latin1(sha256(Buffer.concat([Buffer.of(0), key, sha256(value)])))
}

function innerHash(leaves: readonly { way: string; hash: string }[], depth: number): string {
  let mask = 0
  const hashes: string[] = []
  for (let digit = 0; digit < 16; digit++) {
    const own = leaves.filter(({ way }) => Number.parseInt(way[depth]!, 16) === digit)
    if (own.length === 0) continue
    mask |= 1 << digit
    hashes.push(own.length === 1 ? own[0]!.hash : innerHash(own, depth + 1))
  }
  return latin1(
    sha256(Buffer.from(`\x01${String.fromCharCode(mask >>> 8, mask & 255)}${hashes.join('')}`, 'latin1'))
  )
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

const key = fc.nat(200).map(n => `acc/${n}`)
const value = fc.option(fc.uint8Array({ maxLength: 4 }))
const batch = fc.uniqueArray(fc.tuple(key, value), { selector: ([each]) => each, maxLength: 60, size: 'max' })

describe('state tree', () => {
  it('has the root its definition gives, whatever was changed in whatever order', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), batches => {
        const tree = new StoredTree()
        const model = new Map<string, Uint8Array>()
        for (const changes of batches) {
          tree.apply(changes)
          for (const [id, bytes] of changes) bytes === null ? model.delete(id) : model.set(id, bytes)
          expect(tree.root).toBe(rootByDefinition(model))
        }
        // One batch of what is left, from the last to the first, makes the same nodes.
        const fresh = new StoredTree()
        fresh.apply([...model].reverse())
        expect(fresh.nodes).toEqual(tree.nodes)
      }),
      { numRuns: 60 }
    )
  })

  it('forgets every node of what was removed', () => {
    fc.assert(
      fc.property(batch, changes => {
        const tree = new StoredTree()
        tree.apply(changes)
        tree.apply(changes.map(([id]) => [id, null]))
        expect(tree.nodes.size).toBe(0)
        expect(tree.root).toBe(EMPTY_ROOT)
      })
    )
  })

  it('touches the way to what changed and nothing else', () => {
    const tree = new StoredTree()
    tree.apply(Array.from({ length: 5000 }, (_, n) => [`acc/${n}`, Buffer.from(`${n}`)]))
    tree.apply([['acc/7', Buffer.from('other')]])
    expect(tree.touched).toBeLessThanOrEqual(6)
  })

  it('reads no node it did not write', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        const children = decodeChildren(bytes)
        if (children !== null) expect(encodeChildren(children)).toEqual(bytes)
      })
    )
  })
})
