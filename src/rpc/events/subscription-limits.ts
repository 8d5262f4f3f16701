import type { RpcConfig } from '../rpc-config.ts'
import { callFailed } from '../rpc-error.ts'

/** Counts what each client watches, so that neither one client nor all together exceed the limits of the config. */
export class SubscriptionLimits {
  readonly #maxClients: number
  readonly #maxPerClient: number
  readonly #counts = new Map<string, number>()

  constructor(config: Pick<RpcConfig, 'maxSubscriptionClients' | 'maxSubscriptionsPerClient'>) {
    this.#maxClients = config.maxSubscriptionClients
    this.#maxPerClient = config.maxSubscriptionsPerClient
  }

  /** Takes a place for `client`. @throws RpcError when there is none */
  take(client: string): void {
    const count = this.#counts.get(client) ?? 0
    if (count === 0 && this.#counts.size >= this.#maxClients) {
      throw callFailed(`max_subscription_clients ${this.#maxClients} reached`)
    }
    if (count >= this.#maxPerClient) {
      throw callFailed(`max_subscriptions_per_client ${this.#maxPerClient} reached`)
    }
    this.#counts.set(client, count + 1)
  }

  give(client: string): void {
    const count = this.#counts.get(client) ?? 0
    if (count > 1) this.#counts.set(client, count - 1)
    else this.#counts.delete(client)
  }

  get clients(): number {
    return this.#counts.size
  }
}
