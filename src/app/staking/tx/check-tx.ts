import type { CheckTxRequest, CheckTxResponse } from '../../application.ts'
import type { BlockRules } from '../execute-block.ts'
import { Refusal } from '../refusal.ts'
import { gasRefusal, runAnte } from './ante.ts'
import { decodeTx } from './decode-tx.ts'
import { gasOf } from './gas.ts'
import { contextOn, failure, type TxPlace } from './run-tx.ts'

const NO_BYTES = new Uint8Array(0)

/**
 * Whether a transaction may wait for a block: it pays its fee, is signed, and follows the ones before it in `place`, of
 * which it becomes one. Its messages are only run in the block.
 */
export function checkTx(place: TxPlace, rules: BlockRules, { tx, type }: CheckTxRequest): CheckTxResponse {
  const { chain, addresses, verifier } = rules
  const decoded = decodeTx(tx, { addresses, bondDenom: chain.bondDenom })
  if (decoded instanceof Refusal) return failure(decoded)
  const gas = { gasWanted: BigInt(decoded.fee.gasLimit), gasUsed: BigInt(gasOf(decoded)) }
  const ctx = contextOn(place)
  const mode = type === 'recheck' ? 'recheck' : 'full'
  const refusal = gasRefusal(decoded) ?? runAnte(ctx, decoded, verifier, mode)
  if (refusal !== null) return failure(refusal, [], gas)
  ctx.state.mergeInto(place.state)
  return { code: 0, data: NO_BYTES, log: '', info: '', ...gas, events: ctx.events, codespace: '' }
}
