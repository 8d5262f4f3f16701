import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
  randomBytes
} from 'node:crypto'
import { assert, GenerationCache } from '../util/index.ts'
import { isValidByZip215 } from './zip215.ts'

export const ED25519_SEED_BYTES = 32
export const ED25519_PUBLIC_KEY_BYTES = 32
export const ED25519_SIGNATURE_BYTES = 64

/** Above the 200 validators of the bounds table, with room for sets that change. */
const MAX_CACHED_KEYS = 2048
/** What stands before the seed in the PKCS #8 encoding of an ed25519 private key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const importedKeys = new GenerationCache<KeyObject>(MAX_CACHED_KEYS)

/** Signs with one private key that was imported once. */
export interface Ed25519Signer {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** A fresh 32-byte seed from the operating system's randomness. */
export function generatePrivateKey(): Uint8Array {
  return new Uint8Array(randomBytes(ED25519_SEED_BYTES))
}

export function makeEd25519Signer(seed: Uint8Array): Ed25519Signer {
  const privateKey = importPrivateKey(seed)
  return {
    publicKey: publicKeyBytes(privateKey),
    sign: message => new Uint8Array(nodeSign(null, message, privateKey))
  }
}

/** The 32-byte public key of a seed. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return publicKeyBytes(importPrivateKey(seed))
}

/**
 * Deterministic signature of RFC 8032, 64 bytes. Importing the key costs ten times the signing: who signs more than
 * once uses {@link makeEd25519Signer}.
 */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(nodeSign(null, message, importPrivateKey(seed)))
}

/**
 * Verifies by the rule of ZIP-215, as CometBFT does. OpenSSL goes first, being ten times faster; all it accepts ZIP-215
 * accepts too (it checks S < L and the equation without the cofactor, which implies the one with it), and what it
 * rejects is decided by the exact implementation. Inputs of another length are false.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== ED25519_PUBLIC_KEY_BYTES) return false
  if (signature.length !== ED25519_SIGNATURE_BYTES) return false
  if (verifyNatively(publicKey, message, signature)) return true
  return isValidByZip215(publicKey, message, signature)
}

/**
 * Does once what the first signature that OpenSSL rejects would wait for, some 20 ms for tables of the base point: a node
 * does it before it has a block to wait for.
 */
export function warmUpEd25519(): void {
  const basePoint = new Uint8Array(ED25519_PUBLIC_KEY_BYTES).fill(0x66)
  basePoint[0] = 0x58
  const signature = new Uint8Array(ED25519_SIGNATURE_BYTES)
  signature.set(basePoint)
  signature[ED25519_PUBLIC_KEY_BYTES] = 1
  isValidByZip215(basePoint, basePoint, signature)
}

function verifyNatively(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return nodeVerify(null, message, importPublicKey(publicKey), signature)
  } catch {
    // OpenSSL may refuse a key outright; that is a "no" like any other, and the exact rule has the last word.
    return false
  }
}

function importPublicKey(publicKey: Uint8Array): KeyObject {
  const bytes = asBuffer(publicKey)
  const cacheKey = bytes.toString('latin1')
  const known = importedKeys.get(cacheKey)
  if (known !== undefined) return known
  // Importing a JWK costs a fifteenth of importing DER.
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') },
    format: 'jwk'
  })
  importedKeys.set(cacheKey, key)
  return key
}

function importPrivateKey(seed: Uint8Array): KeyObject {
  assert(seed.length === ED25519_SEED_BYTES, 'an ed25519 seed has 32 bytes')
  // A JWK would import ten times faster, but it has to state the public key, which is not known yet.
  const key = Buffer.concat([PKCS8_PREFIX, seed])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function publicKeyBytes(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  assert(x !== undefined, 'an exported ed25519 key has its x')
  return new Uint8Array(Buffer.from(x, 'base64url'))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
