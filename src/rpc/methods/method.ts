import type { Clock, Logger } from '../../util/index.ts'
import type { EventHub } from '../events/event-hub.ts'
import type { Subscriptions } from '../events/subscriptions.ts'
import type { Json, JsonText } from '../json/json.ts'
import type { RequestId } from '../jsonrpc/request.ts'
import type { NodeHealth } from '../node-health.ts'
import type { NodeView } from '../node-view.ts'
import type { ParamSpec, ParamValues } from '../params/param-kind.ts'
import type { RpcConfig } from '../rpc-config.ts'

/** What every method works with. */
export interface RpcEnvironment {
  readonly view: NodeView
  readonly config: RpcConfig
  readonly health: NodeHealth
  readonly events: EventHub
  readonly clock: Clock
  readonly logger: Logger
}

/** Who calls. */
export interface CallContext {
  /** `ip:port` of the connection; subscriptions are counted by it. */
  readonly client: string
  /** On a websocket: the subscriptions of the connection, and the id their events will carry. */
  readonly subscriber?: { readonly id: RequestId; readonly subscriptions: Subscriptions }
}

/** A result that will be the same for ever, so that caches on the way may keep it. */
export class Unchanging {
  readonly result: Json | JsonText

  constructor(result: Json | JsonText) {
    this.result = result
  }
}

export type MethodResult = Json | JsonText | Unchanging

/** One RPC method. */
export interface Method<P extends ParamSpec = ParamSpec> {
  readonly params: P
  /**
   * True for a method that waits for others and whose answer is short: in a batch such calls run side by side, begun in
   * order. All others are done one after the other, so that a batch holds one large answer at a time.
   */
  readonly sideBySide?: boolean
  /** True for a method that other transports do not have. */
  readonly websocketOnly?: boolean
  call(env: RpcEnvironment, args: ParamValues<P>, context: CallContext): MethodResult | Promise<MethodResult>
}

/** A method whose parameter types were checked where it was declared. */
export type AnyMethod = Method<ParamSpec>

/** Declares a method; `args` gets its types from `params`. */
export function defineMethod<const P extends ParamSpec>(method: Method<P>): AnyMethod {
  return method as unknown as AnyMethod
}

export type MethodTable = ReadonlyMap<string, AnyMethod>
