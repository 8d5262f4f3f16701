import {
  type Block,
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  type Height,
  type Hex
} from '../types/index.ts'
import { inOrder, mergeRecords } from './evidence-query.ts'
import {
  committedHeightOf,
  decodeRecord,
  type EvidenceRecord,
  encodeRecord,
  type PendingEvidence,
  pendingOf,
  readStored
} from './evidence-record.ts'
import {
  type EvidenceStore,
  PREFIX,
  type StoreOp,
  storeKey,
  storeRange,
  suffixOfKey
} from './evidence-store.ts'
import { draftOfOffence, firstKeyOfHeight, type Offence, type OffenceKey, offenceOfDraft } from './offence.ts'

/**
 * What the disk knows of evidence: pieces pending, offences of uncommitted heights, marks of what blocks have carried,
 * and what expired. Writes follow one another and are synced; the marks alone are the caller's to write, with the state.
 */
export class EvidenceLedger {
  readonly #store: EvidenceStore
  readonly #onFatal: (error: unknown) => void
  readonly #maxExpired: number
  readonly #expired: OffenceKey[] = []
  #writes: Promise<void> = Promise.resolve()

  constructor(store: EvidenceStore, onFatal: (error: unknown) => void, maxExpired: number) {
    this.#store = store
    this.#onFatal = onFatal
    this.#maxExpired = maxExpired
  }

  /** Resolves when everything written so far is on the disk. */
  whenIdle(): Promise<void> {
    return this.#writes
  }

  /** A mark above the state's height is of a block that was rolled back, or never applied. */
  isCommitted(key: OffenceKey, lastHeight: Height): boolean {
    const stored = this.#store.get(storeKey(PREFIX.committed, key))
    return stored !== undefined && committedHeightOf(stored) <= lastHeight
  }

  committedOps(block: Block): readonly StoreOp[] {
    const { height } = block.header
    return block.evidence.flatMap((evidence): StoreOp[] => {
      const { key, hash, bytes } = pendingOf(evidence)
      return [
        { type: 'put', key: storeKey(PREFIX.committed, key), value: encodeRecord(bytes, height) },
        { type: 'put', key: storeKey(PREFIX.byHash, hash), value: storeKey(PREFIX.committed, key) },
        { type: 'del', key: storeKey(PREFIX.pending, key) }
      ]
    })
  }

  savePending(entry: PendingEvidence, then: () => void): void {
    const ops: StoreOp[] = [
      { type: 'put', key: storeKey(PREFIX.pending, entry.key), value: entry.bytes },
      { type: 'del', key: storeKey(PREFIX.draft, entry.key) }
    ]
    this.#write(ops, then)
  }

  saveDraft(key: OffenceKey, offence: Offence): void {
    const value = encodeEvidence(draftOfOffence(offence))
    this.#write([{ type: 'put', key: storeKey(PREFIX.draft, key), value }])
  }

  deleteDraft(key: OffenceKey): void {
    this.#write([{ type: 'del', key: storeKey(PREFIX.draft, key) }])
  }

  /** Keeps a piece no block has carried in time, to be asked for; of those the newest few. */
  saveExpired({ key, hash, bytes }: PendingEvidence): void {
    const place = storeKey(PREFIX.expired, key)
    this.#expired.push(key)
    this.#write([
      { type: 'del', key: storeKey(PREFIX.pending, key) },
      { type: 'put', key: place, value: encodeRecord(bytes, 0) },
      { type: 'put', key: storeKey(PREFIX.byHash, hash), value: place },
      ...this.#surplusOps()
    ])
  }

  /** A committed or expired piece. */
  byHash(hash: Hex, lastHeight: Height): EvidenceRecord | null {
    const place = this.#store.get(storeKey(PREFIX.byHash, hash))
    const stored = place && this.#store.get(place)
    if (stored === undefined || place === undefined) return null
    const isCommitted = Buffer.from(place).toString('hex', 0, 2) === PREFIX.committed
    const record = decodeRecord(stored, isCommitted ? 'committed' : 'expired')
    return record.hash === hash && record.committedHeight <= lastHeight ? record : null
  }

  /** Committed and expired pieces of offences at these heights, both inclusive, in the order of their keys. */
  async *records(fromHeight: Height, toHeight: Height, lastHeight: Height): AsyncIterable<EvidenceRecord> {
    const range = [firstKeyOfHeight(fromHeight), firstKeyOfHeight(toHeight + 1)] as const
    const expired: EvidenceRecord[] = []
    for await (const [, stored] of this.#store.entries(storeRange(PREFIX.expired, ...range))) {
      expired.push(decodeRecord(stored, 'expired'))
    }
    yield* mergeRecords(inOrder(expired), this.#committed(range, lastHeight))
  }

  /** What was pending, and the offences that were not evidence yet; what `isStale` says is deleted. */
  async load(isStale: (entry: PendingEvidence) => boolean): Promise<{
    readonly pending: readonly PendingEvidence[]
    readonly drafts: ReadonlyMap<OffenceKey, Offence>
  }> {
    const pending: PendingEvidence[] = []
    const drafts = new Map<OffenceKey, Offence>()
    const stale: StoreOp[] = []
    for await (const [key, bytes] of this.#store.entries(storeRange(PREFIX.pending))) {
      const entry = pendingOf(readEvidence(bytes))
      if (isStale(entry)) stale.push({ type: 'del', key })
      else pending.push(entry)
    }
    for await (const [key, bytes] of this.#store.entries(storeRange(PREFIX.draft))) {
      const draft = readEvidence(bytes)
      if (draft.kind === 'lightClientAttack') stale.push({ type: 'del', key })
      else drafts.set(suffixOfKey(key), offenceOfDraft(draft))
    }
    for await (const [key] of this.#store.entries(storeRange(PREFIX.expired)))
      this.#expired.push(suffixOfKey(key))
    if (stale.length > 0) await this.#store.batch(stale, { sync: false })
    return { pending, drafts }
  }

  async *#committed(range: readonly [string, string], lastHeight: Height): AsyncIterable<EvidenceRecord> {
    for await (const [, stored] of this.#store.entries(storeRange(PREFIX.committed, ...range))) {
      const record = decodeRecord(stored, 'committed')
      if (record.committedHeight <= lastHeight) yield record
    }
  }

  #surplusOps(): StoreOp[] {
    if (this.#expired.length <= this.#maxExpired) return []
    const oldest = storeKey(PREFIX.expired, this.#expired.shift()!)
    const stored = this.#store.get(oldest)
    const ops: StoreOp[] = [{ type: 'del', key: oldest }]
    if (stored !== undefined) {
      ops.push({ type: 'del', key: storeKey(PREFIX.byHash, decodeRecord(stored, 'expired').hash) })
    }
    return ops
  }

  #write(ops: readonly StoreOp[], then: () => void = () => {}): void {
    this.#writes = this.#writes
      .then(() => this.#store.batch(ops, { sync: true }))
      .then(then)
      .catch(this.#onFatal)
  }
}

function readEvidence(bytes: Uint8Array): Evidence {
  return readStored('evidence', () => decodeEvidence(bytes))
}
