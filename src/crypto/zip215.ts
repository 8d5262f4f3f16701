import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'

type Point = InstanceType<typeof ed25519.Point>

const { BASE, ZERO } = ed25519.Point
/** Order of the group of prime order. */
const L = ed25519.Point.Fn.ORDER
/** Half as long as L. */
const HALF = 1n << 127n

/**
 * Verifies by the rule of ZIP-215: S < L, A and R decode, canonically written or not, and [8][S]B = [8]R + [8][k]A.
 * Takes two thirds of the time of checking that equation as it stands; `docs/adr` says why it is the same one. Expects
 * a key of 32 bytes and a signature of 64.
 */
export function isValidByZip215(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const encodedR = signature.subarray(0, 32)
  const s = littleEndian(signature.subarray(32))
  if (s >= L) return false
  const a = decodePoint(publicKey)
  const r = a === null ? null : decodePoint(encodedR)
  if (a === null || r === null) return false
  const k = challengeOf(encodedR, publicKey, message)
  const { d, e } = halve(k)
  const left = BASE.multiplyUnsafe(modulo(s * d))
  return left
    .subtract(sumOfProducts(signed(r, d), absolute(d), a, e))
    .clearCofactor()
    .is0()
}

function decodePoint(bytes: Uint8Array): Point | null {
  try {
    return ed25519.Point.fromBytes(bytes, true)
  } catch {
    return null
  }
}

function challengeOf(encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  const digest = createHash('sha512').update(encodedR).update(publicKey).update(message).digest()
  return modulo(littleEndian(digest))
}

/**
 * Two numbers of half the length with e = d k modulo L, d not zero: Euclid's algorithm on L and k, stopped half-way,
 * where e < 2^127 and |d| <= L / 2^127.
 */
function halve(k: bigint): { readonly d: bigint; readonly e: bigint } {
  let [before, e] = [L, k]
  let [dBefore, d] = [0n, 1n]
  while (e >= HALF) {
    const quotient = before / e
    ;[before, e] = [e, before - quotient * e]
    ;[dBefore, d] = [d, dBefore - quotient * d]
  }
  return { d, e }
}

/** [m]P + [n]Q, the doublings shared between both. Time depends on the numbers, which are no secret. */
function sumOfProducts(p: Point, m: bigint, q: Point, n: bigint): Point {
  const [ofP, ofQ] = [multiplesOf(p), multiplesOf(q)]
  const [digitsM, digitsN] = [digitsOf(m), digitsOf(n)]
  let sum: Point = ZERO
  for (let at = Math.max(digitsM.length, digitsN.length) - 1; at >= 0; at--) {
    sum = sum.double().double().double().double()
    sum = plusMultiple(sum, ofP, digitsM[at] ?? 0)
    sum = plusMultiple(sum, ofQ, digitsN[at] ?? 0)
  }
  return sum
}

/** 1 to 8 times the point. */
function multiplesOf(point: Point): readonly Point[] {
  const multiples = [point, point.double()]
  while (multiples.length < 8) multiples.push(multiples.at(-1)!.add(point))
  return multiples
}

function plusMultiple(sum: Point, multiples: readonly Point[], digit: number): Point {
  if (digit === 0) return sum
  return digit > 0 ? sum.add(multiples[digit - 1]!) : sum.subtract(multiples[-digit - 1]!)
}

/** The number in base 16, lowest digit first, with digits from -8 to 7. */
function digitsOf(number: bigint): readonly number[] {
  const digits: number[] = []
  let carry = 0
  for (const hex of [...number.toString(16)].reverse()) {
    const digit = Number.parseInt(hex, 16) + carry
    carry = digit > 7 ? 1 : 0
    digits.push(digit - 16 * carry)
  }
  return [...digits, carry]
}

function signed(point: Point, sign: bigint): Point {
  return sign < 0n ? point.negate() : point
}

function absolute(number: bigint): bigint {
  return number < 0n ? -number : number
}

function modulo(number: bigint): bigint {
  const rest = number % L
  return rest < 0n ? rest + L : rest
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}
