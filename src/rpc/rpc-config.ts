/** How the server listens and what it allows; config.toml's section [rpc] and what is ours beside it. */
export interface RpcConfig {
  /** `tcp://host:port` or `unix:///path`. Port 0 takes a free one. */
  readonly listenAddress: string
  /** Origins a browser may call from; `*` stands for any text. Empty: no CORS headers at all. */
  readonly corsAllowedOrigins: readonly string[]
  readonly corsAllowedMethods: readonly string[]
  readonly corsAllowedHeaders: readonly string[]
  /**
   * Host names a request may carry in its Host header, without ports. Empty: any. Set it on a node whose operator
   * browses the web on the same machine: it stops pages that rebind their DNS name to the loopback address.
   */
  readonly allowedHosts: readonly string[]
  /** Serves dial_seeds, dial_peers and unsafe_flush_mempool, if the node view has them. */
  readonly unsafe: boolean
  readonly maxOpenConnections: number
  /** Websocket clients with subscriptions, and calls of broadcast_tx_commit that wait. */
  readonly maxSubscriptionClients: number
  readonly maxSubscriptionsPerClient: number
  /** Events that wait for one slow websocket client before it gets no more. */
  readonly subscriptionBufferSize: number
  /** Of a client that cannot keep up: true closes the connection, false ends the subscription. */
  readonly closeOnSlowClient: boolean
  readonly timeoutBroadcastTxCommitMs: number
  readonly maxRequestBatchSize: number
  readonly maxBodyBytes: number
  readonly maxHeaderBytes: number
  /** A batch stops being answered once this much text has been made. */
  readonly maxBatchResponseBytes: number
  /** A request must arrive whole within this time. */
  readonly readTimeoutMs: number
  /** A large answer must have been taken by the client within this time. */
  readonly writeTimeoutMs: number
  /** An idle connection is kept this long; longer than proxies keep theirs (60 s), so that they close first. */
  readonly keepAliveTimeoutMs: number
  /** When no block came for so long, `health` and `/readyz` say so. */
  readonly maxBlockSilenceMs: number
  /** PEM texts; null serves plain HTTP. */
  readonly tls: { readonly certificate: string; readonly privateKey: string } | null
}

export const DEFAULT_RPC_CONFIG: RpcConfig = {
  listenAddress: 'tcp://127.0.0.1:26657',
  corsAllowedOrigins: [],
  corsAllowedMethods: ['HEAD', 'GET', 'POST'],
  corsAllowedHeaders: ['Origin', 'Accept', 'Content-Type', 'X-Requested-With', 'X-Server-Time'],
  allowedHosts: [],
  unsafe: false,
  maxOpenConnections: 900,
  maxSubscriptionClients: 100,
  maxSubscriptionsPerClient: 5,
  subscriptionBufferSize: 200,
  closeOnSlowClient: false,
  timeoutBroadcastTxCommitMs: 10_000,
  maxRequestBatchSize: 100,
  maxBodyBytes: 1_000_000,
  maxHeaderBytes: 65_536,
  maxBatchResponseBytes: 32 * 1024 * 1024,
  readTimeoutMs: 10_000,
  writeTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
  maxBlockSilenceMs: 60_000,
  tls: null
}
