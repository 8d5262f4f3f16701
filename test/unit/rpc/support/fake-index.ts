import type { AppEvent } from '../../../../src/app/index.ts'
import type { EventIndex, IndexEntry, IndexedTx, IndexRange } from '../../../../src/rpc/index.ts'
import { type Height, txHash } from '../../../../src/types/index.ts'
import type { SyntheticChain } from './synthetic-chain.ts'

/** The index as its port describes it, over a chain in memory; scans count themselves. */
export class FakeIndex implements EventIndex {
  readonly #chain: SyntheticChain
  scannedEntries = 0

  constructor(chain: SyntheticChain) {
    this.#chain = chain
  }

  tx(hash: string): IndexedTx | null {
    for (const { block } of this.#chain.blocks) {
      const index = block.txs.findIndex(tx => txHash(tx) === hash)
      if (index >= 0) return this.txAt(block.header.height, index)
    }
    return null
  }

  txAt(height: Height, index: number): IndexedTx | null {
    const found = this.#chain.at(height)
    const tx = found?.block.txs[index]
    return tx === undefined ? null : { height, index, tx, result: found!.results.txResults[index]! }
  }

  async *txEntries(key: string, range: IndexRange): AsyncIterable<IndexEntry> {
    for (const { block, results } of this.#chain.blocks) {
      const height = block.header.height
      for (const [txIndex, result] of results.txResults.entries()) {
        const own = { height, txIndex, eventIndex: -1, value: String(height) }
        const entries = key === 'tx.height' ? [own] : entriesOf(result.events, key, height, txIndex)
        yield* this.#within(entries, range)
      }
    }
  }

  async *blockEntries(key: string, range: IndexRange): AsyncIterable<IndexEntry> {
    for (const { block, results } of this.#chain.blocks) {
      const height = block.header.height
      const own = { height, txIndex: 0, eventIndex: -1, value: String(height) }
      yield* this.#within(key === 'block.height' ? [own] : entriesOf(results.events, key, height, 0), range)
    }
  }

  *#within(entries: readonly IndexEntry[], range: IndexRange): Iterable<IndexEntry> {
    for (const entry of entries) {
      if (entry.height < (range.minHeight ?? 0)) continue
      if (entry.height > (range.maxHeight ?? Number.MAX_SAFE_INTEGER)) continue
      if (range.value !== undefined && range.value !== entry.value) continue
      this.scannedEntries += 1
      yield entry
    }
  }
}

function entriesOf(events: readonly AppEvent[], key: string, height: Height, txIndex: number): IndexEntry[] {
  return events.flatMap((event, eventIndex) =>
    event.attributes
      .filter(attribute => attribute.index && `${event.type}.${attribute.key}` === key)
      .map(({ value }) => ({ height, txIndex, eventIndex, value }))
  )
}
