import type { Height, Hex } from '../types/index.ts'

/** The [mempool] section of config.toml. */
export interface TxPoolConfig {
  /** Most transactions, those the app is looking at included. */
  readonly size: number
  readonly maxTxsBytes: number
  readonly maxTxBytes: number
  readonly cacheSize: number
  readonly keepInvalidTxsInCache: boolean
  /** Ask the app again about every transaction left after a block. */
  readonly recheck: boolean
}

export const DEFAULT_TX_POOL_CONFIG: TxPoolConfig = {
  size: 5000,
  maxTxsBytes: 64 * 1024 * 1024,
  maxTxBytes: 1024 * 1024,
  cacheSize: 10_000,
  keepInvalidTxsInCache: false,
  recheck: true
}

/** What one block takes; it follows the consensus params and the size of the validator set. */
export interface BlockRoom {
  /** Bytes for transactions in a block without evidence. */
  readonly maxDataBytes: number
  /** -1 for no limit. */
  readonly maxGas: number
}

export interface PoolTx {
  readonly hash: Hex
  readonly tx: Uint8Array
  readonly gasWanted: bigint
  /** The last block's height when it came in. */
  readonly height: Height
  /** The peer that sent it first; null when it came from a client of this node. */
  readonly from: string | null
}

export interface CommittedTxs {
  readonly height: Height
  readonly txs: readonly Uint8Array[]
  /** One a transaction: whether it was executed with code 0. */
  readonly results: readonly { readonly code: number }[]
  /** The hashes of the transactions, where the caller has them. */
  readonly hashes?: readonly Hex[]
  readonly room: BlockRoom
  /** Asked now and then while rechecking; true leaves the rest unchecked until the next block. */
  readonly isRecheckOver?: () => boolean
}

export interface TxBatchSummary {
  readonly added: number
  /** Not shown to the app, those known already left out. */
  readonly refused: number
  readonly known: number
  /** Refused by the app, or by the gas limit. */
  readonly invalid: number
}
