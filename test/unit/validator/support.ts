import { addressOf, makeEd25519Signer, sha256 } from '../../../src/crypto/index.ts'
import type { SigningKey } from '../../../src/validator/index.ts'

/** A signing key for tests; the same index gives the same key. */
export function testKey(index: number): SigningKey {
  const signer = makeEd25519Signer(sha256(Buffer.from(`test key ${index}`)))
  const publicKey = { type: 'ed25519', bytes: signer.publicKey } as const
  return { publicKey, address: addressOf(publicKey), sign: message => signer.sign(message) }
}
