import type { ClientMessage } from './run-client.ts'

/** What the load client is to do. */
export interface LoadPlan {
  /** The nodes transactions are sent to, in turn. */
  readonly urls: readonly string[]
  /** The node that is asked what was committed. */
  readonly observerUrl: string
  /** Size of one transaction. */
  readonly txBytes: number
  /** Transactions in one request: 1 is a plain call, more a JSON-RPC batch. */
  readonly batch: number
  readonly connectionsPerNode: number
  /** Transactions under way at the most, accepted and not yet seen in a block. */
  readonly window: number
  /** Offered in a second over all nodes; null for as many as the window lets through. */
  readonly txPerSecond: number | null
  readonly warmUpSeconds: number
  readonly seconds: number
  /** Makes the keys of this run different from those of others. */
  readonly label: string
}

/** What came of it. `measured` counts what became visible at the observer in the measured time. */
export interface LoadResult {
  readonly seconds: number
  readonly blocks: number
  readonly txs: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly sent: number
  readonly accepted: number
  readonly refused: number
  /** Accepted, and in no block when the run was over. */
  readonly missing: number
  /** In more than one block, which must never be. */
  readonly repeated: number
  readonly clientCpuMs: number
}

export type LoadMessage = ClientMessage<LoadResult>
