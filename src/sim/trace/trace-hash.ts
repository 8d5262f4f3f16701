/** A hash over the life of a run: two streams of 32 bits, fed with numbers and short texts. Not cryptographic. */
export class TraceHash {
  #a = 0x9e3779b9
  #b = 0x85ebca6b

  number(value: number): void {
    this.#mix(value | 0)
    this.#mix(Math.floor(value / 0x100000000) | 0)
    const fraction = value - Math.floor(value)
    if (fraction !== 0) this.#mix((fraction * 0x100000000) | 0)
  }

  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.#mix(value.charCodeAt(i))
    this.#mix(value.length)
  }

  toString(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
    return hex(this.#a) + hex(this.#b)
  }

  #mix(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193)
    this.#a = (this.#a << 13) | (this.#a >>> 19)
    this.#b = Math.imul(this.#b + word, 0x5bd1e995)
    this.#b ^= this.#b >>> 15
  }
}
