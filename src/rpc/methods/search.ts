import type { Height } from '../../types/index.ts'
import { blockResultToJson } from '../json/block.ts'
import { bytesToHexJson, int64Json, type JsonObject } from '../json/json.ts'
import type { EventIndex, IndexedTx } from '../node-view.ts'
import { parseHex } from '../params/scalars.ts'
import { parseQuery } from '../query/parse-query.ts'
import type { Query } from '../query/query.ts'
import { type Location, searchIndex } from '../query/search-index.ts'
import { callFailed, RpcError } from '../rpc-error.ts'
import { defineMethod } from './method.ts'
import { pageOf, resolvePerPage } from './paging.ts'
import { indexedTxToJson, indexOf, TxProver } from './tx.ts'

const SEARCH_PARAMS = { page: 'optionalInt64', per_page: 'optionalInt64', order_by: 'string' } as const

/** Sorts places in the order asked for. */
function inOrder(places: readonly Location[], asked: string, byDefault: 'asc' | 'desc'): Location[] {
  const order = asked === '' ? byDefault : asked
  if (order !== 'asc' && order !== 'desc') {
    throw callFailed('expected order_by to be either `asc` or `desc` or empty')
  }
  const sign = order === 'asc' ? 1 : -1
  return [...places].sort((a, b) => sign * (a.height - b.height || a.txIndex - b.txIndex))
}

export const txSearch = defineMethod({
  params: { query: 'string', prove: 'boolean', ...SEARCH_PARAMS },
  async call({ view }, args) {
    const index = indexOf(view, 'transaction')
    const query = parseQuery(args.query)
    const places =
      txByHash(query, index) ?? (await searchIndex(query, 'tx.height', index.txEntries.bind(index)))
    const sorted = inOrder(places, args.order_by, 'asc')
    const prover = args.prove ? new TxProver(view.chain) : null
    const txs: JsonObject[] = []
    for (const place of pageOf(sorted, args.page, resolvePerPage(args.per_page))) {
      const found = index.txAt(place.height, place.txIndex)
      if (found !== null) txs.push(indexedTxToJson(found, (await prover?.prove(found)) ?? null))
    }
    return { txs, total_count: int64Json(sorted.length) }
  }
})

/** A query that names a hash is answered by it alone, as in CometBFT; null when it names none. */
function txByHash(query: Query, index: EventIndex): Location[] | null {
  const condition = query.find(({ tag, argument }) => tag === 'tx.hash' && argument !== null)
  if (condition === undefined) return null
  const found: IndexedTx | null = index.tx(hashOf(condition.argument!.text))
  return found === null ? [] : [{ height: found.height, txIndex: found.index }]
}

function hashOf(text: string): string {
  try {
    return bytesToHexJson(parseHex(text)).toLowerCase()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    throw callFailed(`error during searching for a hash in the query: ${error.message}`)
  }
}

export const blockSearch = defineMethod({
  params: { query: 'string', ...SEARCH_PARAMS },
  async call({ view, config }, args) {
    const index = indexOf(view, 'block')
    const query = parseQuery(args.query)
    const places = await searchIndex(query, 'block.height', index.blockEntries.bind(index))
    const sorted = inOrder(places, args.order_by, 'desc')
    const page = pageOf(sorted, args.page, resolvePerPage(args.per_page))
    const heights = page.map(({ height }) => height)
    return { blocks: await blocksAt(heights), total_count: int64Json(sorted.length) }

    async function blocksAt(wanted: readonly Height[]): Promise<JsonObject[]> {
      let bytes = 0
      const blocks: JsonObject[] = []
      for (const height of wanted) {
        const meta = view.chain.blockMeta(height)
        if (meta === null) continue
        bytes += meta.blockSize
        if (bytes > config.maxBatchResponseBytes) {
          throw callFailed('the blocks of this page are too large together, ask for a smaller per_page')
        }
        const block = await view.chain.block(height)
        if (block !== null) blocks.push(blockResultToJson(meta.blockId, block))
      }
      return blocks
    }
  }
})
