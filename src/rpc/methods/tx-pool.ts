import type { CheckTxResponse } from '../../app/index.ts'
import { NO_TX_RESULT_JSON, txResultToJson } from '../json/abci.ts'
import { base64Json, bytesToHexJson, hexJson, int64Json, type JsonObject } from '../json/json.ts'
import type { TxTaken } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'
import { type CallContext, defineMethod, type RpcEnvironment } from './method.ts'
import { resolvePerPage } from './paging.ts'

async function submit(env: RpcEnvironment, tx: Uint8Array): Promise<TxTaken> {
  const outcome = await env.view.txPool.submit(tx)
  if (outcome.kind === 'refused') throw callFailed(outcome.reason)
  return outcome
}

/** Does not wait for the app's check; the answer says nothing but the hash. */
export const broadcastTxAsync = defineMethod({
  params: { tx: 'bytes' },
  sideBySide: true,
  async call(env, args) {
    const { hash, checked } = await submit(env, args.tx)
    checked.catch(error => env.logger.debug('transaction check failed', { hash, error: String(error) }))
    return { code: 0, data: '', log: '', codespace: '', hash: hexJson(hash) }
  }
})

export const broadcastTxSync = defineMethod({
  params: { tx: 'bytes' },
  sideBySide: true,
  async call(env, args) {
    const { hash, checked } = await submit(env, args.tx)
    const { code, data, log, codespace } = await checked
    return { code, data: bytesToHexJson(data), log, codespace, hash: hexJson(hash) }
  }
})

/** Waits until the transaction is in a block; counts as a subscription of the client while it waits. */
export const broadcastTxCommit = defineMethod({
  params: { tx: 'bytes' },
  sideBySide: true,
  call: (env, args, context) => commitTx(env, args.tx, context)
})

async function commitTx(env: RpcEnvironment, tx: Uint8Array, context: CallContext): Promise<JsonObject> {
  // Watching begins before the transaction is handed over, so that no block can come between.
  const watch = env.events.watchTx(tx, context.client)
  try {
    const outcome = await env.view.txPool.submit(tx)
    if (outcome.kind === 'refused') throw callFailed(`error on broadcastTxCommit: ${outcome.reason}`)
    const hash = hexJson(outcome.hash)
    const check = await outcome.checked
    if (check.code !== 0) return commitAnswer(check, NO_TX_RESULT_JSON, hash, 0)
    const committed = await watch.committed(env.config.timeoutBroadcastTxCommitMs)
    if (committed === null) throw callFailed('timed out waiting for tx to be included in a block')
    return commitAnswer(check, txResultToJson(committed.result), hash, committed.height)
  } finally {
    watch.stop()
  }
}

function commitAnswer(
  check: CheckTxResponse,
  txResult: JsonObject,
  hash: string,
  height: number
): JsonObject {
  return { check_tx: txResultToJson(check), tx_result: txResult, hash, height: int64Json(height) }
}

export const unconfirmedTxs = defineMethod({
  params: { limit: 'optionalInt64' },
  call({ view: { txPool } }, args) {
    const txs = txPool.list(resolvePerPage(args.limit))
    return {
      n_txs: int64Json(txs.length),
      total: int64Json(txPool.count()),
      total_bytes: int64Json(txPool.totalBytes()),
      txs: txs.map(base64Json)
    }
  }
})

export const numUnconfirmedTxs = defineMethod({
  params: {},
  call: ({ view: { txPool } }) => ({
    n_txs: int64Json(txPool.count()),
    total: int64Json(txPool.count()),
    total_bytes: int64Json(txPool.totalBytes()),
    txs: null
  })
})
