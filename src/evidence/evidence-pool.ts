import type { SignatureVerifier } from '../crypto/index.ts'
import {
  type Block,
  type ChainState,
  type Evidence,
  encodeEvidence,
  type Height,
  type Hex,
  MAX_EVIDENCE_PER_BLOCK
} from '../types/index.ts'
import type { Logger } from '../util/index.ts'
import {
  type ChainHistory,
  contextOfState,
  type EvidenceContext,
  type EvidenceRefusal,
  isExpired,
  isSendersFault,
  refuse
} from './evidence-context.ts'
import { EvidenceLedger } from './evidence-ledger.ts'
import { inOrder, mergeRecords } from './evidence-query.ts'
import { type EvidenceRecord, type PendingEvidence, pendingOf } from './evidence-record.ts'
import type { EvidenceStore, StoreOp } from './evidence-store.ts'
import {
  canonicalEvidence,
  draftOfOffence,
  evidenceOfOffence,
  heightOfEvidence,
  type Offence,
  type OffenceKey,
  offenceKey,
  shapeProblem
} from './offence.ts'
import { type PendingLimits, PendingSet } from './pending-set.ts'
import { verifyEvidence } from './verify-evidence.ts'

export interface EvidencePoolLimits extends PendingLimits {
  /** Pieces kept that are of a height not committed here yet, and how far ahead. */
  readonly maxEarly: number
  readonly heightsAhead: number
  /** Offences of uncommitted heights. */
  readonly maxDrafts: number
  /** Expired pieces kept to be asked for. */
  readonly maxExpired: number
}

export const DEFAULT_EVIDENCE_POOL_LIMITS: EvidencePoolLimits = {
  maxPending: 4096,
  maxPendingBytes: 32 * 1024 * 1024,
  maxPendingOfOne: 1024,
  maxEarly: 64,
  heightsAhead: 2,
  maxDrafts: 1024,
  maxExpired: 1024
}

export interface EvidencePoolParts {
  readonly store: EvidenceStore
  readonly history: ChainHistory
  readonly verifier: SignatureVerifier
  readonly logger: Logger
  /** Evidence is new here, verified and on the disk: it may be sent to others. */
  readonly onPending: (evidence: Evidence) => void
  /** The store failed: the node must stop. */
  readonly onFatal: (error: unknown) => void
  readonly limits?: EvidencePoolLimits
}

/**
 * What became of evidence offered to the pool. waiting: its height is not committed here yet. full: there is no room;
 * whoever sent it will send it again. refused: it proves nothing, and why.
 */
export type AddOutcome =
  | { readonly kind: 'added' | 'known' | 'committed' | 'waiting' | 'full' }
  | { readonly kind: 'refused'; readonly refusal: EvidenceRefusal }

/**
 * Evidence from the moment it is found until a block has carried it: verified by our own history, on the disk before
 * anybody hears of it, proposed oldest first, and never committed twice. Marks of what is committed are written with
 * the state that follows the block, so that both are there or neither.
 */
export class EvidencePool {
  readonly #parts: EvidencePoolParts
  readonly #limits: EvidencePoolLimits
  readonly #ledger: EvidenceLedger
  readonly #pending: PendingSet
  /** By hash: whoever is first with a forged piece must not keep out the true one. */
  readonly #early = new Map<Hex, Evidence>()
  readonly #drafts = new Map<OffenceKey, Offence>()
  #state: ChainState

  private constructor(parts: EvidencePoolParts, state: ChainState) {
    this.#parts = parts
    this.#limits = parts.limits ?? DEFAULT_EVIDENCE_POOL_LIMITS
    this.#ledger = new EvidenceLedger(parts.store, parts.onFatal, this.#limits.maxExpired)
    this.#pending = new PendingSet(this.#limits)
    this.#state = state
  }

  /** Reads back what was pending; what a block has carried or time has passed meanwhile is dropped. */
  static async open(parts: EvidencePoolParts, state: ChainState): Promise<EvidencePool> {
    const pool = new EvidencePool(parts, state)
    const context = pool.#contextOf(state)
    const { pending, drafts } = await pool.#ledger.load(
      entry => pool.#ledger.isCommitted(entry.key, state.lastBlockHeight) || isEntryExpired(entry, context)
    )
    for (const entry of pending) pool.#pending.insert(entry)
    for (const [key, offence] of drafts) pool.#drafts.set(key, offence)
    pool.#settleDrafts()
    await pool.whenIdle()
    return pool
  }

  /** Pieces waiting for a block. */
  get size(): number {
    return this.#pending.size
  }

  get pendingBytes(): number {
    return this.#pending.bytes
  }

  /** Pieces and offences whose height is not committed yet. */
  get waitingSize(): number {
    return this.#early.size + this.#drafts.size
  }

  /** Resolves when everything decided so far is on the disk. */
  whenIdle(): Promise<void> {
    return this.#ledger.whenIdle()
  }

  /** Evidence for the next block: oldest first, at most `maxBytes` as a list. What is too large for it is passed over. */
  pending(maxBytes: number): readonly Evidence[] {
    const chosen: Evidence[] = []
    let size = 0
    for (const { evidence, bytes } of this.#pending.ordered()) {
      if (chosen.length === MAX_EVIDENCE_PER_BLOCK) break
      const needed = listEntryBytes(bytes.length)
      if (size + needed > maxBytes) continue
      chosen.push(evidence)
      size += needed
    }
    return chosen
  }

  /** Everything pending, oldest first, to be sent to peers. */
  all(): readonly Evidence[] {
    return this.#pending.ordered().map(({ evidence }) => evidence)
  }

  /**
   * Judges a block's evidence on top of `state`; null when all of it may be committed (CometBFT CheckEvidence). A block
   * that is decided is not held up by history this node has pruned: +2/3 had it.
   */
  check(state: ChainState, block: Block, isDecided = false): string | null {
    if (block.evidence.length === 0) return null
    const context = this.#contextOf(state)
    const keys = new Set<OffenceKey>()
    for (const evidence of block.evidence) {
      const malformed = shapeProblem(evidence)
      if (malformed !== null) return `evidence is malformed: ${malformed}`
      const key = offenceKey(evidence)
      if (keys.has(key)) return 'duplicate evidence in the block'
      keys.add(key)
      if (this.#ledger.isCommitted(key, state.lastBlockHeight)) return 'evidence was already committed'
      const refusal = this.#verifyForBlock(evidence, key, context)
      if (refusal === null || (isDecided && refusal.code === 'noHistory')) continue
      return `invalid evidence: ${refusal.reason}`
    }
    return null
  }

  /** Marks of what a block commits, for the batch of the state after it. */
  committedOps(block: Block): readonly StoreOp[] {
    return this.#ledger.committedOps(block)
  }

  /** A block was applied; `state` is the state after it. What waited for its height becomes evidence now. */
  update(state: ChainState, block: Block): void {
    this.#state = state
    for (const evidence of block.evidence) {
      const key = offenceKey(evidence)
      this.#pending.delete(key)
      if (this.#drafts.delete(key)) this.#ledger.deleteDraft(key)
    }
    this.#expire()
    this.#settleDrafts()
    for (const [hash, evidence] of [...this.#early]) {
      if (heightOfEvidence(evidence) > state.lastBlockHeight) continue
      this.#early.delete(hash)
      this.add(evidence)
    }
  }

  /** Takes an offence the detector found. It is kept on the disk at once, and becomes evidence when its height is final. */
  report(offence: Offence): void {
    const key = offenceKey(draftOfOffence(offence))
    const { height } = offence.first
    const { lastBlockHeight } = this.#state
    const isKnown = this.#pending.has(key) || this.#drafts.has(key)
    if (isKnown || this.#ledger.isCommitted(key, lastBlockHeight)) return
    if (height <= lastBlockHeight) {
      this.#settle(key, offence)
      return
    }
    if (this.#drafts.size >= this.#limits.maxDrafts) {
      this.#parts.logger.warn('too many offences wait for their height', {
        height,
        offender: offence.offender
      })
      return
    }
    this.#drafts.set(key, offence)
    this.#ledger.saveDraft(key, offence)
  }

  /** Takes evidence from a peer, a client or the detector. */
  add(offered: Evidence): AddOutcome {
    const malformed = shapeProblem(offered)
    if (malformed !== null) return { kind: 'refused', refusal: refuse('malformed', malformed) }
    const evidence = canonicalEvidence(offered)
    const key = offenceKey(evidence)
    if (this.#pending.has(key)) return { kind: 'known' }
    const { lastBlockHeight } = this.#state
    if (this.#ledger.isCommitted(key, lastBlockHeight)) return { kind: 'committed' }
    if (heightOfEvidence(evidence) > lastBlockHeight) return this.#wait(evidence)
    if (!this.#pending.hasRoomFor(evidence)) return { kind: 'full' }
    const refusal = verifyEvidence(evidence, this.#contextOf(this.#state))
    if (refusal !== null) return { kind: 'refused', refusal }
    this.#keep(evidence)
    return { kind: 'added' }
  }

  /**
   * As {@link add}, for somebody who waits for the answer: of an offence that is known already this piece is verified,
   * too, so that nobody takes a forged one for proof.
   */
  submit(offered: Evidence): AddOutcome {
    const outcome = this.add(offered)
    const isFinal = heightOfEvidence(offered) <= this.#state.lastBlockHeight
    if (!isFinal || (outcome.kind !== 'known' && outcome.kind !== 'committed')) return outcome
    const refusal = verifyEvidence(canonicalEvidence(offered), this.#contextOf(this.#state))
    return refusal !== null && isSendersFault(refusal) ? { kind: 'refused', refusal } : outcome
  }

  /** A piece by its hash, whatever became of it. */
  get(hash: Hex): EvidenceRecord | null {
    return this.#pending.byHash(hash) ?? this.#ledger.byHash(hash, this.#state.lastBlockHeight)
  }

  /** Everything this node knows of, in the order of the offences' heights, both inclusive. */
  async *records(fromHeight: Height, toHeight: Height): AsyncIterable<EvidenceRecord> {
    const { lastBlockHeight } = this.#state
    const pending = this.#pending.ordered().filter(({ height }) => height >= fromHeight && height <= toHeight)
    yield* mergeRecords(
      inOrder<EvidenceRecord>(pending),
      this.#ledger.records(fromHeight, toHeight, lastBlockHeight)
    )
  }

  /** Evidence of ours need not be verified again for a block; only its age may have changed. */
  #verifyForBlock(evidence: Evidence, key: OffenceKey, context: EvidenceContext): EvidenceRefusal | null {
    const own = this.#pending.get(key)
    if (own !== undefined && Buffer.compare(own.bytes, encodeEvidence(evidence)) === 0) {
      return isEntryExpired(own, context) ? refuse('expired', 'it is too old') : null
    }
    return verifyEvidence(evidence, context)
  }

  #wait(evidence: Evidence): AddOutcome {
    const { maxEarly, heightsAhead } = this.#limits
    const { hash, height, evidence: own } = pendingOf(evidence)
    const { lastBlockHeight } = this.#state
    // The common block of an attack is one we have, and its proof is large.
    if (height > lastBlockHeight + heightsAhead || evidence.kind === 'lightClientAttack') {
      const reason = `height ${height} is not committed yet, the newest is ${lastBlockHeight}`
      return { kind: 'refused', refusal: refuse('uncommittedHeight', reason) }
    }
    if (this.#early.has(hash)) return { kind: 'known' }
    if (this.#early.size >= maxEarly) return { kind: 'full' }
    this.#early.set(hash, own)
    return { kind: 'waiting' }
  }

  #keep(evidence: Evidence): void {
    const entry = pendingOf(evidence)
    const { kind } = evidence
    this.#pending.insert(entry)
    this.#parts.logger.info('evidence of misbehaviour', {
      kind,
      height: entry.height,
      validators: entry.validators,
      hash: entry.hash
    })
    this.#ledger.savePending(entry, () => {
      if (this.#pending.has(entry.key)) this.#parts.onPending(entry.evidence)
    })
  }

  #settleDrafts(): void {
    for (const [key, offence] of [...this.#drafts]) {
      if (offence.first.height > this.#state.lastBlockHeight) continue
      this.#drafts.delete(key)
      this.#settle(key, offence)
    }
  }

  /** Makes evidence of an offence whose height is final. */
  #settle(key: OffenceKey, offence: Offence): void {
    const { offender } = offence
    const { height } = offence.first
    const header = this.#parts.history.headerAt(height)
    const validators = this.#parts.history.validatorsAt(height)
    const evidence = header && validators && evidenceOfOffence(offence, header.time, validators)
    const outcome: AddOutcome =
      evidence === null
        ? { kind: 'refused', refusal: refuse('noHistory', `height ${height} is not stored any more`) }
        : this.add(evidence)
    if (outcome.kind === 'added') return
    if (outcome.kind === 'refused' || outcome.kind === 'full') {
      this.#parts.logger.warn('an offence gave no evidence', { height, offender, ...outcome })
    }
    this.#ledger.deleteDraft(key)
  }

  #expire(): void {
    const context = this.#contextOf(this.#state)
    for (const entry of this.#pending.ordered()) {
      // In the order of heights: what follows is younger in blocks.
      if (context.lastHeight - entry.height <= context.params.maxAgeNumBlocks) break
      if (!isEntryExpired(entry, context)) continue
      this.#pending.delete(entry.key)
      this.#ledger.saveExpired(entry)
    }
  }

  #contextOf(state: ChainState): EvidenceContext {
    return contextOfState(state, this.#parts.history, this.#parts.verifier)
  }
}

function isEntryExpired({ height, evidence }: PendingEvidence, context: EvidenceContext): boolean {
  return isExpired({ height, time: evidence.timestamp }, context)
}

/** A piece as an element of the list: tag, length, content. */
function listEntryBytes(length: number): number {
  let varintBytes = 1
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) varintBytes++
  return 1 + varintBytes + length
}
