import type { Clock, Logger } from '../../util/index.ts'
import { errorMessage } from '../../util/index.ts'
import type { EventSource, NodeEvent } from '../node-view.ts'
import type { RpcConfig } from '../rpc-config.ts'
import { type ClientEvent, clientEventsOf } from './client-event.ts'
import { SubscriptionLimits } from './subscription-limits.ts'
import { type TxWatch, TxWatches } from './tx-watch.ts'

/** Takes what clients can see of one event of the node, in order. Called only with something in it. */
export type EventListener = (events: readonly ClientEvent[]) => void

/** The one listener on the node's events: hands them to websocket clients and to calls that wait for a transaction. */
export class EventHub {
  readonly limits: SubscriptionLimits
  readonly #watches: TxWatches
  readonly #listeners = new Set<EventListener>()
  readonly #logger: Logger
  readonly #unsubscribe: () => void

  constructor(source: EventSource, config: RpcConfig, clock: Clock, logger: Logger) {
    this.limits = new SubscriptionLimits(config)
    this.#watches = new TxWatches(clock)
    this.#logger = logger
    this.#unsubscribe = source.subscribe(event => this.#publish(event))
  }

  /** Begins to watch for `tx` on behalf of `client`. @throws RpcError when the client may not watch more */
  watchTx(tx: Uint8Array, client: string): TxWatch {
    this.limits.take(client)
    return this.#watches.add(tx, () => this.limits.give(client))
  }

  /** Calls `listener` for every event until the returned function is called. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#unsubscribe()
    this.#listeners.clear()
    this.#watches.close()
  }

  #publish(event: NodeEvent): void {
    if (event.kind === 'blockApplied') this.#watches.noteBlock(event)
    if (this.#listeners.size === 0) return
    const events = clientEventsOf(event)
    for (const listener of this.#listeners) this.#deliver(listener, events)
  }

  /** The node is never stopped by a fault in what listens to it. */
  #deliver(listener: EventListener, events: readonly ClientEvent[]): void {
    try {
      listener(events)
    } catch (error) {
      this.#logger.error('event listener failed', { error: errorMessage(error), cause: error })
    }
  }
}
