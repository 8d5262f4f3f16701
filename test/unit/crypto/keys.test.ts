import { describe, expect, it } from 'vitest'
import {
  addressOf,
  generatePrivateKey,
  makeEd25519Signer,
  makeSignatureVerifier,
  type PublicKey,
  publicKeyOf,
  secp256k1PublicKeyOf,
  sha256,
  sha256Hex,
  sha256Latin1,
  signEd25519,
  signSecp256k1,
  verifyEd25519,
  verifySecp256k1,
  verifySignature
} from '../../../src/crypto/index.ts'
import { InvariantError } from '../../../src/util/index.ts'
import { vectorCases } from '../types/vectors.ts'

interface AddressCase {
  name: string
  pub_key?: string
  secret_utf8?: string
  expected_seed?: string
  expected_pub_key?: string
  expected_address?: string
  node_key_json?: { priv_key: { value: string } }
  expected_node_id?: string
}
interface SignatureCase {
  name: string
  seed: string
  pub_key: string
  message: string
  expected_signature: string
}

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const text = (value: string) => new TextEncoder().encode(value)
const ed25519Key = (bytes: Uint8Array): PublicKey => ({ type: 'ed25519', bytes })

describe('addresses.json', () => {
  const cases = vectorCases<AddressCase>('addresses.json')

  it.each(cases)('$name $pub_key', each => {
    let key = each.pub_key
    if (each.secret_utf8 !== undefined) {
      const seed = sha256(text(each.secret_utf8))
      expect(hexOf(seed)).toBe(each.expected_seed)
      key = hexOf(publicKeyOf(seed))
      expect(key).toBe(each.expected_pub_key)
    }
    if (each.node_key_json !== undefined) {
      const stored = Buffer.from(each.node_key_json.priv_key.value, 'base64')
      key = hexOf(publicKeyOf(stored.subarray(0, 32)))
      expect(key).toBe(stored.toString('hex', 32))
    }
    expect(addressOf(ed25519Key(bytesOf(key!)))).toBe(each.expected_address ?? each.expected_node_id)
  })
})

describe('signatures.json', () => {
  it.each(vectorCases<SignatureCase>('signatures.json'))('$name', each => {
    const [seed, message] = [bytesOf(each.seed), bytesOf(each.message)]
    const signer = makeEd25519Signer(seed)
    expect(hexOf(signer.publicKey)).toBe(each.pub_key)
    expect(hexOf(signer.sign(message))).toBe(each.expected_signature)
    expect(hexOf(signEd25519(seed, message))).toBe(each.expected_signature)
    expect(verifyEd25519(signer.publicKey, message, bytesOf(each.expected_signature))).toBe(true)
  })
})

describe('hashing', () => {
  it('gives one digest in each of its forms', () => {
    const data = text('one digest')
    expect(hexOf(sha256(data))).toBe(sha256Hex(data))
    expect(Buffer.from(sha256Latin1(data), 'latin1').toString('hex')).toBe(sha256Hex(data))
    expect(sha256Hex(text('one '), text('digest'))).toBe(sha256Hex(data))
    expect(sha256Hex()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})

describe('ed25519', () => {
  const seed = sha256(text('validator'))
  const publicKey = publicKeyOf(seed)
  const message = text('message')
  const signature = signEd25519(seed, message)

  it('refuses another message, another key, and every flipped bit', () => {
    expect(verifyEd25519(publicKey, text('massage'), signature)).toBe(false)
    expect(verifyEd25519(publicKeyOf(sha256(text('other'))), message, signature)).toBe(false)
    for (let bit = 0; bit < 512; bit += 7) {
      const flipped = signature.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect([bit, verifyEd25519(publicKey, message, flipped)]).toEqual([bit, false])
    }
  })

  it('refuses other lengths without an exception', () => {
    for (const length of [0, 1, 31, 33, 64]) {
      expect(verifyEd25519(new Uint8Array(length), message, signature)).toBe(false)
    }
    for (const length of [0, 1, 63, 65, 128]) {
      expect(verifyEd25519(publicKey, message, new Uint8Array(length))).toBe(false)
    }
  })

  it('reads keys and messages that are views', () => {
    const room = new Uint8Array(200).fill(0xee)
    room.set(publicKey, 3)
    room.set(message, 50)
    room.set(signature, 100)
    expect(
      verifyEd25519(room.subarray(3, 35), room.subarray(50, 50 + message.length), room.subarray(100, 164))
    ).toBe(true)
  })

  it('makes fresh private keys', () => {
    const keys = new Set(Array.from({ length: 16 }, () => hexOf(generatePrivateKey())))
    expect([keys.size, [...keys][0]!.length]).toEqual([16, 64])
  })

  it('takes a seed of 32 bytes only', () => {
    expect(() => publicKeyOf(new Uint8Array(64))).toThrow(InvariantError)
  })
})

describe('secp256k1', () => {
  // Private key 1: its public key is the generator, its address (hash160) is known from Bitcoin.
  const one = bytesOf('01'.padStart(64, '0'))
  const publicKey = secp256k1PublicKeyOf(one)
  const message = text('message')
  const signature = signSecp256k1(one, message)

  it('derives key and address', () => {
    expect(hexOf(publicKey)).toBe('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    expect(addressOf({ type: 'secp256k1', bytes: publicKey })).toBe(
      '751e76e8199196d454941c45d1b3a323f1433bd6'
    )
  })

  it('signs sha256 of the message, always alike, and verifies', () => {
    expect(hexOf(signSecp256k1(one, message))).toBe(hexOf(signature))
    expect(signature).toHaveLength(64)
    expect(verifySecp256k1(publicKey, message, signature)).toBe(true)
    expect(verifySecp256k1(publicKey, text('massage'), signature)).toBe(false)
  })

  it('refuses the second form of a signature, with S in the upper half', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = BigInt(`0x${hexOf(signature.subarray(32))}`)
    const malleated = signature.slice()
    malleated.set(bytesOf((order - s).toString(16).padStart(64, '0')), 32)
    expect(verifySecp256k1(publicKey, message, malleated)).toBe(false)
  })

  it('refuses what is no key or no signature without an exception', () => {
    expect(verifySecp256k1(new Uint8Array(33), message, signature)).toBe(false)
    expect(verifySecp256k1(new Uint8Array(33).fill(0xff), message, signature)).toBe(false)
    expect(verifySecp256k1(publicKey.subarray(1), message, signature)).toBe(false)
    expect(verifySecp256k1(publicKey, message, new Uint8Array(64))).toBe(false)
    expect(verifySecp256k1(publicKey, message, new Uint8Array(64).fill(0xff))).toBe(false)
    expect(verifySecp256k1(publicKey, message, signature.subarray(1))).toBe(false)
  })

  it('takes private keys between 1 and the order only', () => {
    expect(() => secp256k1PublicKeyOf(new Uint8Array(32))).toThrow(InvariantError)
    expect(() => signSecp256k1(new Uint8Array(32).fill(0xff), message)).toThrow(InvariantError)
  })
})

describe('the signature verifier', () => {
  const seed = sha256(text('validator'))
  const key = ed25519Key(publicKeyOf(seed))
  const message = text('message')
  const signature = signEd25519(seed, message)

  it('answers as the plain check, before and after it remembers', () => {
    const verifier = makeSignatureVerifier({ cacheSize: 16 })
    const questions: [PublicKey, Uint8Array, Uint8Array][] = [
      [key, message, signature],
      [key, text('other'), signature],
      [key, message, new Uint8Array(64)],
      [ed25519Key(publicKeyOf(sha256(text('other')))), message, signature],
      [{ type: 'secp256k1', bytes: key.bytes }, message, signature],
      [key, message, signature.subarray(1)],
      [ed25519Key(new Uint8Array(31)), message, signature]
    ]
    for (let round = 0; round < 3; round++) {
      expect(questions.map(([k, m, s]) => verifier.verify(k, m, s))).toEqual(
        questions.map(([k, m, s]) => verifySignature(k, m, s))
      )
    }
  })

  it('does not mix up bytes at the borders of key, message and signature', () => {
    const verifier = makeSignatureVerifier({ cacheSize: 16 })
    expect(verifier.verify(key, message, signature)).toBe(true)
    const joined = Buffer.concat([signature, message])
    for (const shift of [-1, 1]) {
      const moved = joined.subarray(0, 64 + shift)
      expect(verifier.verify(key, joined.subarray(64 + shift), moved)).toBe(false)
    }
  })

  it('serves secp256k1 keys too', () => {
    const verifier = makeSignatureVerifier({ cacheSize: 16 })
    const account: PublicKey = { type: 'secp256k1', bytes: secp256k1PublicKeyOf(seed) }
    const signed = signSecp256k1(seed, message)
    expect([1, 2].map(() => verifier.verify(account, message, signed))).toEqual([true, true])
    expect(verifier.verify(account, text('other'), signed)).toBe(false)
  })
})
