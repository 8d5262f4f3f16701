import { HASH_BYTES, sha256Latin1 } from '../../../crypto/index.ts'

/** Children of an inner node: one for each value of the next four bits of a key's hash. */
export const FAN_OUT = 16
const MASKS_BYTES = 4
const LEAF_DOMAIN = 0
const INNER_DOMAIN = 1
const INNER_HEAD_BYTES = 3

/** 32 bytes as a string of 32 characters, each one byte. */
export type Hash = string

/** A subtree: one key (`key` is its hash), or an inner node of two keys and more, whose own children stand elsewhere. */
export interface Subtree {
  readonly key: Hash | null
  readonly hash: Hash
}
export type Children = (Subtree | null)[]

const leafInput = Buffer.alloc(1 + 2 * HASH_BYTES, LEAF_DOMAIN)
const innerInput = Buffer.alloc(INNER_HEAD_BYTES + FAN_OUT * HASH_BYTES, INNER_DOMAIN)

export function noChildren(): Children {
  return new Array<Subtree | null>(FAN_OUT).fill(null)
}

/** sha256(00 keyHash valueHash). */
export function hashLeaf(key: Hash, value: Uint8Array): Hash {
  leafInput.write(key, 1, 'latin1')
  leafInput.write(sha256Latin1(value), 1 + HASH_BYTES, 'latin1')
  return sha256Latin1(leafInput)
}

/** sha256(01 mask hashes): the mask has a bit for each child there is, the hashes follow in order. */
export function hashInner(children: Children): Hash {
  let mask = 0
  let length = INNER_HEAD_BYTES
  for (let index = 0; index < FAN_OUT; index++) {
    const child = children[index]
    if (!child) continue
    mask |= 1 << index
    innerInput.write(child.hash, length, 'latin1')
    length += HASH_BYTES
  }
  innerInput.writeUInt16BE(mask, 1)
  return sha256Latin1(innerInput.subarray(0, length))
}

/** Stored form: masks of leaves and of inner nodes, then key and hash of each leaf and the hash of each inner node, in order. */
export function encodeChildren(children: Children): Uint8Array {
  const bytes = Buffer.allocUnsafe(MASKS_BYTES + FAN_OUT * 2 * HASH_BYTES)
  let leaves = 0
  let inner = 0
  let length = MASKS_BYTES
  for (let index = 0; index < FAN_OUT; index++) {
    const child = children[index]
    if (!child) continue
    if (child.key === null) inner |= 1 << index
    else {
      leaves |= 1 << index
      length += bytes.write(child.key, length, 'latin1')
    }
    length += bytes.write(child.hash, length, 'latin1')
  }
  bytes.writeUInt16BE(leaves, 0)
  bytes.writeUInt16BE(inner, 2)
  return Uint8Array.prototype.slice.call(bytes, 0, length)
}

/** Null for bytes {@link encodeChildren} did not write. */
export function decodeChildren(stored: Uint8Array): Children | null {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length)
  if (bytes.length < MASKS_BYTES) return null
  const leaves = bytes.readUInt16BE(0)
  const inner = bytes.readUInt16BE(2)
  if ((leaves & inner) !== 0) return null
  const children = noChildren()
  let at = MASKS_BYTES
  const next = (): Hash => {
    at += HASH_BYTES
    return bytes.toString('latin1', at - HASH_BYTES, at)
  }
  for (let index = 0; index < FAN_OUT; index++) {
    const bit = 1 << index
    if ((leaves & bit) !== 0) children[index] = { key: next(), hash: next() }
    else if ((inner & bit) !== 0) children[index] = { key: null, hash: next() }
  }
  return at === bytes.length ? children : null
}
