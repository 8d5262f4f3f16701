import {
  addressOf,
  makeEd25519Signer,
  makeSignatureVerifier,
  type SignatureVerifier,
  sha256
} from '../crypto/index.ts'
import type { PublicKey } from '../types/index.ts'
import type { SigningKey } from '../validator/index.ts'

/** How simulated validators sign: 'hash' is a hundred times cheaper and as good where nobody forges. */
export type SimScheme = 'hash' | 'ed25519'

export interface SimCrypto {
  readonly verifier: SignatureVerifier
  /** The key of one validator; the same seed and index give the same key. */
  key(seed: string, index: number): SigningKey
}

const VERIFIED_CACHE = 10_000

export function makeSimCrypto(scheme: SimScheme): SimCrypto {
  return scheme === 'ed25519' ? realCrypto() : hashCrypto()
}

function realCrypto(): SimCrypto {
  return {
    verifier: makeSignatureVerifier({ cacheSize: VERIFIED_CACHE }),
    key(seed, index) {
      const signer = makeEd25519Signer(sha256(Buffer.from(`${seed}/key/${index}`)))
      return toKey({ type: 'ed25519', bytes: signer.publicKey }, message => signer.sign(message))
    }
  }
}

/** A "signature" anyone could compute from the public key; the simulator's adversaries agree not to. */
function hashCrypto(): SimCrypto {
  const signWith = (key: Uint8Array, message: Uint8Array): Uint8Array => {
    const digest = sha256(Buffer.concat([key, message]))
    return Buffer.concat([digest, digest])
  }
  return {
    verifier: {
      verify: (key, message, signature) => Buffer.compare(signWith(key.bytes, message), signature) === 0
    },
    key(seed, index) {
      const bytes = sha256(Buffer.from(`${seed}/key/${index}`))
      return toKey({ type: 'ed25519', bytes }, message => signWith(bytes, message))
    }
  }
}

function toKey(publicKey: PublicKey, sign: (message: Uint8Array) => Uint8Array): SigningKey {
  return { publicKey, address: addressOf(publicKey), sign }
}
