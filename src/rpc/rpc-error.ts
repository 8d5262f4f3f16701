import { PnyxError } from '../util/index.ts'

/** JSON-RPC error codes with the message CometBFT gives each. */
export const RPC_ERROR = {
  parse: { code: -32700, message: 'Parse error. Invalid JSON' },
  invalidRequest: { code: -32600, message: 'Invalid Request' },
  methodNotFound: { code: -32601, message: 'Method not found' },
  invalidParams: { code: -32602, message: 'Invalid params' },
  internal: { code: -32603, message: 'Internal error' },
  server: { code: -32000, message: 'Server error' }
} as const

export type RpcErrorKind = keyof typeof RPC_ERROR

/** A call that failed in a way the client is told: `message` goes into the answer's `data`. */
export class RpcError extends PnyxError<'RPC_CALL_FAILED'> {
  readonly kind: RpcErrorKind

  constructor(kind: RpcErrorKind, message: string, options?: ErrorOptions) {
    super('RPC_CALL_FAILED', message, options)
    this.kind = kind
  }
}

/** The server cannot start or serve: address in use, bad certificate. */
export class RpcServerError extends PnyxError<'RPC_LISTEN_ADDRESS' | 'RPC_LISTEN_FAILED'> {}

/** A call that cannot be answered as asked. CometBFT gives all of these as "internal error". */
export function callFailed(message: string): RpcError {
  return new RpcError('internal', message)
}

export function invalidParams(message: string): RpcError {
  return new RpcError('invalidParams', message)
}
