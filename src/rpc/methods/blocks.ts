import type { Height } from '../../types/index.ts'
import { blockResultsToJson } from '../json/abci.ts'
import { blockResultToJson } from '../json/block.ts'
import { blockMetaToJson, headerToJson, signedHeaderToJson } from '../json/header.ts'
import { int64Json, type JsonObject } from '../json/json.ts'
import type { ChainView } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'
import { resolveHeight } from './height.ts'
import { defineMethod, type MethodResult, Unchanging } from './method.ts'

const BLOCKCHAIN_LIMIT = 20n

/** An answer about a height the client named stays the same; one about "the latest" does not. */
function forHeight(asked: bigint | null, result: JsonObject): MethodResult {
  return asked === null ? result : new Unchanging(result)
}

async function blockAt(chain: ChainView, height: Height): Promise<JsonObject> {
  return blockResultToJson(chain.blockMeta(height)?.blockId ?? null, await chain.block(height))
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}

export const block = defineMethod({
  params: { height: 'optionalInt64' },
  async call({ view: { chain } }, args) {
    const height = resolveHeight(chain, args.height, chain.latestHeight())
    return forHeight(args.height, await blockAt(chain, height))
  }
})

export const blockByHash = defineMethod({
  params: { hash: 'bytes' },
  async call({ view: { chain } }, args) {
    const height = chain.heightOfBlock(hexOf(args.hash))
    return height === null ? blockResultToJson(null, null) : new Unchanging(await blockAt(chain, height))
  }
})

export const header = defineMethod({
  params: { height: 'optionalInt64' },
  call({ view: { chain } }, args) {
    const meta = chain.blockMeta(resolveHeight(chain, args.height, chain.latestHeight()))
    return meta === null ? { header: null } : forHeight(args.height, { header: headerToJson(meta.header) })
  }
})

export const headerByHash = defineMethod({
  params: { hash: 'hexBytes' },
  call({ view: { chain } }, args) {
    const height = chain.heightOfBlock(hexOf(args.hash))
    const meta = height === null ? null : chain.blockMeta(height)
    return meta === null ? { header: null } : new Unchanging({ header: headerToJson(meta.header) })
  }
})

/** The canonical commit is the one the next block carries; at the latest height it is what this node saw. */
export const commit = defineMethod({
  params: { height: 'optionalInt64' },
  call({ view: { chain } }, args) {
    const latest = chain.latestHeight()
    const height = resolveHeight(chain, args.height, latest)
    const meta = chain.blockMeta(height)
    if (meta === null) return null
    const canonical = height !== latest
    const found = canonical ? chain.canonicalCommit(height) : chain.seenCommit(height)
    const answer = { signed_header: signedHeaderToJson(meta.header, found), canonical }
    return canonical ? forHeight(args.height, answer) : answer
  }
})

export const blockResults = defineMethod({
  params: { height: 'optionalInt64' },
  call({ view: { chain } }, args) {
    const height = resolveHeight(chain, args.height, chain.latestHeight())
    const results = chain.results(height)
    if (results === null) throw callFailed(`could not find results for height #${height}`)
    return forHeight(args.height, blockResultsToJson(height, results))
  }
})

/** Up to 20 block metas between two heights, the newest first; 0 stands for "not limited". */
export const blockchain = defineMethod({
  params: { minHeight: 'int64', maxHeight: 'int64' },
  call({ view: { chain } }, args) {
    const { min, max } = heightRange(chain, args.minHeight, args.maxHeight)
    const metas: JsonObject[] = []
    for (let height = max; height >= min; height--) {
      const meta = chain.blockMeta(height)
      if (meta !== null) metas.push(blockMetaToJson(meta))
    }
    return { last_height: int64Json(chain.latestHeight()), block_metas: metas }
  }
})

/** CometBFT filterMinMax. */
function heightRange(chain: ChainView, askedMin: bigint, askedMax: bigint): { min: Height; max: Height } {
  if (askedMin < 0n || askedMax < 0n) throw callFailed('heights must be non-negative')
  const latest = BigInt(chain.latestHeight())
  const max = askedMax === 0n || askedMax > latest ? latest : askedMax
  const base = BigInt(chain.baseHeight())
  const lowest = max - BLOCKCHAIN_LIMIT + 1n
  const min = [askedMin === 0n ? 1n : askedMin, base, lowest].reduce((a, b) => (a > b ? a : b))
  if (min > max) throw callFailed(`min height ${min} can't be greater than max height ${max}`)
  return { min: Number(min), max: Number(max) }
}
