import { txHash, txProofs } from '../../types/index.ts'
import { txResultToJson } from '../json/abci.ts'
import { txProofToJson } from '../json/block.ts'
import { base64Json, hexJson, int64Json, type JsonObject } from '../json/json.ts'
import type { ChainView, EventIndex, IndexedTx, NodeView } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'
import { defineMethod, Unchanging } from './method.ts'

const INDEXER = { transaction: 'TxIndexer', block: 'BlockIndexer' } as const

/** The index, or the error that there is none to be asked, in CometBFT's words. */
export function indexOf(
  view: NodeView,
  what: keyof typeof INDEXER,
  operation: 'Get' | 'Search' = 'Search'
): EventIndex {
  const { index } = view
  if (index === null) throw callFailed(`${what} indexing is disabled`)
  if (index === 'elsewhere') throw callFailed(`the ${INDEXER[what]}.${operation} method is not supported`)
  return index
}

/** Proves transactions of blocks; the trees of one block serve all of its transactions. */
export class TxProver {
  readonly #chain: ChainView
  #height = 0
  #proofs: ReturnType<typeof txProofs> | null = null

  constructor(chain: ChainView) {
    this.#chain = chain
  }

  /** The proof as JSON; null when the block is no longer stored. */
  async prove(found: IndexedTx): Promise<JsonObject | null> {
    if (this.#height !== found.height) {
      const block = await this.#chain.block(found.height)
      this.#proofs = block === null ? null : txProofs(block.txs)
      this.#height = found.height
    }
    const proof = this.#proofs?.proofs[found.index]
    return proof === undefined ? null : txProofToJson(this.#proofs!.root, proof, found.tx)
  }
}

/** A transaction with its result and place; without a proof the field is not there at all. */
export function indexedTxToJson(found: IndexedTx, proof: JsonObject | null): JsonObject {
  return {
    hash: hexJson(txHash(found.tx)),
    height: int64Json(found.height),
    index: found.index,
    tx_result: txResultToJson(found.result),
    tx: base64Json(found.tx),
    ...(proof === null ? {} : { proof })
  }
}

export const tx = defineMethod({
  params: { hash: 'bytes', prove: 'boolean' },
  async call({ view }, args) {
    const hash = Buffer.from(args.hash).toString('hex')
    const found = indexOf(view, 'transaction', 'Get').tx(hash)
    if (found === null) throw callFailed(`tx (${hexJson(hash)}) not found`)
    const proof = args.prove ? await new TxProver(view.chain).prove(found) : null
    return new Unchanging(indexedTxToJson(found, proof))
  }
})
