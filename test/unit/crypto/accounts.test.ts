import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressOf,
  COSMOS_HD_PATH,
  decodeBech32,
  deriveSecp256k1,
  encodeBech32,
  generateSecp256k1PrivateKey,
  isHdPath,
  isSecp256k1PublicKey,
  newMnemonic,
  normalizeMnemonic,
  secp256k1PublicKeyOf,
  seedOfMnemonic,
  signSecp256k1,
  verifySecp256k1
} from '../../../src/crypto/index.ts'

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const ORDER = secp256k1.Point.Fn.ORDER

describe('accounts', () => {
  it('are those a CosmJS wallet makes of the same words', async () => {
    const mnemonic = newMnemonic()
    expect(mnemonic.split(' ')).toHaveLength(24)
    const wallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: 'pnyx' })
    const [theirs] = await wallet.getAccounts()
    const publicKey = secp256k1PublicKeyOf(deriveSecp256k1(seedOfMnemonic(mnemonic), COSMOS_HD_PATH))
    expect(hexOf(publicKey)).toBe(hexOf(theirs!.pubkey))
    const address = bytesOf(addressOf({ type: 'secp256k1', bytes: publicKey }))
    expect(encodeBech32('pnyx', address)).toBe(theirs!.address)
    expect(decodeBech32(theirs!.address)).toEqual({ prefix: 'pnyx', bytes: address })
  })

  it('derive keys as test vector 1 of BIP-32', () => {
    const seed = bytesOf('000102030405060708090a0b0c0d0e0f')
    const keys = {
      m: 'e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35',
      "m/0'": 'edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea',
      "m/0'/1/2'/2/1000000000": '471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8'
    }
    for (const [path, key] of Object.entries(keys)) expect(hexOf(deriveSecp256k1(seed, path))).toBe(key)
  })

  it('know a path from what is none', () => {
    for (const path of ['m', "m/44'/118'/0'/0/0", 'm/2147483647']) expect(isHdPath(path)).toBe(true)
    for (const path of ['', 'm/', '44/0', 'm/x', "m/0''", 'm/2147483648', "m/2147483648'", 'm/01']) {
      expect(isHdPath(path)).toBe(false)
    }
  })

  it('take words in any case and spacing, and no others', () => {
    const mnemonic = newMnemonic()
    expect(normalizeMnemonic(`  ${mnemonic.toUpperCase().replaceAll(' ', '\n')} `)).toBe(mnemonic)
    const oneLess = mnemonic.split(' ').slice(1).join(' ')
    for (const text of ['', 'abandon', 'abandon '.repeat(24), oneLess])
      expect(normalizeMnemonic(text)).toBeNull()
  })
})

describe('bech32', () => {
  it('gives back what it took, and takes nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), fc.nat(), (bytes, at) => {
        const text = encodeBech32('pnyxvaloper', bytes)
        expect(decodeBech32(text)).toEqual({ prefix: 'pnyxvaloper', bytes })
        expect(decodeBech32(text.toUpperCase())).toBeNull()
        const place = text.length - 1 - (at % 20)
        const other = text[place] === 'q' ? 'p' : 'q'
        expect(decodeBech32(text.slice(0, place) + other + text.slice(place + 1))).toBeNull()
      })
    )
    fc.assert(fc.property(fc.string(), text => decodeBech32(text) === null))
  })
})

describe('secp256k1 signatures', () => {
  const message = new TextEncoder().encode('sign this')

  it('are judged as the exact implementation judges them, whatever bit is changed', () => {
    const privateKey = generateSecp256k1PrivateKey()
    const publicKey = secp256k1PublicKeyOf(privateKey)
    const signature = signSecp256k1(privateKey, message)
    expect(verifySecp256k1(publicKey, message, signature)).toBe(true)
    const options = { prehash: true, lowS: true, format: 'compact' } as const
    const flipped = (bytes: Uint8Array, bit: number) =>
      bytes.map((byte, index) => (index === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte))
    const exact = (key: Uint8Array, one: Uint8Array) => {
      try {
        return secp256k1.verify(one, message, key, options)
      } catch {
        return false
      }
    }
    fc.assert(
      fc.property(fc.nat(511), fc.nat(263), (inSignature, inKey) => {
        const [one, key] = [flipped(signature, inSignature), flipped(publicKey, inKey)]
        expect(verifySecp256k1(publicKey, message, one)).toBe(exact(publicKey, one))
        expect(verifySecp256k1(key, message, signature)).toBe(exact(key, signature))
      }),
      { numRuns: 60 }
    )
  })

  it('are refused in their other form, with S in the upper half', () => {
    const privateKey = generateSecp256k1PrivateKey()
    const signature = signSecp256k1(privateKey, message)
    const other = ORDER - BigInt(`0x${hexOf(signature.subarray(32))}`)
    const malleated = Uint8Array.from(signature)
    malleated.set(bytesOf(other.toString(16).padStart(64, '0')), 32)
    expect(verifySecp256k1(secp256k1PublicKeyOf(privateKey), message, malleated)).toBe(false)
  })

  it('need a key on the curve', () => {
    const offCurve = new Uint8Array(33).fill(5)
    offCurve[0] = 2
    for (const key of [offCurve, new Uint8Array(33), new Uint8Array(32), new Uint8Array(65)]) {
      expect(isSecp256k1PublicKey(key)).toBe(false)
      expect(verifySecp256k1(key, message, new Uint8Array(64).fill(1))).toBe(false)
    }
  })
})
