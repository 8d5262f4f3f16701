import { REFUSED, Refusal } from '../refusal.ts'
import { BANK_HANDLERS } from './bank.ts'
import { DELEGATION_HANDLERS } from './delegation.ts'
import type { Action, Any, MessageHandler, MessageRules } from './handler.ts'
import { SLASHING_HANDLERS } from './slashing.ts'
import { VALIDATOR_HANDLERS } from './validator.ts'

const HANDLERS: ReadonlyMap<string, MessageHandler> = new Map(
  [...BANK_HANDLERS, ...DELEGATION_HANDLERS, ...VALIDATOR_HANDLERS, ...SLASHING_HANDLERS].map(handler => [
    handler.typeUrl,
    handler
  ])
)

/** What a message of a transaction asks for, or why it cannot be meant. */
export function understandMessage({ typeUrl, value }: Any, rules: MessageRules): Action | Refusal {
  const handler = HANDLERS.get(typeUrl)
  if (handler !== undefined) return handler.understand(value, rules)
  return new Refusal(
    REFUSED.unknownRequest,
    `no message handler found for ${JSON.stringify(typeUrl.slice(0, 128))}`
  )
}
