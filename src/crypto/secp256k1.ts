import { secp256k1 } from '@noble/curves/secp256k1.js'
import { assert } from '../util/index.ts'

export const SECP256K1_PRIVATE_KEY_BYTES = 32
export const SECP256K1_PUBLIC_KEY_BYTES = 33
export const SECP256K1_SIGNATURE_BYTES = 64

/** The 33-byte compressed public key. */
export function secp256k1PublicKeyOf(privateKey: Uint8Array): Uint8Array {
  assert(secp256k1.utils.isValidSecretKey(privateKey), 'not a secp256k1 private key')
  return secp256k1.getPublicKey(privateKey, true)
}

/** Deterministic signature (RFC 6979) over sha256(message): R and S, 32 bytes each, S in the lower half. */
export function signSecp256k1(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  assert(secp256k1.utils.isValidSecretKey(privateKey), 'not a secp256k1 private key')
  return secp256k1.sign(message, privateKey, { prehash: true, lowS: true, format: 'compact' })
}

/** False also for inputs of another length, keys off the curve, and S in the upper half (CometBFT crypto/secp256k1). */
export function verifySecp256k1(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== SECP256K1_PUBLIC_KEY_BYTES) return false
  if (signature.length !== SECP256K1_SIGNATURE_BYTES) return false
  try {
    return secp256k1.verify(signature, message, publicKey, { prehash: true, lowS: true, format: 'compact' })
  } catch {
    // The library throws on keys that are no points.
    return false
  }
}
