import { ripemd160 } from '@noble/hashes/legacy.js'
import { GenerationCache } from '../util/index.ts'
import { ED25519_PUBLIC_KEY_BYTES, ED25519_SIGNATURE_BYTES, verifyEd25519 } from './ed25519.ts'
import { type Hex, sha256, sha256Hex, sha256Latin1 } from './hash.ts'
import { SECP256K1_PUBLIC_KEY_BYTES, SECP256K1_SIGNATURE_BYTES, verifySecp256k1 } from './secp256k1.ts'

export const ADDRESS_BYTES = 20

export type KeyType = 'ed25519' | 'secp256k1'

export interface PublicKey {
  readonly type: KeyType
  /** ed25519: 32 bytes; secp256k1: 33 bytes, compressed. */
  readonly bytes: Uint8Array
}

/** The 20-byte address: ed25519 the start of sha256(key), secp256k1 ripemd160(sha256(key)). */
export function addressOf(publicKey: PublicKey): Hex {
  if (publicKey.type === 'ed25519') return sha256Hex(publicKey.bytes).slice(0, 2 * ADDRESS_BYTES)
  return Buffer.from(ripemd160(sha256(publicKey.bytes))).toString('hex')
}

/** Length of a public key of this type. */
export function publicKeyLength(type: KeyType): number {
  return type === 'ed25519' ? ED25519_PUBLIC_KEY_BYTES : SECP256K1_PUBLIC_KEY_BYTES
}

/** The port through which every consensus signature is checked. */
export interface SignatureVerifier {
  verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean
}

/** Checks one signature without remembering it. */
export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return key.type === 'ed25519'
    ? verifyEd25519(key.bytes, message, signature)
    : verifySecp256k1(key.bytes, message, signature)
}

/**
 * A verifier that remembers up to `cacheSize` signatures found good, so that a commit costs nothing when its votes
 * were seen before. Bad ones are not remembered: they would push out the good ones.
 */
export function makeSignatureVerifier(options: { cacheSize: number }): SignatureVerifier {
  const verified = new GenerationCache<true>(options.cacheSize)
  return {
    verify(key, message, signature) {
      if (key.bytes.length !== publicKeyLength(key.type)) return false
      if (signature.length !== signatureLength(key.type)) return false
      const cacheKey = sha256Latin1(joined(key, message, signature))
      if (verified.get(cacheKey) === true) return true
      if (!verifySignature(key, message, signature)) return false
      verified.set(cacheKey, true)
      return true
    }
  }
}

function signatureLength(type: KeyType): number {
  return type === 'ed25519' ? ED25519_SIGNATURE_BYTES : SECP256K1_SIGNATURE_BYTES
}

/** Key and signature have the length of their type, so the joined bytes belong to one triple only. */
function joined(key: PublicKey, message: Uint8Array, signature: Uint8Array): Uint8Array {
  const keyEnd = 1 + key.bytes.length
  const signatureEnd = keyEnd + signature.length
  const all = Buffer.allocUnsafe(signatureEnd + message.length)
  all[0] = key.type === 'ed25519' ? 1 : 2
  all.set(key.bytes, 1)
  all.set(signature, keyEnd)
  all.set(message, signatureEnd)
  return all
}
