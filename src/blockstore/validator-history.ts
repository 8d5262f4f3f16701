import {
  decodeValidatorSet,
  encodeValidatorSet,
  type Height,
  type Hex,
  incrementProposerPriority,
  type ValidatorSet
} from '../types/index.ts'
import { assert } from '../util/index.ts'
import { HeightHistory } from './height-history.ts'
import type { BatchOp, KeyValueStore } from './key-value-store.ts'
import { BUCKET } from './keys.ts'

/** At every height divisible by this the whole set is stored, so that loading takes at most so many turns. */
const CHECKPOINT_INTERVAL = 256
const CACHED_SETS = 16

/**
 * The validator set of every height. A set turns its proposer priorities by one step a height, so it is stored only
 * where it changed and at checkpoints; the heights between name that one and are made by turning it: 10 bytes a height
 * instead of 75 a validator, and exactly the set that signed.
 */
export class ValidatorHistory {
  readonly #history: HeightHistory
  readonly #cache = new Map<Height, ValidatorSet>()
  /** The newest height with a whole set, and the hash of that set. */
  #newest: { readonly height: Height; readonly hash: Hex } | null = null

  constructor(store: KeyValueStore) {
    this.#history = new HeightHistory(store, BUCKET.validators)
  }

  /**
   * Stores the set of a height above the newest one. `isNew` tells that it is not simply the set before turned by one;
   * another hash tells the same.
   */
  ops(height: Height, set: ValidatorSet, isNew: boolean): BatchOp[] {
    assert(set.validators.length > 0, 'an empty validator set cannot be stored')
    this.#remember(height, set)
    const newest = this.#newest
    const isWhole = isNew || newest === null || newest.hash !== set.hash || height % CHECKPOINT_INTERVAL === 0
    if (!isWhole) return [this.#history.putSameAs(height, newest.height)]
    this.#newest = { height, hash: set.hash }
    return [this.#history.putValue(height, encodeValidatorSet(set))]
  }

  /** Must be told the newest height stored before {@link ops}, when opening and after {@link forgetFrom}. */
  resume(height: Height): void {
    this.#cache.clear()
    const found = this.#history.find(height)
    this.#newest =
      found === null ? null : { height: found.height, hash: decodeValidatorSet(found.bytes).hash }
  }

  /** Null when the height is not stored. Throws DecodeError for damaged bytes. */
  load(height: Height): ValidatorSet | null {
    const found = this.#history.find(height)
    if (found === null) return null
    const cached = this.#cache.get(height)
    if (cached !== undefined) return cached
    let at = found.height
    let set: ValidatorSet | null = null
    for (const [cachedHeight, cachedSet] of this.#cache) {
      if (cachedHeight < at || cachedHeight > height) continue
      at = cachedHeight
      set = cachedSet
    }
    set ??= decodeValidatorSet(found.bytes)
    for (; at < height; at++) set = incrementProposerPriority(set, 1)
    this.#remember(height, set)
    return set
  }

  del(height: Height): BatchOp {
    return this.#history.del(height)
  }

  pruneBelow(height: Height): Promise<void> {
    return this.#history.pruneBelow(height)
  }

  #remember(height: Height, set: ValidatorSet): void {
    this.#cache.delete(height)
    this.#cache.set(height, set)
    if (this.#cache.size <= CACHED_SETS) return
    const oldest = this.#cache.keys().next().value
    if (oldest !== undefined) this.#cache.delete(oldest)
  }
}
