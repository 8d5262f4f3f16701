import { decodeTxsFrame, encodeTxsFrame, TX_BATCH_BYTES, type TxPool } from '../../mempool/index.ts'
import type { Network, PeerId, Verdict } from '../../network/index.ts'
import type { Height } from '../../types/index.ts'
import { BoundedLabel, type Clock, type Gauge, type Metrics, type Timer } from '../../util/index.ts'

export interface TxGossipParts {
  readonly network: Network
  readonly clock: Clock
  readonly txPool: TxPool
  readonly metrics: Metrics
  readonly maxTxBytes: number
  /** The app failed while checking: the node must stop. */
  readonly fatal: (error: unknown) => void
}

/** How long a transaction waits for others to share its message: one transaction a message is ten times too dear. */
const BATCH_WAIT_MS = 10
/** A transaction of ours that no block took for this many heights is sent again: gossip may have lost it. */
const RESEND_AFTER_HEIGHTS = 20

/** Spreads the transactions of this node's clients, and takes those of others, in batches. */
export class TxGossip {
  readonly #parts: TxGossipParts
  readonly #unsubscribe: () => void
  readonly #numTxs: Gauge
  readonly #connections: Gauge
  readonly #labels = new BoundedLabel()
  /** Transactions that came from each peer. */
  readonly #fromPeer = new Map<string, number>()
  #timer: Timer | null = null
  #stopped = false

  constructor(parts: TxGossipParts) {
    this.#parts = parts
    this.#numTxs = parts.metrics.gauge('p2p', 'num_txs', 'Number of transactions submitted by each peer.', [
      'peer_id'
    ])
    this.#connections = parts.metrics.gauge(
      'mempool',
      'active_outbound_connections',
      'Number of connections being actively used for gossiping transactions.'
    )
    this.#connections.set(0)
    this.#unsubscribe = parts.txPool.onNewTx(({ from }) => {
      if (from === null) this.#schedule()
    })
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#unsubscribe()
  }

  /** A peer came or went. Transactions go to every one of them, over the mesh. */
  onPeersChanged(): void {
    this.#connections.set(this.#parts.network.peers().length)
  }

  /** The verdict follows the app's: what it refuses is not passed on, but is not the sender's fault either. */
  onFrame(data: Uint8Array, from: PeerId, judge: (verdict: Verdict) => void): void {
    const txs = decodeTxsFrame(data, this.#parts.maxTxBytes)
    if (!txs.ok) {
      judge('reject')
      return
    }
    this.#count(from, txs.value.length)
    this.#parts.txPool.checkTxs(txs.value, from).then(
      ({ added }) => judge(added > 0 ? 'accept' : 'ignore'),
      error => {
        judge('ignore')
        this.#parts.fatal(error)
      }
    )
  }

  /** A block was committed; what waits too long is sent again. */
  onHeight(height: Height): void {
    if (height % RESEND_AFTER_HEIGHTS !== 0) return
    if (this.#parts.txPool.requeue(height - RESEND_AFTER_HEIGHTS) > 0) this.#schedule()
  }

  #count(from: PeerId, txs: number): void {
    const peer_id = this.#labels.of(from)
    const total = (this.#fromPeer.get(peer_id) ?? 0) + txs
    this.#fromPeer.set(peer_id, total)
    this.#numTxs.set(total, { peer_id })
  }

  #schedule(): void {
    if (this.#timer !== null || this.#stopped) return
    this.#timer = this.#parts.clock.setTimer(BATCH_WAIT_MS, () => {
      this.#timer = null
      this.#send()
    })
  }

  #send(): void {
    const { txPool, network } = this.#parts
    while (txPool.outboxSize > 0) network.publish('txs', encodeTxsFrame(txPool.takeBatch(TX_BATCH_BYTES)))
  }
}
