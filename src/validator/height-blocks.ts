import { tryDecode } from '../codec/index.ts'
import {
  type Block,
  type BlockId,
  type BlockIdKey,
  blockIdKey,
  decodeBlock,
  hashHeader,
  type Part,
  PartSetAssembler
} from '../types/index.ts'

/** A block of the current height that somebody proposed or voted for, complete or not. */
export interface BlockEntry {
  readonly key: BlockIdKey
  readonly blockId: BlockId
  readonly parts: PartSetAssembler
  /** There once all parts are in and they decode to the named block. */
  readonly block: Block | null
}

/** What became of parts that had come before their block was expected. */
export interface ExpectOutcome {
  readonly placed: readonly Part[]
  readonly completed: readonly BlockIdKey[]
}

export type PartOutcome =
  | { readonly kind: 'added'; readonly key: BlockIdKey; readonly complete: boolean }
  | { readonly kind: 'duplicate' | 'invalid' | 'unexpected' }

interface MutableEntry {
  readonly key: BlockIdKey
  readonly blockId: BlockId
  readonly parts: PartSetAssembler
  block: Block | null
}

/** Proposals of two rounds with two values each, and what is locked, valid and certified: the rest is let go. */
const MAX_ENTRIES = 8
/** Parts that came before their proposal: enough for one block of the default 4 MiB. */
const MAX_WAITING_PARTS = 64
const NOTHING_PLACED: ExpectOutcome = { placed: [], completed: [] }

/**
 * Gathers the blocks of one height from their parts. What may be gathered is named by a verified proposal or by a
 * quorum of votes, so an attacker cannot make it allocate for blocks of his own invention.
 */
export class HeightBlocks {
  readonly #maxTotalParts: number
  readonly #entries = new Map<BlockIdKey, MutableEntry>()
  readonly #waiting: Part[] = []

  /** `maxTotalParts`: how many parts a block within the consensus params can have. */
  constructor(maxTotalParts: number) {
    this.#maxTotalParts = maxTotalParts
  }

  get(key: BlockIdKey): BlockEntry | undefined {
    return this.#entries.get(key)
  }

  entries(): Iterable<BlockEntry> {
    return this.#entries.values()
  }

  /**
   * Starts to gather a block; `needed` says which other blocks must not be let go for it. Returns which parts that had
   * come too early found their place, or null when the part set is larger than a block may be (cometbft#5324).
   */
  expect(blockId: BlockId, needed: (key: BlockIdKey) => boolean): ExpectOutcome | null {
    const key = blockIdKey(blockId)
    if (this.#entries.has(key)) return NOTHING_PLACED
    if (blockId.partSetHeader.total > this.#maxTotalParts) return null
    if (this.#entries.size >= MAX_ENTRIES) this.#evict(needed)
    const parts = new PartSetAssembler(blockId.partSetHeader, { maxTotal: this.#maxTotalParts })
    this.#entries.set(key, { key, blockId, parts, block: null })
    return this.#placeWaiting()
  }

  /**
   * Adds a part to the block whose Merkle root it proves; keeps it when no such block is known yet, for a while where
   * anybody may have sent it. What the own log holds is kept whole: it may be all there is of a block.
   */
  addPart(part: Part, isLogged = false): PartOutcome {
    let duplicate = false
    for (const entry of this.#entries.values()) {
      const outcome = entry.parts.add(part)
      if (outcome === 'added') return { kind: 'added', key: entry.key, complete: this.#complete(entry) }
      if (outcome === 'duplicate') duplicate = true
    }
    if (duplicate) return { kind: 'duplicate' }
    if (this.#waiting.length >= MAX_WAITING_PARTS && !isLogged) this.#waiting.shift()
    this.#waiting.push(part)
    return { kind: 'unexpected' }
  }

  #placeWaiting(): ExpectOutcome {
    if (this.#waiting.length === 0) return NOTHING_PLACED
    const placed: Part[] = []
    const completed: BlockIdKey[] = []
    for (const part of this.#waiting.splice(0)) {
      const outcome = this.addPart(part, true)
      if (outcome.kind !== 'added') continue
      placed.push(part)
      if (outcome.complete) completed.push(outcome.key)
    }
    return { placed, completed }
  }

  /** Decodes a full part set; `block` stays null when the bytes are not the named block. */
  #complete(entry: MutableEntry): boolean {
    if (!entry.parts.isComplete) return false
    const decoded = tryDecode(decodeBlock, entry.parts.bytes())
    if (decoded.ok && hashHeader(decoded.value.header) === entry.blockId.hash) entry.block = decoded.value
    return true
  }

  #evict(needed: (key: BlockIdKey) => boolean): void {
    for (const key of this.#entries.keys()) {
      if (needed(key)) continue
      this.#entries.delete(key)
      return
    }
  }
}

/** The parts that are here, in order. */
export function partsOf(parts: PartSetAssembler): readonly Part[] {
  const present: Part[] = []
  for (let index = 0; index < parts.header.total; index++) {
    const part = parts.part(index)
    if (part !== null) present.push(part)
  }
  return present
}
