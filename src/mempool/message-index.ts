import type { ValueId } from '../consensus/index.ts'
import type { PoolMessage, PoolMessageKind } from './pool-message.ts'

/** Any of the fields may be left out; `value: null` asks for votes for nil. */
export interface MessageQuery {
  readonly round?: number
  readonly kind?: PoolMessageKind
  readonly validator?: number
  readonly value?: ValueId | null
}

type Field = 'round' | 'kind' | 'validator' | 'value'

const FIELDS: readonly Field[] = ['round', 'kind', 'validator', 'value']

/** The messages of one height by each field a question may name, all holding the same set in order of arrival. */
export class MessageIndex<V, P> {
  readonly #all = new Set<PoolMessage<V, P>>()
  readonly #by: Readonly<Record<Field, Map<unknown, Set<PoolMessage<V, P>>>>> = {
    round: new Map(),
    kind: new Map(),
    validator: new Map(),
    value: new Map()
  }

  get size(): number {
    return this.#all.size
  }

  get rounds(): readonly number[] {
    return [...(this.#by.round.keys() as Iterable<number>)].sort((a, b) => a - b)
  }

  insert(message: PoolMessage<V, P>): void {
    this.#all.add(message)
    for (const field of FIELDS) {
      const bucket = this.#by[field].get(message[field])
      if (bucket === undefined) this.#by[field].set(message[field], new Set([message]))
      else bucket.add(message)
    }
  }

  delete(message: PoolMessage<V, P>): void {
    this.#all.delete(message)
    for (const field of FIELDS) {
      const bucket = this.#by[field].get(message[field])
      bucket?.delete(message)
      if (bucket?.size === 0) this.#by[field].delete(message[field])
    }
  }

  /** In order of arrival. Costs the size of the smallest bucket the query names. */
  find(query: MessageQuery): readonly PoolMessage<V, P>[] {
    const asked = FIELDS.filter(field => query[field] !== undefined)
    let smallest: ReadonlySet<PoolMessage<V, P>> = this.#all
    for (const field of asked) {
      const bucket = this.#by[field].get(query[field])
      if (bucket === undefined) return []
      if (bucket.size < smallest.size) smallest = bucket
    }
    return [...smallest].filter(message => asked.every(field => message[field] === query[field]))
  }

  /** What is wrong between the indexes, in words; empty when all hold the same set. */
  incoherences(): readonly string[] {
    const wrong: string[] = []
    for (const field of FIELDS) {
      let size = 0
      for (const [key, bucket] of this.#by[field]) {
        size += bucket.size
        if (bucket.size === 0) wrong.push(`index ${field} keeps an empty bucket for ${String(key)}`)
        for (const message of bucket) {
          if (message[field] !== key) wrong.push(`index ${field} holds ${message.id} under ${String(key)}`)
          if (!this.#all.has(message)) wrong.push(`index ${field} holds ${message.id}, which was removed`)
        }
      }
      if (size !== this.#all.size) wrong.push(`index ${field} holds ${size} messages of ${this.#all.size}`)
    }
    return wrong
  }
}
