import { sha256Latin1 } from '../../../crypto/index.ts'
import { AppError } from '../../app-error.ts'
import {
  type Children,
  FAN_OUT,
  type Hash,
  hashInner,
  hashLeaf,
  noChildren,
  type Subtree
} from './tree-node.ts'

/** Where a node stands: the digits its keys begin with, as hex text; '' is the root. */
export type NodePath = string

export interface NodeSource {
  /** The children of the inner node at `path`; null when there is none. */
  node(path: NodePath): Children | null
}

/** Key (as text) and its new value, null to remove it. */
export type TreeChanges = Iterable<readonly [key: string, value: Uint8Array | null]>

export interface TreeUpdate {
  readonly root: Hash
  /** Nodes that are different now; null for those that are gone. */
  readonly nodes: ReadonlyMap<NodePath, Children | null>
}

/** One change: the hex of the key's hash leads the way down, one digit a level. */
interface Leaf {
  readonly way: string
  readonly leaf: Subtree | null
}

/** sha256 of nothing: the root of no keys. */
export const EMPTY_ROOT: Hash = sha256Latin1(new Uint8Array(0))

/**
 * A Merkle tree over key-value pairs: a trie of 16 branches by the hash of the key, in which a subtree of one key is
 * that key's leaf. Its shape depends on the keys alone, not on the order they came in, and changing n keys touches
 * about n log16(size) nodes. Returns what changes; the source stays as it is.
 */
export function updateTree(source: NodeSource, changes: TreeChanges): TreeUpdate {
  const nodes = new Map<NodePath, Children | null>()
  const leaves: Leaf[] = []
  for (const [key, value] of changes) {
    const hash = sha256Latin1(Buffer.from(key, 'latin1'))
    const way = Buffer.from(hash, 'latin1').toString('hex')
    leaves.push({ way, leaf: value === null ? null : { key: hash, hash: hashLeaf(hash, value) } })
  }
  const before = source.node('')
  const children = changeChildren({ source, nodes }, '', before ?? noChildren(), leaves)
  const isEmpty = children.every(child => child === null)
  if (isEmpty) nodes.set('', null)
  else nodes.set('', children)
  return { root: isEmpty ? EMPTY_ROOT : hashInner(children), nodes }
}

/** The root as it stands. */
export function rootOf(source: NodeSource): Hash {
  const children = source.node('')
  return children === null ? EMPTY_ROOT : hashInner(children)
}

interface Work {
  readonly source: NodeSource
  readonly nodes: Map<NodePath, Children | null>
}

function changeChildren(work: Work, path: NodePath, before: Children, leaves: readonly Leaf[]): Children {
  const children = before.slice()
  for (const [digit, group] of byDigit(leaves, path.length)) {
    const at = Number.parseInt(digit, FAN_OUT)
    children[at] = changeSubtree(work, path + digit, children[at] ?? null, group)
  }
  return children
}

function byDigit(leaves: readonly Leaf[], depth: number): ReadonlyMap<string, Leaf[]> {
  const groups = new Map<string, Leaf[]>()
  for (const leaf of leaves) {
    const digit = leaf.way[depth]!
    const group = groups.get(digit)
    if (group === undefined) groups.set(digit, [leaf])
    else group.push(leaf)
  }
  return groups
}

function changeSubtree(
  work: Work,
  path: NodePath,
  before: Subtree | null,
  leaves: readonly Leaf[]
): Subtree | null {
  if (before !== null && before.key === null) {
    return fold(work, path, changeChildren(work, path, childrenAt(work, path), leaves))
  }
  const present = leaves.filter(({ leaf }) => leaf !== null)
  if (before !== null) {
    const way = Buffer.from(before.key!, 'latin1').toString('hex')
    if (leaves.every(each => each.way !== way)) present.push({ way, leaf: before })
  }
  if (present.length <= 1) return present[0]?.leaf ?? null
  return fold(work, path, changeChildren(work, path, noChildren(), present))
}

/** An inner node for two keys and more; what became smaller is no node any more. */
function fold(work: Work, path: NodePath, children: Children): Subtree | null {
  const left = children.filter(child => child !== null)
  const only = left.length === 1 ? left[0]! : null
  if (left.length === 0 || (only !== null && only.key !== null)) {
    work.nodes.set(path, null)
    return only
  }
  work.nodes.set(path, children)
  return { key: null, hash: hashInner(children) }
}

function childrenAt({ source }: Work, path: NodePath): Children {
  const children = source.node(path)
  if (children !== null) return children
  throw new AppError(
    'STATE_DAMAGED',
    `staking: node ${path} of the state tree is missing; resync the app from the blocks`
  )
}
