import { tryDecode } from '../../../codec/index.ts'
import type { Addresses } from '../addresses.ts'
import type { Chain } from '../records/chain-config.ts'
import { REFUSED, Refusal, type RefusalKind } from '../refusal.ts'
import type { CommittedState } from '../state/committed-state.ts'
import type { AccountId } from '../state/table.ts'
import { bool, bytes, type Message, type MessageValue, message, optional, uint } from '../wire/schema.ts'

/** What queries are answered from: the state after the last block. */
export interface QueryPlace {
  readonly state: CommittedState
  readonly chain: Chain
  readonly addresses: Addresses
}

/** One path of abci_query. */
export interface Route {
  readonly path: string
  answer(place: QueryPlace, data: Uint8Array): Promise<Uint8Array | Refusal>
}

/** A route whose question and answer are protobuf. */
export function routeOf<Q, A>(
  path: string,
  question: Message<Q>,
  answer: Message<A>,
  find: (place: QueryPlace, asked: Q) => Promise<A | Refusal> | A | Refusal
): Route {
  return {
    path,
    async answer(place, data) {
      const asked = tryDecode(question.decode, data)
      if (!asked.ok) return new Refusal(REFUSED.invalidRequest, asked.error.message)
      const found = await find(place, asked.value)
      return found instanceof Refusal ? found : answer.encode(found)
    }
  }
}

export const NOTHING = message('Empty', {})

/** cosmos.base.query.v1beta1.PageRequest. */
const pageRequest = message('PageRequest', {
  key: bytes(1, 512),
  offset: uint(2),
  limit: uint(3),
  countTotal: bool(4),
  reverse: bool(5)
})
type PageRequest = MessageValue<typeof pageRequest>

const pageResponse = message('PageResponse', { nextKey: bytes(1), total: uint(2) })
type PageResponse = MessageValue<typeof pageResponse>

/** Field with the page that is wanted; absent for the first. */
export function pageAsked(number: number) {
  return optional(number, pageRequest)
}

/** Field with where the next page begins. */
export function pageGiven(number: number) {
  return optional(number, pageResponse)
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000
/** Counting everything walks through everything; nobody may make the node do that for ever. */
const MAX_COUNTED = 100_000

export interface IdPage {
  readonly ids: readonly string[]
  readonly pagination: PageResponse
}

/** Ids from one on, in order; called with none for all. */
export type IdSource = (from?: string) => AsyncIterable<string> | Iterable<string>

/** One page of ids. The key of a page is its first id, so pages stay in place while others are added. */
export async function pageOf(source: IdSource, asked: PageRequest | null): Promise<IdPage | Refusal> {
  if (asked?.reverse) return new Refusal(REFUSED.notSupported, 'pages in reverse order')
  const hasKey = asked !== null && asked.key.length > 0
  const skip = asked?.offset ?? 0
  if (hasKey && skip > 0) return badArgument('either offset or key is expected, got both')
  const limit = Math.min(asked?.limit || DEFAULT_LIMIT, MAX_LIMIT)
  // Who names no limit is told how many there are (Cosmos SDK types/query/pagination.go).
  const mustCount = !hasKey && (!asked?.limit || asked.countTotal)
  const ids: string[] = []
  let nextKey = new Uint8Array(0)
  let seen = 0
  for await (const id of source(hasKey ? Buffer.from(asked.key).toString('latin1') : undefined)) {
    seen += 1
    if (seen <= skip) continue
    if (ids.length < limit) ids.push(id)
    else if (nextKey.length === 0) nextKey = Uint8Array.from(Buffer.from(id, 'latin1'))
    if (seen === MAX_COUNTED || (nextKey.length > 0 && !mustCount)) break
  }
  return { ids, pagination: { nextKey, total: mustCount ? seen : 0 } }
}

/** Ids held in memory, as a source. */
export function fromList(ids: readonly string[]): IdSource {
  return from => (from === undefined ? ids : ids.filter(id => id >= from))
}

const KEY_NOT_FOUND: RefusalKind = { codespace: 'sdk', code: 22, phrase: 'key not found' }

/** As a gRPC answer through ABCI reads; CosmJS looks for these words. */
export function notFound(what: string): Refusal {
  return new Refusal(KEY_NOT_FOUND, `rpc error: code = NotFound desc = ${what} not found`)
}

export function badArgument(what: string): Refusal {
  return new Refusal(REFUSED.invalidRequest, `rpc error: code = InvalidArgument desc = ${what}`)
}

export function accountAsked({ addresses }: QueryPlace, text: string): AccountId | Refusal {
  return addresses.account(text) ?? badArgument(`invalid address ${JSON.stringify(text)}`)
}

export function operatorAsked({ addresses }: QueryPlace, text: string): AccountId | Refusal {
  return addresses.operator(text) ?? badArgument(`invalid validator address ${JSON.stringify(text)}`)
}
