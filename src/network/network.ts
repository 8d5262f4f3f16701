/** A peer, by its transport's own id (base58 for libp2p). */
export type PeerId = string

/** Gossip topics; on the wire each name carries the genesis hash. Listed by falling priority. */
export const TOPICS = ['consensus', 'parts', 'evidence', 'txs'] as const
export type Topic = (typeof TOPICS)[number]

/** Request/response protocols on streams; on the wire each name carries the genesis hash. */
export const PROTOCOLS = ['catchup', 'sync', 'status'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** accept: use and forward. ignore: drop, nobody's fault. reject: drop, the sender misbehaved. */
export type Verdict = 'accept' | 'ignore' | 'reject'

export interface PeerInfo {
  readonly id: PeerId
  /** CometBFT's node id: 40 lower-case hex digits, derived from the same key. '' when unknown. */
  readonly nodeId: string
  readonly address: string
  /** Where it says that it listens, as a multiaddr; '' or absent when unknown. Never trusted. */
  readonly listenAddress?: string
  readonly outbound: boolean
  readonly connectedAtMs: number
  /** Topics the peer is subscribed to, as far as known. */
  readonly topics: readonly Topic[]
  /** What the peer told of itself at connection, if anything. */
  readonly moniker: string
  /** Messages, requests and answers, without what the transport adds; absent where nothing is counted. */
  readonly sentBytes?: number
  readonly receivedBytes?: number
}

/** once: tried one time. seed: tried while peers are few. persistent: tried for ever, and let in above all limits. */
export type DialWish = 'once' | 'seed' | 'persistent'

export interface NetworkHandlers {
  /**
   * A gossip message within the size cap. `judge` must be called exactly once, now or later; only then is the
   * message forwarded (accept) or its sender blamed (reject). Must not throw.
   */
  onMessage(topic: Topic, data: Uint8Array, from: PeerId, judge: (verdict: Verdict) => void): void
  /** Answers a request; null refuses it. Rejection is counted and closes only that stream. */
  onRequest(protocol: Protocol, data: Uint8Array, from: PeerId): Promise<Uint8Array | null>
  onPeerConnected(peer: PeerInfo): void
  onPeerDisconnected(peer: PeerId): void
}

/**
 * The network port: moves bytes and verdicts, knows nothing of consensus. Delivery is unreliable and unordered, and
 * a message may come twice; nothing above may depend on how bytes travel.
 */
export interface Network {
  readonly self: { readonly id: PeerId; readonly nodeId: string; readonly listenAddresses: readonly string[] }
  start(handlers: NetworkHandlers): Promise<void>
  stop(): Promise<void>
  /**
   * Sends to all subscribers, never back to this node; the same bytes published again are sent again. Returns how many
   * peers they were handed to. Never throws.
   */
  publish(topic: Topic, data: Uint8Array): number
  /** One request, one answer. Throws NetworkError (TIMEOUT, PEER_GONE, REFUSED, TOO_LARGE). */
  request(peer: PeerId, protocol: Protocol, data: Uint8Array, timeoutMs: number): Promise<Uint8Array>
  peers(): readonly PeerInfo[]
  /**
   * Begins to dial peers, given as in the options; does not wait. Throws NetworkError (BAD_ADDRESS, STOPPED) and then
   * dials none of them.
   */
  dial(peers: readonly string[], wish: DialWish): void
  /** Blames a peer for what it sent on a stream or after its gossip was judged; enough blame disconnects it. */
  report(peer: PeerId, reason: string): void
}
