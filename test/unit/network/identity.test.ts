import { createHash } from 'node:crypto'
import '../../../src/network/polyfill.ts'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { describe, expect, it } from 'vitest'
import { base58Decode, base58Encode } from '../../../src/network/base58.ts'
import { publicKeyFromSeed, publicKeyOfPeerId } from '../../../src/network/identity.ts'
import {
  NetworkError,
  nodeIdFromPublicKey,
  nodeIdOfPeerId,
  peerIdFromPublicKey,
  peerIdFromSeed
} from '../../../src/network/index.ts'

const seeds = Array.from(
  { length: 20 },
  (_, i) => new Uint8Array(createHash('sha256').update(`seed ${i}`).digest())
)

describe('identity of a node', () => {
  it('derives the peer id libp2p derives', async () => {
    for (const seed of seeds) {
      const key = await generateKeyPairFromSeed('Ed25519', seed)
      expect(peerIdFromSeed(seed)).toBe(peerIdFromPrivateKey(key).toString())
      expect(publicKeyFromSeed(seed)).toEqual(new Uint8Array(key.publicKey.raw))
    }
  })

  it('reads the key back out of a peer id, and CometBFT derives the node id from it', () => {
    for (const seed of seeds) {
      const key = publicKeyFromSeed(seed)
      expect(publicKeyOfPeerId(peerIdFromPublicKey(key))).toEqual(key)
      expect(nodeIdOfPeerId(peerIdFromSeed(seed))).toBe(nodeIdFromPublicKey(key))
      expect(nodeIdFromPublicKey(key)).toBe(createHash('sha256').update(key).digest('hex').slice(0, 40))
    }
  })

  it('knows no key for what is no ed25519 peer id', () => {
    for (const text of [
      '',
      'abc',
      '0OIl',
      'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      '16Uiu2HAm9wSuo4aZ9UmNQjVWYYYv8qcqbDb5mVLVg9GZWpC2Hk3F',
      `${peerIdFromSeed(seeds[0]!)}1`,
      '1'.repeat(10_000)
    ]) {
      expect(publicKeyOfPeerId(text)).toBeNull()
      expect(nodeIdOfPeerId(text)).toBe('')
    }
  })

  it('refuses a seed of another length', () => {
    expect(() => peerIdFromSeed(new Uint8Array(64))).toThrow(NetworkError)
  })
})

describe('base58', () => {
  it('keeps leading zeros and round-trips', () => {
    for (const hex of [
      '',
      '00',
      '0000ff',
      '61',
      '626262',
      '73696d706c792061206c6f6e6720737472696e67',
      'ffffffffffffffff'
    ]) {
      const bytes = new Uint8Array(Buffer.from(hex, 'hex'))
      expect(base58Decode(base58Encode(bytes))).toEqual(bytes)
    }
    expect(base58Encode(new Uint8Array(Buffer.from('73696d706c792061206c6f6e6720737472696e67', 'hex')))).toBe(
      '2cFupjhnEsSn59qHXstmK2ffpLv2'
    )
  })

  it('refuses other characters and too many of them', () => {
    expect(base58Decode('0')).toBeNull()
    expect(base58Decode('a b')).toBeNull()
    expect(base58Decode('2'.repeat(129))).toBeNull()
  })
})
