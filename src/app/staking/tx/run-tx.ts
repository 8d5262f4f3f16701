import type { SignatureVerifier } from '../../../crypto/index.ts'
import type { AppEvent, ExecTxResult } from '../../application.ts'
import { type Context, emit } from '../context.ts'
import { ANY } from '../messages/handler.ts'
import { makeSlashingState } from '../modules/slashing-port.ts'
import { Refusal } from '../refusal.ts'
import { StateLayer } from '../state/state-layer.ts'
import { message, repeated } from '../wire/schema.ts'
import { type AnteMode, gasRefusal, runAnte } from './ante.ts'
import type { DecodedTx } from './decode-tx.ts'
import { gasOf } from './gas.ts'

const NO_BYTES = new Uint8Array(0)

/** cosmos.base.abci.v1beta1.TxMsgData. */
export const TX_MSG_DATA = message('TxMsgData', { msgResponses: repeated(2, ANY) })

/** The block, or the state after the last one, that a transaction is run on. */
export type TxPlace = Omit<Context, 'slashing' | 'events'>

/**
 * Runs a transaction on `place.state`, which takes its changes: all of them, or, when a message fails, its fee and
 * sequences only, or nothing when it may not be in a block at all. The result's code says which.
 */
export function runTx(
  place: TxPlace,
  tx: DecodedTx,
  verifier: SignatureVerifier,
  mode: AnteMode = 'full'
): ExecTxResult {
  const gas = { gasWanted: BigInt(tx.fee.gasLimit), gasUsed: BigInt(gasOf(tx)) }
  const ante = contextOn(place)
  const refusal = runAnte(ante, tx, verifier, mode)
  if (refusal !== null) return failure(refusal, [], { ...gas, gasUsed: 0n })
  ante.state.mergeInto(place.state)
  const tooLittleGas = mode === 'simulate' ? null : gasRefusal(tx)
  if (tooLittleGas !== null) return failure(tooLittleGas, ante.events, gas)
  const messages = contextOn(place)
  const data = runMessages(messages, tx)
  if (data instanceof Refusal) return failure(data, ante.events, gas)
  messages.state.mergeInto(place.state)
  return {
    code: 0,
    data,
    log: '',
    info: '',
    ...gas,
    events: [...ante.events, ...messages.events],
    codespace: ''
  }
}

/** A context whose changes are its own until they are merged. */
export function contextOn(place: TxPlace): Context {
  const state = new StateLayer(place.state)
  return { ...place, state, slashing: makeSlashingState(state, place.chain), events: [] }
}

function runMessages(ctx: Context, { actions }: DecodedTx): Uint8Array | Refusal {
  const msgResponses: { typeUrl: string; value: Uint8Array }[] = []
  for (const [index, action] of actions.entries()) {
    const { typeUrl, module, signers } = action
    const from = ctx.events.length
    emit(ctx, 'message', { action: typeUrl, sender: ctx.addresses.ofAccount(signers[0]!), module })
    const answer = action.run(ctx)
    if (answer instanceof Refusal) {
      const { codespace, code, log } = answer
      const phrase = `failed to execute message; message index: ${index}: ${log}`
      return new Refusal({ codespace, code, phrase })
    }
    msgResponses.push({ typeUrl: `${typeUrl}Response`, value: answer })
    tagEvents(ctx.events, from, index)
  }
  return TX_MSG_DATA.encode({ msgResponses })
}

/** Every event of a message says whose it is, for clients that look for one message's. */
function tagEvents(events: AppEvent[], from: number, index: number): void {
  const tag = { key: 'msg_index', value: `${index}`, index: true }
  for (let at = from; at < events.length; at++) {
    const event = events[at]!
    events[at] = { ...event, attributes: [...event.attributes, tag] }
  }
}

export function failure(
  { code, codespace, log }: Refusal,
  events: readonly AppEvent[] = [],
  gas: { readonly gasWanted: bigint; readonly gasUsed: bigint } = { gasWanted: 0n, gasUsed: 0n }
): ExecTxResult {
  return { code, data: NO_BYTES, log, info: '', ...gas, events, codespace }
}
