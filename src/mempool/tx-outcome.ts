import type { CheckTxResponse } from '../app/index.ts'
import type { Hex } from '../types/index.ts'

/**
 * Why a transaction was not even shown to the app. poolFull and recheckFull pass by themselves; inCache means that it
 * is here or was here, so it is no failure of the sender's.
 */
export type TxRefusalCode = 'poolFull' | 'recheckFull' | 'txTooLarge' | 'preCheck' | 'inCache'

export interface TxRefusal {
  readonly kind: 'refused'
  readonly code: TxRefusalCode
  /** CometBFT's text for it, as clients know it. */
  readonly message: string
}

/** The app's answer. Not added although its code is 0: `postCheck` says why. */
export interface CheckedTx {
  readonly kind: 'checked'
  readonly hash: Hex
  readonly response: CheckTxResponse
  readonly added: boolean
  /** CometBFT's text when the gas is beyond what a block may use, null otherwise. */
  readonly postCheck: string | null
}

export type TxOutcome = TxRefusal | CheckedTx

/** The pool has a place for the transaction while the app looks at it. */
export interface TxTaken {
  readonly kind: 'taken'
  readonly hash: Hex
  /** Rejects when the app does. */
  readonly checked: Promise<CheckedTx>
}

export const TX_IN_CACHE: TxRefusal = {
  kind: 'refused',
  code: 'inCache',
  message: 'tx already exists in cache'
}

export const RECHECK_FULL: TxRefusal = {
  kind: 'refused',
  code: 'recheckFull',
  message: 'mempool is still rechecking after a new committed block, so it is considered as full'
}

export function poolFull(txs: number, maxTxs: number, bytes: number, maxBytes: number): TxRefusal {
  const message = `mempool is full: number of txs ${txs} (max: ${maxTxs}), total txs bytes ${bytes} (max: ${maxBytes})`
  return { kind: 'refused', code: 'poolFull', message }
}

export function txTooLarge(maxBytes: number, bytes: number): TxRefusal {
  const message = `Tx too large. Max size is ${maxBytes}, but got ${bytes}`
  return { kind: 'refused', code: 'txTooLarge', message }
}

/** Larger than the data of any block may be; `bytes` as the transaction counts in a block. */
export function txBeyondBlock(maxBytes: number, bytes: number): TxRefusal {
  const message = `tx pre check: tx size is too big: ${bytes}, max: ${maxBytes}`
  return { kind: 'refused', code: 'preCheck', message }
}

/** Null when a block may use this much gas (CometBFT PostCheckMaxGas); `maxGas` -1 for no limit. */
export function gasRefusal(gasWanted: bigint, maxGas: number): string | null {
  if (maxGas === -1) return null
  if (gasWanted < 0n) return `gas wanted ${gasWanted} is negative`
  return gasWanted > BigInt(maxGas) ? `gas wanted ${gasWanted} is greater than max gas ${maxGas}` : null
}
