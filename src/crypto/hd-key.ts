import { createHmac } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { assert } from '../util/index.ts'
import { secp256k1PublicKeyOf } from './secp256k1.ts'

const HARDENED = 0x80000000
const PATH = /^m(?:\/(?:0|[1-9]\d{0,9})'?)*$/

/** The path Cosmos wallets use for their first account (SLIP-44 coin type 118). */
export const COSMOS_HD_PATH = "m/44'/118'/0'/0/0"

interface ExtendedKey {
  readonly key: bigint
  readonly chainCode: Uint8Array
}

/** True for a path such as `m/44'/118'/0'/0/0`. */
export function isHdPath(path: string): boolean {
  return PATH.test(path) && steps(path).every(index => index < 2 * HARDENED)
}

/** The secp256k1 private key at `path` below a BIP-39 seed (BIP-32), 32 bytes. */
export function deriveSecp256k1(seed: Uint8Array, path: string): Uint8Array {
  assert(isHdPath(path), 'not a derivation path')
  const master = split(hmac(Buffer.from('Bitcoin seed'), seed))
  let current: ExtendedKey = { key: scalar(master.left), chainCode: master.right }
  for (const index of steps(path)) current = child(current, index)
  return bytesOf(current.key)
}

function steps(path: string): number[] {
  return path
    .split('/')
    .slice(1)
    .map(step => {
      const index = Number.parseInt(step, 10)
      if (!step.endsWith("'")) return index < HARDENED ? index : 2 * HARDENED
      return index < HARDENED ? index + HARDENED : 2 * HARDENED
    })
}

function child(parent: ExtendedKey, index: number): ExtendedKey {
  const key = bytesOf(parent.key)
  const data = Buffer.alloc(37)
  if (index >= HARDENED) data.set(key, 1)
  else data.set(secp256k1PublicKeyOf(key))
  data.writeUInt32BE(index, 33)
  const { left, right } = split(hmac(parent.chainCode, data))
  const sum = (scalar(left) + parent.key) % secp256k1.Point.Fn.ORDER
  // BIP-32 skips such an index; it takes 2^127 tries to find one.
  assert(sum !== 0n, 'derivation led to the key 0')
  return { key: sum, chainCode: right }
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha512', key).update(data).digest()
}

function split(hash: Uint8Array): { readonly left: Uint8Array; readonly right: Uint8Array } {
  return { left: hash.subarray(0, 32), right: hash.subarray(32) }
}

function scalar(bytes: Uint8Array): bigint {
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  assert(value > 0n && value < secp256k1.Point.Fn.ORDER, 'derivation left the field')
  return value
}

function bytesOf(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
}
