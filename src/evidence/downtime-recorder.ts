import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import {
  BLOCK_ID_FLAG,
  type Block,
  type ChainState,
  type Commit,
  type Height,
  type Hex,
  type ValidatorSet,
  ZERO_TIME
} from '../types/index.ts'
import { type DowntimeRecord, decodeDowntime, encodeDowntime, makeDowntimeRecord } from './downtime-record.ts'
import type { ChainHistory } from './evidence-context.ts'
import { readStored } from './evidence-record.ts'
import {
  type EvidenceStore,
  PREFIX,
  type StoreOp,
  storeKey,
  storeRange,
  suffixOfKey
} from './evidence-store.ts'
import { downtimeKey, firstKeyOfHeight } from './offence.ts'
import { clearMissed, missedBits, noteBlock } from './slashing/missed-window.ts'
import type { LivenessState, SigningInfo } from './slashing/slashing-state.ts'

export interface DowntimeRules {
  /** Blocks looked at. */
  readonly window: number
  /** A validator is down that missed more of them than this (`downtime_threshold`). */
  readonly threshold: number
}

export const DEFAULT_DOWNTIME_RULES: DowntimeRules = { window: 100, threshold: 50 }

export interface DowntimeRecorderParts {
  readonly store: EvidenceStore
  readonly history: Pick<ChainHistory, 'commitAt' | 'validatorsAt'>
  readonly rules: DowntimeRules
  /** Validators out of the set of which it is remembered what they missed before, for when they come back. */
  readonly maxAway?: number
}

/** What a validator's last commits show, for those who ask now. */
export interface Presence {
  readonly startHeight: Height
  readonly missedCount: number
  /** Blocks counted so far, at most the window. */
  readonly counted: number
}

/** What the next block changes. Nothing of it is true before the state after the block is saved. */
interface Staged {
  readonly height: Height
  readonly window: number
  readonly infos: Map<Hex, SigningInfo>
  readonly chunks: Map<string, Uint8Array | null>
  readonly gone: readonly Hex[]
  readonly records: readonly DowntimeRecord[]
}

/** What a block changes in the set signs from the second block on, and shows in the commit of the one after that. */
const JOINING_BLOCKS = 3
/** Who is put out of the set by a block still signs this many. */
const LEAVING_BLOCKS = 2
const MAX_AWAY = 1000
const HEIGHT_KEY = storeKey(PREFIX.liveness, '')
const CHUNK_SUFFIX_BYTES = 4

/**
 * Follows who signs, block by block from last commits, whatever the application, and records who is down. Its state
 * goes into the batch of the chain state; when the two differ, as after a rollback, it is found again from the commits
 * of the window.
 */
export class DowntimeRecorder {
  readonly #parts: DowntimeRecorderParts
  /** The first block whose last commit is looked at: who is in that one did not join with it. */
  #firstJudged: Height
  readonly #infos = new Map<Hex, SigningInfo>()
  /** Chunks of bitmaps by address and chunk number. */
  readonly #chunks = new Map<string, Uint8Array>()
  /** The newest block that judged each validator. */
  readonly #lastHeights = new Map<Hex, Height>()
  #staged: Staged | null = null
  #height: Height

  private constructor(parts: DowntimeRecorderParts, { lastBlockHeight, initialHeight }: ChainState) {
    this.#parts = parts
    this.#height = lastBlockHeight
    this.#firstJudged = initialHeight + 1
  }

  static async open(parts: DowntimeRecorderParts, state: ChainState): Promise<DowntimeRecorder> {
    const recorder = new DowntimeRecorder(parts, state)
    if (!(await recorder.#load())) await recorder.#rebuild()
    return recorder
  }

  /** Validators followed. */
  get size(): number {
    return this.#infos.size
  }

  presence(address: Hex): Presence | null {
    const info = this.#infos.get(address)
    if (info === undefined) return null
    const { startHeight, missedCount, indexOffset } = info
    return { startHeight, missedCount, counted: Math.min(indexOffset, this.#parts.rules.window) }
  }

  /** What a block changes here, for the batch of the state after it. */
  ops(block: Block): readonly StoreOp[] {
    const { height } = block.header
    const signers = block.lastCommit === null ? null : this.#parts.history.validatorsAt(height - 1)
    const staged = this.#judge(height, block.lastCommit, signers)
    this.#staged = staged
    return stagedOps(staged)
  }

  /** The state after `block` is saved. */
  update(block: Block): void {
    const { height } = block.header
    if (this.#staged?.height !== height) this.ops(block)
    if (this.#staged !== null) this.#adopt(this.#staged)
    this.#staged = null
  }

  /** Downtime judged at these heights, both inclusive, in order. */
  async *records(fromHeight: Height, toHeight: Height): AsyncIterable<DowntimeRecord> {
    const range = storeRange(PREFIX.downtime, firstKeyOfHeight(fromHeight), firstKeyOfHeight(toHeight + 1))
    for await (const [, stored] of this.#parts.store.entries(range)) {
      const record = decodeDowntime(stored)
      if (record.committedHeight <= this.#height) yield record
    }
  }

  get(height: Height, address: Hex): DowntimeRecord | null {
    const stored = this.#parts.store.get(storeKey(PREFIX.downtime, downtimeKey(height, address)))
    return stored === undefined ? null : decodeDowntime(stored)
  }

  #judge(height: Height, commit: Commit | null, signers: ValidatorSet | null): Staged {
    const { window, threshold } = this.#parts.rules
    const infos = new Map<Hex, SigningInfo>()
    const chunks = new Map<string, Uint8Array | null>()
    const records: DowntimeRecord[] = []
    const state = this.#overlay(infos, chunks)
    const present = signers !== null && commit?.signatures.length === signers.validators.length
    for (const [index, { address, power }] of (present ? signers.validators : []).entries()) {
      const missed = commit!.signatures[index]!.blockIdFlag === BLOCK_ID_FLAG.absent
      const info = noteBlock(state, address, this.#infoBefore(state, address, height), missed, window)
      const isDown =
        height <= this.#height
          ? this.get(height - 1, address) !== null
          : height > info.startHeight + window && info.missedCount > threshold
      if (!isDown) {
        infos.set(address, info)
        continue
      }
      const bits = missedBits(state, address, info, window)
      const { missedCount } = info
      records.push(
        makeDowntimeRecord({ address, height: height - 1, window, missedCount, missed: bits, power })
      )
      clearMissed(state, address, window)
      infos.set(address, freshInfo(height))
    }
    const gone = this.#toForget(infos)
    for (const address of gone) clearMissed(state, address, window)
    return { height, window, infos, chunks, gone, records }
  }

  /**
   * What is known of a validator that is to be judged. The grace of who joins or comes back is that of slashing, so that
   * a record and the slash for it are of one block: who left without a record goes on where it was, who left because of
   * one begins anew. What only the application knows is not in it: who is in jail while it signs, and whose key is new.
   */
  #infoBefore(state: LivenessState, address: Hex, height: Height): SigningInfo {
    const joined = height === this.#firstJudged ? height - 1 : height - JOINING_BLOCKS
    const info = state.signingInfo(address)
    if (info === null) return freshInfo(joined)
    const last = this.#lastHeights.get(address) ?? height - 1
    if (last === height - 1) return info
    const { window } = this.#parts.rules
    if (this.#wasPutOut(address, info)) {
      clearMissed(state, address, window)
      return freshInfo(joined)
    }
    // Who came back before it had signed the last time on its way out had not counted that one yet.
    const counted = info.indexOffset - Math.max(last - joined, 0)
    return { ...info, startHeight: joined - Math.min(counted, window) }
  }

  /** True when a record was the last thing before a validator left: then nothing is counted but its way out. */
  #wasPutOut(address: Hex, { indexOffset, startHeight }: SigningInfo): boolean {
    return indexOffset <= LEAVING_BLOCKS && this.get(startHeight - 1, address) !== null
  }

  /** Those away the longest, when more are than can be remembered; `judged` are not away. */
  #toForget(judged: ReadonlyMap<Hex, SigningInfo>): readonly Hex[] {
    const { maxAway = MAX_AWAY } = this.#parts
    const away = [...this.#lastHeights].filter(([address]) => !judged.has(address))
    if (away.length <= maxAway) return []
    const longest = away.toSorted(([, a], [, b]) => a - b).slice(0, away.length - maxAway)
    return longest.map(([address]) => address)
  }

  /** The state as it will be: reads see what is staged first. */
  #overlay(infos: Map<Hex, SigningInfo>, chunks: Map<string, Uint8Array | null>): LivenessState {
    return {
      signingInfo: address => infos.get(address) ?? this.#infos.get(address) ?? null,
      setSigningInfo: (address, info) => infos.set(address, info),
      missedChunk: (address, chunk) => {
        const key = chunkKey(address, chunk)
        const staged = chunks.get(key)
        return staged !== undefined ? staged : (this.#chunks.get(key) ?? null)
      },
      setMissedChunk: (address, chunk, bits) => chunks.set(chunkKey(address, chunk), bits)
    }
  }

  #adopt({ height, infos, chunks, gone }: Staged): void {
    this.#height = height
    for (const [address, info] of infos) {
      this.#infos.set(address, info)
      this.#lastHeights.set(address, height)
    }
    for (const [key, bits] of chunks) {
      if (bits === null) this.#chunks.delete(key)
      else this.#chunks.set(key, bits)
    }
    for (const address of gone) {
      this.#infos.delete(address)
      this.#lastHeights.delete(address)
    }
  }

  /** False when what is stored is not of the state's height, or of another window. */
  async #load(): Promise<boolean> {
    const stored = this.#parts.store.get(HEIGHT_KEY)
    if (stored === undefined) return false
    const marker = decodeMarker(stored)
    if (marker.height !== this.#height || marker.window !== this.#parts.rules.window) return false
    for await (const [key, stored] of this.#parts.store.entries(storeRange(PREFIX.liveness, '00'))) {
      const suffix = suffixOfKey(key)
      const address = suffix.slice(0, 40)
      if (suffix.length > 40) this.#chunks.set(suffix, Uint8Array.from(stored))
      else {
        const { info, lastHeight } = decodeInfo(stored)
        this.#infos.set(address, info)
        this.#lastHeights.set(address, lastHeight)
      }
    }
    return true
  }

  /** Counts the commits of the window again; who was down is known from the records made when they were new. */
  async #rebuild(): Promise<void> {
    const { store, history, rules } = this.#parts
    const newest = this.#height
    const stale: StoreOp[] = []
    for await (const [key] of store.entries(storeRange(PREFIX.liveness))) stale.push({ type: 'del', key })
    this.#firstJudged = Math.max(newest - rules.window + 1, this.#firstJudged)
    for (let height = this.#firstJudged; height <= newest; height++) {
      const commit = history.commitAt(height - 1)
      const signers = history.validatorsAt(height - 1)
      if (commit === null || signers === null) continue
      this.#adopt({ ...this.#judge(height, commit, signers), records: [] })
      this.#height = newest
    }
    const chunks = new Map<string, Uint8Array | null>(this.#chunks)
    const { window } = rules
    const whole = { height: newest, window, infos: this.#infos, chunks, gone: [], records: [] }
    const ops = stagedOps(whole, this.#lastHeights)
    await store.batch([...stale, ...ops], { sync: false })
  }
}

/** `lastHeights` is of those the block did not judge. */
function stagedOps(
  { height, window, infos, chunks, gone, records }: Staged,
  lastHeights: ReadonlyMap<Hex, Height> = new Map()
): StoreOp[] {
  const marker = new ProtoWriter(24)
  marker.int64(1, height)
  marker.int64(2, window)
  const ops: StoreOp[] = [{ type: 'put', key: HEIGHT_KEY, value: marker.finish() }]
  for (const address of gone) ops.push({ type: 'del', key: storeKey(PREFIX.liveness, address) })
  for (const [address, info] of infos) {
    ops.push({
      type: 'put',
      key: storeKey(PREFIX.liveness, address),
      value: encodeInfo(info, lastHeights.get(address) ?? height)
    })
  }
  for (const [suffix, bits] of chunks) {
    const key = storeKey(PREFIX.liveness, suffix)
    ops.push(bits === null ? { type: 'del', key } : { type: 'put', key, value: bits })
  }
  for (const record of records) {
    const [address] = record.validators
    const value = encodeDowntime({ ...record, address: address! })
    ops.push({ type: 'put', key: storeKey(PREFIX.downtime, record.key), value })
  }
  return ops
}

function chunkKey(address: Hex, chunk: number): string {
  return address + chunk.toString(16).padStart(2 * CHUNK_SUFFIX_BYTES, '0')
}

function freshInfo(startHeight: Height): SigningInfo {
  return { startHeight, indexOffset: 0, missedCount: 0, jailedUntil: ZERO_TIME, tombstoned: false }
}

function encodeInfo({ startHeight, indexOffset, missedCount }: SigningInfo, lastHeight: Height): Uint8Array {
  const writer = new ProtoWriter(32)
  writer.int64(1, startHeight)
  writer.int64(2, indexOffset)
  writer.int64(3, missedCount)
  writer.int64(4, lastHeight)
  return writer.finish()
}

function decodeInfo(stored: Uint8Array): { readonly info: SigningInfo; readonly lastHeight: Height } {
  return readStored('record of presence', () => {
    const reader: ProtoReader = new ProtoReader(stored, 'Presence')
    let [startHeight, indexOffset, missedCount, lastHeight] = [0, 0, 0, 0]
    while (reader.next()) {
      if (reader.field === 1) startHeight = reader.int64()
      else if (reader.field === 2) indexOffset = reader.int64()
      else if (reader.field === 3) missedCount = reader.int64()
      else if (reader.field === 4) lastHeight = reader.int64()
      else reader.unknown()
    }
    return { info: { ...freshInfo(startHeight), indexOffset, missedCount }, lastHeight }
  })
}

function decodeMarker(stored: Uint8Array): Pick<Staged, 'height' | 'window'> {
  return readStored('height of presence', () => {
    const reader: ProtoReader = new ProtoReader(stored, 'PresenceHeight')
    let [height, window] = [0, 0]
    while (reader.next()) {
      if (reader.field === 1) height = reader.int64()
      else if (reader.field === 2) window = reader.int64()
      else reader.unknown()
    }
    return { height, window }
  })
}
