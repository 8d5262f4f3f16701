import { assert } from '../util/index.ts'

const WORD_BITS = 32

/**
 * A fixed number of bits, such as "which parts of the block" or "whose votes" a node has (CometBFT libs/bits). The one
 * mutable value of this room: its holder sets bits as things arrive and hands out copies.
 */
export class BitArray {
  readonly size: number
  readonly #words: Uint32Array

  constructor(size: number) {
    assert(Number.isSafeInteger(size) && size >= 0, `a bit array cannot have ${size} bits`)
    this.size = size
    this.#words = new Uint32Array(Math.ceil(size / WORD_BITS))
  }

  /** An array whose bit `index` is set where `isSet(index)`. */
  static from(size: number, isSet: (index: number) => boolean): BitArray {
    const bits = new BitArray(size)
    for (let index = 0; index < size; index++) if (isSet(index)) bits.set(index)
    return bits
  }

  /** An array with these 64-bit elements, lowest bits first; null when they do not fit `size` exactly. */
  static fromElements(size: number, elements: readonly bigint[]): BitArray | null {
    if (!Number.isSafeInteger(size) || size < 0 || elements.length !== Math.ceil(size / 64)) return null
    const bits = new BitArray(size)
    for (const [index, element] of elements.entries()) {
      if (element < 0n || element >> 64n !== 0n) return null
      const usedBits = Math.min(64, size - index * 64)
      if (element >> BigInt(usedBits) !== 0n) return null
      bits.#words[index * 2] = Number(element & 0xffffffffn)
      if (usedBits > WORD_BITS) bits.#words[index * 2 + 1] = Number(element >> 32n)
    }
    return bits
  }

  /** Reads a text of `x` (set) and `_`; null for anything else or more than `maxBits`. */
  static fromText(text: string, maxBits: number): BitArray | null {
    if (text.length > maxBits || !/^[_x]*$/.test(text)) return null
    return BitArray.from(text.length, index => text[index] === 'x')
  }

  /** False for any index outside the array. */
  has(index: number): boolean {
    return index >= 0 && index < this.size && ((this.#words[index >>> 5]! >>> (index & 31)) & 1) === 1
  }

  set(index: number, value = true): void {
    assert(Number.isInteger(index) && index >= 0 && index < this.size, `no bit ${index} among ${this.size}`)
    const mask = 1 << (index & 31)
    if (value) this.#words[index >>> 5]! |= mask
    else this.#words[index >>> 5]! &= ~mask
  }

  copy(): BitArray {
    const result = new BitArray(this.size)
    result.#words.set(this.#words)
    return result
  }

  /** Bits set in either; as long as the longer of the two. */
  or(other: BitArray): BitArray {
    const [longer, shorter] = this.size >= other.size ? [this, other] : [other, this]
    const result = longer.copy()
    shorter.#words.forEach((word, index) => {
      result.#words[index]! |= word
    })
    return result
  }

  /** Bits set in both; as long as the shorter of the two. */
  and(other: BitArray): BitArray {
    const result = new BitArray(Math.min(this.size, other.size))
    for (let index = 0; index < result.#words.length; index++) {
      result.#words[index] = this.#words[index]! & other.#words[index]!
    }
    return result
  }

  /** Bits set here and not in `other`; as long as this one. Bits that `other` does not reach count as not set in it. */
  sub(other: BitArray): BitArray {
    const result = this.copy()
    const shared = Math.min(result.#words.length, other.#words.length)
    for (let index = 0; index < shared; index++) result.#words[index]! &= ~other.#words[index]!
    return result
  }

  not(): BitArray {
    const result = new BitArray(this.size)
    this.#words.forEach((word, index) => {
      result.#words[index] = ~word
    })
    result.#clearUnused()
    return result
  }

  /** How many bits are set. */
  count(): number {
    let count = 0
    for (const word of this.#words) count += populationOf(word)
    return count
  }

  isEmpty(): boolean {
    return this.#words.every(word => word === 0)
  }

  /** True when every bit is set, so also when there are none. */
  isFull(): boolean {
    return this.count() === this.size
  }

  /** The indexes that are set, ascending. */
  *indexes(): Generator<number> {
    for (const [position, word] of this.#words.entries()) {
      for (let rest = word; rest !== 0; rest &= rest - 1) {
        yield position * WORD_BITS + 31 - Math.clz32(rest & -rest)
      }
    }
  }

  equals(other: BitArray): boolean {
    return this.size === other.size && this.#words.every((word, index) => word === other.#words[index])
  }

  /** Eight bits a byte, lowest first. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.size / 8))
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = this.#words[index >>> 2]! >>> ((index & 3) * 8)
    }
    return bytes
  }

  /** 64-bit elements, lowest bits first, as protobuf carries them. */
  toElements(): bigint[] {
    return Array.from({ length: Math.ceil(this.size / 64) }, (_, index) => {
      const high = this.#words[index * 2 + 1] ?? 0
      return (BigInt(high) << 32n) | BigInt(this.#words[index * 2]!)
    })
  }

  /** `BA{4:x_x_}`, as CometBFT prints it in round states. */
  toString(): string {
    return `BA{${this.size}:${this.#text()}}`
  }

  /** `"x_x_"`, or null for no bits (CometBFT BitArray.MarshalJSON). */
  toJSON(): string | null {
    return this.size === 0 ? null : this.#text()
  }

  #text(): string {
    let text = ''
    for (let index = 0; index < this.size; index++) text += this.has(index) ? 'x' : '_'
    return text
  }

  #clearUnused(): void {
    const used = this.size % WORD_BITS
    if (used !== 0) this.#words[this.#words.length - 1]! &= 2 ** used - 1
  }
}

function populationOf(word: number): number {
  let value = word - ((word >>> 1) & 0x55555555)
  value = (value & 0x33333333) + ((value >>> 2) & 0x33333333)
  return Math.imul((value + (value >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
