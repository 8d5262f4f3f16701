import { tryDecode } from '../../../codec/index.ts'
import type { Addresses } from '../addresses.ts'
import type { Context } from '../context.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { AccountId } from '../state/table.ts'
import { bytes, type Message, type MessageValue, message, text } from '../wire/schema.ts'

/** google.protobuf.Any. */
export const ANY = message('Any', { typeUrl: text(1, 256), value: bytes(2) })
export type Any = MessageValue<typeof ANY>

/** What a message can be judged by before there is any state. */
export interface MessageRules {
  readonly addresses: Addresses
  readonly bondDenom: string
}

/** A message that was understood. */
export interface Action {
  readonly typeUrl: string
  /** Module in the message event. */
  readonly module: string
  /** Who must have signed. */
  readonly signers: readonly AccountId[]
  readonly gas: number
  /** Does it, and returns the bytes of the answer; on a refusal the caller drops all changes. */
  run(ctx: Context): Uint8Array | Refusal
}

export interface MessageHandler {
  readonly typeUrl: string
  understand(value: Uint8Array, rules: MessageRules): Action | Refusal
}

/** What is special about one type of message. */
export interface MessageKind<T> {
  readonly typeUrl: string
  readonly wire: Message<T>
  /** Beyond what every transaction costs. */
  readonly gas: number
  /** Checks all that needs no state. */
  prepare(
    value: T,
    rules: MessageRules
  ): { readonly signers: readonly AccountId[]; run(ctx: Context): Uint8Array | Refusal } | Refusal
}

const NO_ANSWER = new Uint8Array(0)

export { NO_ANSWER }

export function handlerOf<T>({ typeUrl, wire, gas, prepare }: MessageKind<T>): MessageHandler {
  const module = typeUrl.split('.')[1]!
  return {
    typeUrl,
    understand(value, rules) {
      const decoded = tryDecode(wire.decode, value)
      if (!decoded.ok) return new Refusal(REFUSED.txDecode, decoded.error.message)
      const prepared = prepare(decoded.value, rules)
      return prepared instanceof Refusal ? prepared : { typeUrl, module, gas, ...prepared }
    }
  }
}

export function invalidAddress(what: string, given: string): Refusal {
  return new Refusal(REFUSED.invalidAddress, `invalid ${what} address ${JSON.stringify(given.slice(0, 100))}`)
}
