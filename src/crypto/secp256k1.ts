import { createPublicKey, type KeyObject, verify as nodeVerify } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { assert, GenerationCache } from '../util/index.ts'

export const SECP256K1_PRIVATE_KEY_BYTES = 32
export const SECP256K1_PUBLIC_KEY_BYTES = 33
export const SECP256K1_SIGNATURE_BYTES = 64

/** Accounts that send again and again; importing a key costs half of a verification. */
const MAX_CACHED_KEYS = 4096
/** What stands before a compressed point in a DER public key on this curve (RFC 5480). */
const SPKI_PREFIX = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex')
/** Half of the group's order: S above it is the other form of the same signature. */
const HALF_ORDER = Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex')
const importedKeys = new GenerationCache<KeyObject>(MAX_CACHED_KEYS)

/** The 33-byte compressed public key. */
export function secp256k1PublicKeyOf(privateKey: Uint8Array): Uint8Array {
  assert(isSecp256k1PrivateKey(privateKey), 'not a secp256k1 private key')
  return secp256k1.getPublicKey(privateKey, true)
}

/** True for 32 bytes that are a number from 1 to the order of the group less one. */
export function isSecp256k1PrivateKey(bytes: Uint8Array): boolean {
  return bytes.length === SECP256K1_PRIVATE_KEY_BYTES && secp256k1.utils.isValidSecretKey(bytes)
}

/** True for 33 bytes that are a point of the curve. */
export function isSecp256k1PublicKey(bytes: Uint8Array): boolean {
  return bytes.length === SECP256K1_PUBLIC_KEY_BYTES && secp256k1.utils.isValidPublicKey(bytes, true)
}

/** A fresh private key from the operating system's randomness. */
export function generateSecp256k1PrivateKey(): Uint8Array {
  return secp256k1.utils.randomSecretKey()
}

/** Deterministic signature (RFC 6979) over sha256(message): R and S, 32 bytes each, S in the lower half. */
export function signSecp256k1(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  assert(isSecp256k1PrivateKey(privateKey), 'not a secp256k1 private key')
  return secp256k1.sign(message, privateKey, { prehash: true, lowS: true, format: 'compact' })
}

/**
 * False also for inputs of another length, keys off the curve, and S in the upper half (CometBFT crypto/secp256k1).
 * OpenSSL goes first, being five times faster; what it rejects is decided by the other implementation.
 */
export function verifySecp256k1(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== SECP256K1_PUBLIC_KEY_BYTES) return false
  if (signature.length !== SECP256K1_SIGNATURE_BYTES) return false
  if (Buffer.compare(signature.subarray(32), HALF_ORDER) > 0) return false
  if (verifyNatively(publicKey, message, signature)) return true
  try {
    return secp256k1.verify(signature, message, publicKey, { prehash: true, lowS: true, format: 'compact' })
  } catch {
    // The library throws on keys that are no points.
    return false
  }
}

function verifyNatively(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = importPublicKey(publicKey)
    return nodeVerify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    // OpenSSL throws on keys that are no points; that is a "no" like any other.
    return false
  }
}

function importPublicKey(publicKey: Uint8Array): KeyObject {
  const cacheKey = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('latin1')
  const known = importedKeys.get(cacheKey)
  if (known !== undefined) return known
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  importedKeys.set(cacheKey, key)
  return key
}
