import type { RequestId } from '../jsonrpc/request.ts'
import { matchesTags } from '../query/match-query.ts'
import { parseQuery } from '../query/parse-query.ts'
import { type Query, queryToText } from '../query/query.ts'
import { callFailed, RpcError } from '../rpc-error.ts'
import type { ClientEvent } from './client-event.ts'
import type { SubscriptionLimits } from './subscription-limits.ts'

/** What one client asked to be told. */
export interface Subscription {
  /** The id of the request, which every event repeats. */
  readonly id: RequestId
  /** The query as the client wrote it; events carry it. */
  readonly text: string
  readonly query: Query
  /** The only value of `tm.event` the query can match, null when it names none. */
  readonly eventName: string | null
}

/** The subscriptions of one connection. A query counts once, whatever its blanks. */
export class Subscriptions {
  readonly #client: string
  readonly #limits: SubscriptionLimits
  readonly #byQuery = new Map<string, Subscription>()

  constructor(client: string, limits: SubscriptionLimits) {
    this.#client = client
    this.#limits = limits
  }

  get size(): number {
    return this.#byQuery.size
  }

  /** @throws RpcError when the query is malformed, known, or one too many */
  add(id: RequestId, text: string): void {
    const query = parse(text)
    const key = queryToText(query)
    if (this.#byQuery.has(key)) throw callFailed('already subscribed')
    this.#limits.take(this.#client)
    this.#byQuery.set(key, { id, text, query, eventName: eventNameOf(query) })
  }

  /** @throws RpcError when there is no such subscription */
  remove(text: string): void {
    if (!this.#byQuery.delete(queryToText(parse(text)))) throw callFailed('subscription not found')
    this.#limits.give(this.#client)
  }

  /** Ends one that {@link matching} gave. */
  cancel({ query }: Subscription): void {
    if (this.#byQuery.delete(queryToText(query))) this.#limits.give(this.#client)
  }

  /** @throws RpcError when there is none */
  removeAll(): void {
    if (this.size === 0) throw callFailed('subscription not found')
    this.clear()
  }

  /** Gives up everything, as when the connection ends. */
  clear(): void {
    for (const _ of this.#byQuery) this.#limits.give(this.#client)
    this.#byQuery.clear()
  }

  /** The subscriptions that `event` answers. */
  *matching(event: ClientEvent): Iterable<Subscription> {
    for (const subscription of this.#byQuery.values()) {
      const { eventName, query } = subscription
      // The name decides most cases without the attributes being gathered.
      if (eventName !== null && eventName !== event.name) continue
      if (matchesTags(query, event.tags)) yield subscription
    }
  }
}

function parse(text: string): Query {
  try {
    return parseQuery(text)
  } catch (error) {
    if (!(error instanceof RpcError) || error.message === 'maximum query length exceeded') throw error
    throw callFailed(`failed to parse query: ${error.message}`)
  }
}

function eventNameOf(query: Query): string | null {
  const named = query.find(
    ({ tag, operator, argument }) => tag === 'tm.event' && operator === '=' && argument?.kind === 'string'
  )
  return named?.argument?.text ?? null
}
