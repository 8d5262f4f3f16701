import type { AppEvent, ExecTxResult, FinalizeBlockResponse } from '../../src/app/index.ts'
import type { EventIndexerParts } from '../../src/blockstore/index.ts'
import type { Block } from '../../src/types/index.ts'

/** One height as the indexer sees it. */
export interface EventHeight {
  readonly txs: readonly {
    readonly tx: Uint8Array
    readonly code: number
    readonly events: readonly AppEvent[]
  }[]
  readonly events: readonly AppEvent[]
}

const NO_BYTES = new Uint8Array(0)

function resultOf(code: number, events: readonly AppEvent[]): ExecTxResult {
  return { code, data: NO_BYTES, log: '', info: '', gasWanted: 0n, gasUsed: 0n, events, codespace: '' }
}

/** Stored blocks and results that are nothing but transactions and events; height 1 is the first. */
export class EventChain {
  readonly heights: EventHeight[] = []
  /** Heights whose results are not stored. */
  readonly withoutResults = new Set<number>()
  base = 1
  loads = 0

  append(height: EventHeight): number {
    return this.heights.push(height)
  }

  blockAt(height: number): Block {
    const txs = this.heights[height - 1]!.txs.map(({ tx }) => tx)
    return { header: { height }, txs } as unknown as Block
  }

  resultsAt(height: number): FinalizeBlockResponse {
    const { txs, events } = this.heights[height - 1]!
    return {
      events,
      txResults: txs.map(({ code, events: own }) => resultOf(code, own)),
      validatorUpdates: [],
      consensusParamUpdates: null,
      appHash: NO_BYTES
    }
  }

  /** The ports of the indexer over this chain. */
  get stores(): Pick<EventIndexerParts, 'blocks' | 'results'> {
    const chain = this
    return {
      blocks: {
        get base() {
          return chain.heights.length === 0 ? 0 : chain.base
        },
        loadBlock: async height => {
          chain.loads += 1
          return height >= chain.base && height <= chain.heights.length ? chain.blockAt(height) : null
        }
      },
      results: {
        loadResults: height =>
          height >= chain.base && height <= chain.heights.length && !chain.withoutResults.has(height)
            ? chain.resultsAt(height)
            : null
      }
    }
  }
}

export function event(
  type: string,
  ...attributes: readonly (readonly [string, string, boolean?])[]
): AppEvent {
  return { type, attributes: attributes.map(([key, value, index = true]) => ({ key, value, index })) }
}
