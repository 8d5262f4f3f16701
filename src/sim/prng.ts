/** A seeded stream of numbers; everything random in a simulation comes from one of these. */
export interface Prng {
  /** Uniform in [0, 1). */
  float(): number
  /** Uniform integer in [0, bound). */
  int(bound: number): number
  /** Uniform integer in [min, max]. */
  between(min: number, max: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[]
  /** A stream of its own, so that drawing more in one place does not shift every other place. */
  fork(label: string): Prng
}

/** splitmix32 over a string: turns a seed and a label into the state of a stream. */
function hashSeed(text: string): () => number {
  let h = 1779033703 ^ text.length
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353)
    h = (h << 13) | (h >>> 19)
  }
  return () => {
    h = (h + 0x9e3779b9) | 0
    let t = h ^ (h >>> 16)
    t = Math.imul(t, 0x21f0aaad)
    t ^= t >>> 15
    t = Math.imul(t, 0x735a2d97)
    return (t ^ (t >>> 15)) >>> 0
  }
}

/** Makes the stream named `seed` (sfc32, 128 bits of state). */
export function makePrng(seed: string): Prng {
  const next = hashSeed(seed)
  let a = next()
  let b = next()
  let c = next()
  let d = next()
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) word()
  const float = (): number => word() / 4294967296
  const int = (bound: number): number => Math.floor(float() * bound)
  return {
    float,
    int,
    between: (min, max) => min + int(max - min + 1),
    chance: probability => probability > 0 && float() < probability,
    pick: items => items[int(items.length)]!,
    shuffle: items => {
      const copy = [...items]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(i + 1)
        const held = copy[i]!
        copy[i] = copy[j]!
        copy[j] = held
      }
      return copy
    },
    fork: label => makePrng(`${seed}/${label}`)
  }
}
