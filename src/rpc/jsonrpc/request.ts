import { isUtf8 } from 'node:buffer'
import { RpcError } from '../rpc-error.ts'
import { MAX_DEPTH, nestsDeeperThan } from './json-depth.ts'

/** Strings are echoed as they came; numbers only while a double holds them exactly, so that no two ids collide. */
export type RequestId = string | number

/** A request to be answered. */
export interface Request {
  readonly kind: 'request'
  readonly id: RequestId
  readonly method: string
  readonly params: unknown
}

/** Something in the place of a request, answered with an error; the id is null where it could not be told. */
export interface InvalidRequest {
  readonly kind: 'invalid'
  readonly id: RequestId | null
  readonly reason: string
}

/** A request without an id: nothing is done and nothing answered, as in CometBFT. */
export interface Notification {
  readonly kind: 'notification'
}

export type Message = Request | InvalidRequest | Notification

/**
 * Reads a body: one message or a batch. Throws RpcError 'parse' when it is not JSON in UTF-8, or nested too deep.
 * Of a key that is given twice the last one counts, as for Go and JSON.parse.
 */
export function parseMessages(body: Buffer): Message | readonly Message[] {
  const value = parseJson(body)
  return Array.isArray(value) ? value.map(parseMessage) : parseMessage(value)
}

/** Reads one message; a batch is refused (websocket). */
export function parseSingleMessage(body: Buffer): Message {
  return parseMessage(parseJson(body))
}

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw parseError('body is not valid UTF-8')
  if (nestsDeeperThan(body, MAX_DEPTH)) throw parseError(`nested deeper than ${MAX_DEPTH} levels`)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw parseError(error instanceof SyntaxError ? error.message : 'not JSON', error)
  }
}

function parseError(reason: string, cause?: unknown): RpcError {
  return new RpcError('parse', `error unmarshaling request: ${reason}`, { cause })
}

function parseMessage(value: unknown): Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'invalid', id: null, reason: 'a request must be an object' }
  }
  const { id, method = '', params } = value as { id?: unknown; method?: unknown; params?: unknown }
  if (id === undefined || id === null) return { kind: 'notification' }
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) {
    return { kind: 'invalid', id: null, reason: 'json-rpc ID must be a string or an integer below 2^53' }
  }
  if (typeof method !== 'string') {
    return { kind: 'invalid', id: id as RequestId, reason: 'method must be a string' }
  }
  return { kind: 'request', id: id as RequestId, method, params }
}
