import type { MessageView } from '../consensus/index.ts'
import { assert } from '../util/index.ts'
import { HeightPool } from './height-pool.ts'
import type { MessageQuery } from './message-index.ts'
import {
  type AddOutcome,
  type CertificateOutcome,
  POOL_BOUNDS,
  type PoolMessage,
  type VoteCertificate
} from './pool-message.ts'

/**
 * Every verified consensus message of the open heights, by id, height, round, kind, validator and value. The one owner
 * of all those indexes: a message enters all of them or none, and leaves all together. Knows no keys and no wire:
 * `V` and `P` are whatever the caller wants back with a vote or a proposal.
 */
export class MessagePool<V, P = V> {
  readonly #byId = new Map<string, PoolMessage<V, P>>()
  readonly #heights = new Map<number, HeightPool<V, P>>()

  get size(): number {
    return this.#byId.size
  }

  /** Open heights, ascending. */
  get heights(): readonly number[] {
    return [...this.#heights.keys()].sort((a, b) => a - b)
  }

  /** Lets messages of a height in. `powers` are those of its validator set, in set order. Opening twice changes nothing. */
  openHeight(height: number, powers: readonly bigint[]): HeightPool<V, P> {
    const open = this.#heights.get(height)
    if (open !== undefined) {
      const same =
        open.powers.length === powers.length && powers.every((power, i) => power === open.powers[i])
      assert(same, `height ${height} is open with other validators`)
      return open
    }
    assert(this.#heights.size < POOL_BOUNDS.heights, `too many heights open: prune before opening ${height}`)
    const pool = new HeightPool<V, P>(height, powers)
    this.#heights.set(height, pool)
    return pool
  }

  /** Drops everything below `height`; late precommits of the height before the current one need it kept open. */
  pruneBelow(height: number): void {
    for (const [each, pool] of this.#heights) {
      if (each >= height) continue
      for (const message of pool.find()) this.#byId.delete(message.id)
      this.#heights.delete(each)
    }
  }

  /** Undefined when the height is not open. */
  height(height: number): HeightPool<V, P> | undefined {
    return this.#heights.get(height)
  }

  /** What the machine sees of an open height. */
  view(height: number): MessageView {
    const pool = this.#heights.get(height)
    assert(pool !== undefined, `height ${height} is not open`)
    return pool
  }

  byId(id: string): PoolMessage<V, P> | undefined {
    return this.#byId.get(id)
  }

  /** Messages of one height, in order of arrival. */
  find(height: number, query: MessageQuery = {}): readonly PoolMessage<V, P>[] {
    return this.#heights.get(height)?.find(query) ?? []
  }

  /** Takes one verified message; never throws, whatever it holds. */
  add(message: PoolMessage<V, P>): AddOutcome<PoolMessage<V, P>> {
    const known = this.#byId.get(message.id)
    if (known !== undefined) return { kind: 'duplicate', existing: known }
    const height = this.#heights.get(message.height)
    if (height === undefined) return { kind: 'refused', reason: 'unknownHeight' }
    const { outcome, stored, evicted } = height.add(message)
    this.#track(stored, evicted)
    return outcome
  }

  /**
   * Takes a commit or a polka as one unit: all of it counts for its value even if some of its validators voted for
   * others too, so that nobody can stop this node by showing it another vote first.
   */
  addCertificate(certificate: VoteCertificate<V>): CertificateOutcome<V> {
    const height = this.#heights.get(certificate.height)
    if (height === undefined) return { kind: 'refused', reason: 'unknownHeight' }
    if (!this.#idsAgree(certificate)) return { kind: 'refused', reason: 'notACertificate' }
    const { outcome, stored, evicted } = height.addCertificate(certificate)
    this.#track(stored, evicted)
    return outcome
  }

  /** What is wrong between the indexes, in words; empty when every one describes the same set. Costs the whole pool. */
  checkCoherence(): readonly string[] {
    const wrong: string[] = []
    let size = 0
    for (const [height, pool] of this.#heights) {
      size += pool.size
      wrong.push(...pool.incoherences())
      for (const message of pool.find()) {
        if (this.#byId.get(message.id) !== message) wrong.push(`${message.id} is not found by its id`)
        if (message.height !== height) wrong.push(`${message.id} is kept at height ${height}`)
      }
    }
    if (size !== this.#byId.size) wrong.push(`${this.#byId.size} ids for ${size} messages`)
    return wrong
  }

  /** An id stands for one message only, within the certificate and against what is here. */
  #idsAgree(certificate: VoteCertificate<V>): boolean {
    const ids = new Set(certificate.votes.map(vote => vote.id))
    if (ids.size !== certificate.votes.length) return false
    return certificate.votes.every(vote => {
      const known = this.#byId.get(vote.id)
      return known === undefined || isSameStatement(known, vote)
    })
  }

  #track(stored: readonly PoolMessage<V, P>[], evicted: readonly PoolMessage<V, P>[]): void {
    for (const message of evicted) this.#byId.delete(message.id)
    for (const message of stored) this.#byId.set(message.id, message)
  }
}

function isSameStatement(a: PoolMessage<unknown, unknown>, b: PoolMessage<unknown, unknown>): boolean {
  const samePlace = a.height === b.height && a.round === b.round && a.kind === b.kind
  return samePlace && a.validator === b.validator && a.value === b.value
}
