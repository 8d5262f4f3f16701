import type { Message, RequestId } from './request.ts'
import { errorText } from './response.ts'

/** So many messages of a batch that is too long are refused one by one; beyond, the batch as a whole is. */
const MAX_SINGLE_REFUSALS = 10_000

/**
 * The answer to a batch that is longer than allowed. Every id is answered, since clients match by id and would wait for
 * ever for one that is missing; a batch far too long, or without ids, gets a single error.
 */
export function refuseLongBatch(messages: readonly Message[], limit: number): string {
  const reason = `batch request exceeds maximum (${limit}) allowed number of requests`
  const ids = messages.flatMap(idOf)
  if (ids.length === 0 || messages.length > MAX_SINGLE_REFUSALS)
    return errorText(null, 'invalidRequest', reason)
  return `[${ids.map(id => errorText(id, 'invalidRequest', reason)).join(',')}]`
}

function idOf(message: Message): RequestId[] {
  return message.kind === 'notification' || message.id === null ? [] : [message.id]
}
