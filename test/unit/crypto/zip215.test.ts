import { createHash, createPublicKey, verify as nodeVerify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it } from 'vitest'
import { makeEd25519Signer, makeSignatureVerifier, verifyEd25519 } from '../../../src/crypto/index.ts'
import { isValidByZip215 } from '../../../src/crypto/zip215.ts'
import { makeRandom } from '../../support/random.ts'

/*
 * Goal: every node gives the same verdict on every signature, crafted ones too, or the chain splits.
 * Method: keys and signatures of all the odd kinds (points of small order, points that are not in the prime-order
 * group, encodings that are not canonical, S out of range) against the definition of ZIP-215, and against OpenSSL
 * alone, which may refuse more but must never accept more.
 */

const { Point } = ed25519
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const P = 2n ** 255n - 19n
const MESSAGE = new TextEncoder().encode('Zcash')

interface Triple {
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
}

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function littleEndian(value: bigint): Uint8Array {
  return bytesOf(value.toString(16).padStart(64, '0')).reverse()
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexOf(bytes.slice().reverse())}`)
}

function challenge({ publicKey, message, signature }: Triple): bigint {
  const digest = createHash('sha512').update(signature.subarray(0, 32)).update(publicKey).update(message)
  return numberOf(new Uint8Array(digest.digest())) % L
}

/** ZIP-215 as it is written: S < L, both points decode, and [8][S]B = [8]R + [8][k]A. */
function isValidByDefinition(triple: Triple): boolean {
  const s = numberOf(triple.signature.subarray(32))
  if (s >= L) return false
  try {
    const a = Point.fromBytes(triple.publicKey, true)
    const r = Point.fromBytes(triple.signature.subarray(0, 32), true)
    const left = Point.BASE.multiplyUnsafe(s)
    const right = r.add(a.multiplyUnsafe(challenge(triple)))
    return left.subtract(right).clearCofactor().is0()
  } catch {
    return false
  }
}

function isValidToOpenSsl({ publicKey, message, signature }: Triple): boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return nodeVerify(null, message, key, signature)
}

function isValidToNoble({ publicKey, message, signature }: Triple): boolean {
  return ed25519.verify(signature, message, publicKey, { zip215: true })
}

function withSign(encoding: Uint8Array): Uint8Array {
  const flipped = encoding.slice()
  flipped[31]! ^= 0x80
  return flipped
}

/** The 14 ways to write a point of small order, six of them not canonical. */
function smallOrderEncodings(): Uint8Array[] {
  const canonical = ED25519_TORSION_SUBGROUP.map(bytesOf)
  const others = [P, P + 1n].map(littleEndian).flatMap(each => [each, withSign(each)])
  const zeroX = [1n, P - 1n].map(littleEndian).map(withSign)
  return [...canonical, ...others, ...zeroX]
}

/** All 38 encodings whose y is at least p. */
function nonCanonicalEncodings(): Uint8Array[] {
  return Array.from({ length: 19 }, (_, offset) => littleEndian(P + BigInt(offset))).flatMap(each => [
    each,
    withSign(each)
  ])
}

function triple(publicKey: Uint8Array, r: Uint8Array, s: bigint, message: Uint8Array = MESSAGE): Triple {
  return { publicKey, message, signature: new Uint8Array([...r, ...littleEndian(s)]) }
}

/** A signature that satisfies the equation up to the points of small order added to key and R. */
function crafted(torsionA: string, torsionR: string): Triple {
  const [a, r] = [7777777n, 1234567n]
  const publicKey = Point.BASE.multiply(a).add(Point.fromHex(torsionA)).toBytes()
  const encodedR = Point.BASE.multiply(r).add(Point.fromHex(torsionR)).toBytes()
  const unfinished = triple(publicKey, encodedR, 0n)
  return triple(publicKey, encodedR, (r + challenge(unfinished) * a) % L)
}

/** A signature whose R is a point of small order, under a key of a known secret. */
function craftedWithSmallR(encodedR: Uint8Array): Triple {
  const a = 7777777n
  const publicKey = Point.BASE.multiply(a).toBytes()
  const unfinished = triple(publicKey, encodedR, 0n)
  return triple(publicKey, encodedR, (challenge(unfinished) * a) % L)
}

/** Verdicts of ours, of the definition, and whether OpenSSL accepted what the definition rejects. */
function judge(triples: readonly Triple[]) {
  const verifier = makeSignatureVerifier({ cacheSize: 4 })
  let accepted = 0
  let acceptedByOpenSsl = 0
  for (const each of triples) {
    const expected = isValidByDefinition(each)
    const key = { type: 'ed25519' as const, bytes: each.publicKey }
    const name = `${hexOf(each.publicKey)} ${hexOf(each.signature)}`
    expect([name, verifyEd25519(each.publicKey, each.message, each.signature)]).toEqual([name, expected])
    expect([name, verifier.verify(key, each.message, each.signature)]).toEqual([name, expected])
    expect([name, isValidByZip215(each.publicKey, each.message, each.signature)]).toEqual([name, expected])
    expect([name, isValidToNoble(each)]).toEqual([name, expected])
    const native = isValidToOpenSsl(each)
    if (native) expect([name, expected]).toEqual([name, true])
    accepted += Number(expected)
    acceptedByOpenSsl += Number(native)
  }
  return { accepted, acceptedByOpenSsl }
}

describe('ed25519-speccheck.json', () => {
  const url = new URL('../../fixtures/vectors/ed25519-speccheck.json', import.meta.url)
  const cases: { message: string; pub_key: string; signature: string }[] = JSON.parse(
    readFileSync(url, 'utf8')
  )
  // By "Taming the many EdDSAs": 6 and 7 have S >= L, 8 has a non-canonical R with a challenge over the canonical one.
  const verdicts = [true, true, true, true, true, true, false, false, false, true, true, true]

  it('has the twelve cases of the paper', () => {
    expect(cases).toHaveLength(verdicts.length)
  })

  it.each(cases.map((each, index) => ({ ...each, index })))('case $index', each => {
    const asked = {
      publicKey: bytesOf(each.pub_key),
      message: bytesOf(each.message),
      signature: bytesOf(each.signature)
    }
    expect(verifyEd25519(asked.publicKey, asked.message, asked.signature)).toBe(verdicts[each.index])
    expect(isValidByDefinition(asked)).toBe(verdicts[each.index])
    if (isValidToOpenSsl(asked)) expect(verdicts[each.index]).toBe(true)
  })
})

describe('OpenSSL never accepts what ZIP-215 rejects, and we decide as ZIP-215 does', () => {
  it('for points of small order as key and R', () => {
    const points = smallOrderEncodings()
    const all = points.flatMap(a => points.map(r => triple(a, r, 0n)))
    const { accepted, acceptedByOpenSsl } = judge(all)
    expect([all.length, accepted]).toEqual([196, 196])
    // The exact rule is needed: OpenSSL alone would refuse most of these.
    expect(acceptedByOpenSsl).toBeLessThan(accepted)
  })

  it('for S of 1 and of the group order', () => {
    const points = smallOrderEncodings()
    const all = points.flatMap((a, index) => [1n, L].map(s => triple(a, points[13 - index]!, s)))
    expect(judge(all).accepted).toBe(0)
  })

  it('for keys and R outside the prime-order group', () => {
    const all = ED25519_TORSION_SUBGROUP.flatMap(a => ED25519_TORSION_SUBGROUP.map(r => crafted(a, r)))
    const { accepted, acceptedByOpenSsl } = judge(all)
    expect([all.length, accepted]).toEqual([64, 64])
    expect(acceptedByOpenSsl).toBeLessThan(accepted)
  })

  it('for an R of small order in any encoding', () => {
    const all = smallOrderEncodings().map(craftedWithSmallR)
    const { accepted, acceptedByOpenSsl } = judge(all)
    expect(accepted).toBe(14)
    expect(acceptedByOpenSsl).toBeLessThan(accepted)
  })

  it('for encodings that are not canonical', () => {
    const good = craftedWithSmallR(bytesOf(ED25519_TORSION_SUBGROUP[0]!))
    const all = nonCanonicalEncodings().flatMap(encoding => [
      triple(encoding, encoding, 0n),
      { ...good, publicKey: encoding },
      triple(good.publicKey, encoding, numberOf(good.signature.subarray(32)))
    ])
    judge(all)
  })

  it('for S beyond the group order', () => {
    const good = crafted(ED25519_TORSION_SUBGROUP[0]!, ED25519_TORSION_SUBGROUP[0]!)
    const s = numberOf(good.signature.subarray(32))
    const r = good.signature.subarray(0, 32)
    const all = [s, s + L, s + 2n * L, s + 15n * L].map(each => triple(good.publicKey, r, each))
    expect(judge(all).accepted).toBe(1)
  })
})

describe('the shorter equation', () => {
  const next = makeRandom(215)
  const random = (length: number) => Uint8Array.from({ length }, () => Math.floor(next() * 256))
  const numberBelow = (limit: bigint) => BigInt(`0x${hexOf(random(48))}`) % limit
  const torsion = (least = 0) =>
    Point.fromHex(ED25519_TORSION_SUBGROUP[least + Math.floor(next() * (8 - least))]!)

  /** A signature of a random key whose key and R may have a part of small order. */
  function randomTriple(): Triple {
    const [a, r] = [numberBelow(L), numberBelow(L)]
    const message = random(40)
    const publicKey = Point.BASE.multiply(a).add(torsion()).toBytes()
    const encodedR = Point.BASE.multiply(r).add(torsion()).toBytes()
    const unfinished = triple(publicKey, encodedR, 0n, message)
    return triple(publicKey, encodedR, (r + challenge(unfinished) * a) % L, message)
  }

  /** The triple with something changed a little. */
  function bent({ publicKey, message, signature }: Triple): Triple[] {
    const [r, s] = [signature.subarray(0, 32), numberOf(signature.subarray(32))]
    const shifted = Point.fromBytes(r.slice(), true).add(torsion(1)).toBytes()
    return [
      triple(publicKey, r, (s + 1n) % L, message),
      triple(publicKey, r, (L - s) % L, message),
      triple(publicKey, withSign(r), s, message),
      triple(withSign(publicKey), r, s, message),
      triple(publicKey, shifted, s, message),
      triple(publicKey, random(32), s, message),
      triple(random(32), r, s, message),
      triple(publicKey, r, numberBelow(L), message),
      { publicKey, message: random(3), signature }
    ]
  }

  it('says what the definition says, of good signatures and of bent ones', () => {
    const good = Array.from({ length: 25 }, randomTriple)
    expect(judge(good).accepted).toBe(25)
    expect(judge(good.flatMap(bent)).accepted).toBe(0)
  })

  it('holds for honest signatures, which never come that far', () => {
    for (let n = 0; n < 40; n++) {
      const { publicKey, sign } = makeEd25519Signer(random(32))
      const message = random(n)
      expect(isValidByZip215(publicKey, message, sign(message))).toBe(true)
      expect(isValidByZip215(publicKey, random(50), sign(message))).toBe(false)
    }
  })
})
