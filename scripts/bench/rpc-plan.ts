import type { ClientMessage } from './run-client.ts'

/** What the client that asks and listens is to do. */
export interface RpcPlan {
  /** The node that is asked, `http://HOST:PORT`. */
  readonly url: string
  readonly requestsPerSecond: number
  readonly connections: number
  /** Websockets, and what each of them subscribes to. */
  readonly sockets: number
  readonly queries: readonly string[]
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** What came of it in the measured time. */
export interface RpcResult {
  readonly seconds: number
  readonly requests: number
  readonly errors: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly subscriptions: number
  readonly events: number
  readonly clientCpuMs: number
}

export type RpcMessage = ClientMessage<RpcResult>
