import type { AppEvent } from '../../application.ts'
import { ANY } from '../messages/handler.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import { StateLayer } from '../state/state-layer.ts'
import { decodeTx } from '../tx/decode-tx.ts'
import { runTx, TX_MSG_DATA } from '../tx/run-tx.ts'
import { bool, bytes, embedded, message, repeated, text, uint } from '../wire/schema.ts'
import { NOTHING, type QueryPlace, routeOf } from './route.ts'

const SERVICE = '/cosmos.tx.v1beta1.Service'
export const SIMULATE_PATH = `${SERVICE}/Simulate`

const attribute = message('EventAttribute', { key: text(1), value: text(2), index: bool(3) })
const event = message('Event', { type: text(1), attributes: repeated(2, attribute) })
export const SIMULATE_QUESTION = message('SimulateRequest', { txBytes: bytes(2) })
export const SIMULATE_ANSWER = message('SimulateResponse', {
  gasInfo: embedded(1, message('GasInfo', { gasWanted: uint(1), gasUsed: uint(2) })),
  result: embedded(
    2,
    message('Result', {
      data: bytes(1),
      log: text(2),
      events: repeated(3, event),
      msgResponses: repeated(4, ANY)
    })
  )
})

/** A transaction that is simulated is not signed. */
const NO_VERIFIER = { verify: () => false }

export const TX_ROUTES = [
  routeOf(SIMULATE_PATH, SIMULATE_QUESTION, SIMULATE_ANSWER, (place, { txBytes }) =>
    simulate(place, txBytes)
  ),
  routeOf(
    `${SERVICE}/GetTx`,
    message('GetTxRequest', { hash: text(1, 128) }),
    NOTHING,
    () =>
      new Refusal(REFUSED.notSupported, 'the application keeps no transactions; use the tx method of the RPC')
  )
]

/** What a transaction would do and take on the state after the last block; nothing of it stays. */
function simulate({ state, chain, addresses }: QueryPlace, tx: Uint8Array) {
  const decoded = decodeTx(tx, { addresses, bondDenom: chain.bondDenom }, { isSimulated: true })
  if (decoded instanceof Refusal) return decoded
  const { height, time } = state.moment
  const place = { state: new StateLayer(state), chain, addresses, height: height + 1, time }
  const { code, codespace, log, data, events, gasUsed } = runTx(place, decoded, NO_VERIFIER, 'simulate')
  if (code !== 0) return new Refusal({ codespace, code, phrase: log })
  const gasInfo = { gasWanted: decoded.fee.gasLimit, gasUsed: Number(gasUsed) }
  const { msgResponses } = TX_MSG_DATA.decode(data)
  return { gasInfo, result: { data, log: '', events: events.map(plainEvent), msgResponses } }
}

function plainEvent({ type, attributes }: AppEvent) {
  return { type, attributes }
}
