import { type AddOutcome, type EvidencePool, isSendersFault } from '../../evidence/index.ts'
import { decodeEvidenceFrame, encodeEvidenceFrame, FRAME_LIMITS } from '../../mempool/index.ts'
import type { Network, PeerId, Verdict } from '../../network/index.ts'
import { type Evidence, encodeEvidence, evidenceHash, type Hex } from '../../types/index.ts'
import type { Clock, Metrics, Timer } from '../../util/index.ts'

export interface EvidenceGossipParts {
  readonly network: Network
  readonly clock: Clock
  readonly metrics: Metrics
  readonly pool: EvidencePool
  /** How often everything pending is sent again. */
  readonly intervalMs: number
}

/** New pieces wait this long for others, so that many found at once travel together. */
const BATCH_WAIT_MS = 10
const BUDGET_REFILL_MS = 1000
/** Pieces of one peer judged in that time: about a tenth of a second of signature checks when all are true. */
const PIECES_OF_A_PEER = 512
/** Frames of one round of repeats; the rest waits for the next, oldest first. */
const MAX_REPEATED_FRAMES = 8
const FRAME_OVERHEAD_BYTES = 8
const MAX_UINT32 = 0xffffffff

/** Spreads evidence until a block carries it, and judges what peers send. */
export class EvidenceGossip {
  readonly #parts: EvidenceGossipParts
  readonly #outcomes
  /** Pieces judged of each peer since the last refill. */
  readonly #spent = new Map<PeerId, number>()
  /** Came by gossip and is forwarded by the network already. */
  readonly #forwarded = new Set<Hex>()
  #outbox: Evidence[] = []
  #batchTimer: Timer | null = null
  #repeatTimer: Timer
  #refillTimer: Timer
  #attempt = 0

  constructor(parts: EvidenceGossipParts) {
    this.#parts = parts
    this.#outcomes = parts.metrics.counter('evidence', 'received_total', 'Evidence from peers, judged.', [
      'outcome'
    ])
    this.#repeatTimer = this.#scheduleRepeat()
    this.#refillTimer = this.#scheduleRefill()
  }

  stop(): void {
    this.#batchTimer?.cancel()
    this.#repeatTimer.cancel()
    this.#refillTimer.cancel()
  }

  /** Evidence that is new here, verified and on the disk. */
  onPending(evidence: Evidence): void {
    if (this.#forwarded.delete(evidenceHash(evidence))) return
    this.#outbox.push(evidence)
    this.#batchTimer ??= this.#parts.clock.setTimer(BATCH_WAIT_MS, () => {
      this.#batchTimer = null
      const batch = this.#outbox
      this.#outbox = []
      this.#publish(batch, Number.POSITIVE_INFINITY)
    })
  }

  /** Judges a frame; it is forwarded only when what is new in it is on the disk. */
  onFrame(data: Uint8Array, from: PeerId, judge: (verdict: Verdict) => void): void {
    const frame = decodeEvidenceFrame(data)
    if (!frame.ok) {
      this.#outcomes.inc(1, { outcome: 'malformed' })
      judge('reject')
      return
    }
    const verdict = this.#judgePieces(frame.value.messages, from)
    if (verdict === 'accept') void this.#parts.pool.whenIdle().then(() => judge(verdict))
    else judge(verdict)
  }

  #judgePieces(pieces: readonly Evidence[], from: PeerId): Verdict {
    let isNew = false
    for (const evidence of pieces) {
      const spent = this.#spent.get(from) ?? 0
      if (spent >= PIECES_OF_A_PEER) break
      this.#spent.set(from, spent + 1)
      const outcome = this.#parts.pool.add(evidence)
      this.#outcomes.inc(1, { outcome: outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind })
      if (isForged(outcome)) {
        // One forged piece is a second's worth: checking a bad signature is dear.
        this.#spent.set(from, PIECES_OF_A_PEER)
        return 'reject'
      }
      if (outcome.kind !== 'added') continue
      isNew = true
      this.#forwarded.add(evidenceHash(evidence))
    }
    return isNew ? 'accept' : 'ignore'
  }

  #publish(evidence: readonly Evidence[], maxFrames: number): void {
    for (const group of groupsOf(evidence).slice(0, maxFrames)) {
      // Pub/sub drops bytes it has seen, so what is repeated counts up.
      this.#attempt = (this.#attempt + 1) % MAX_UINT32
      this.#parts.network.publish('evidence', encodeEvidenceFrame(this.#attempt, group))
    }
  }

  #scheduleRepeat(): Timer {
    const { clock, pool, intervalMs } = this.#parts
    return clock.setTimer(intervalMs, () => {
      this.#publish(pool.all(), MAX_REPEATED_FRAMES)
      this.#repeatTimer = this.#scheduleRepeat()
    })
  }

  #scheduleRefill(): Timer {
    return this.#parts.clock.setTimer(BUDGET_REFILL_MS, () => {
      this.#spent.clear()
      this.#forwarded.clear()
      this.#refillTimer = this.#scheduleRefill()
    })
  }
}

function isForged(outcome: AddOutcome): boolean {
  return outcome.kind === 'refused' && isSendersFault(outcome.refusal)
}

/** Evidence in frames within the limits; a piece that fits none can only be passed on in a block. */
function groupsOf(evidence: readonly Evidence[]): readonly (readonly Evidence[])[] {
  const { maxMessages, maxBytes } = FRAME_LIMITS.evidence
  const groups: Evidence[][] = []
  let size = maxBytes
  for (const each of evidence) {
    const needed = encodeEvidence(each).length + FRAME_OVERHEAD_BYTES
    if (needed + FRAME_OVERHEAD_BYTES > maxBytes) continue
    if (size + needed > maxBytes || groups.at(-1)!.length === maxMessages) {
      groups.push([])
      size = FRAME_OVERHEAD_BYTES
    }
    groups.at(-1)!.push(each)
    size += needed
  }
  return groups
}
