import { tryDecode } from '../codec/index.ts'
import { crc32c } from './crc32c.ts'
import { FRAME_HEADER_BYTES, frameHeaderAt, framePayloadAt } from './frame.ts'
import { decodeWalRecord, MAX_WAL_PAYLOAD_BYTES, type TimedWalRecord } from './wal-record.ts'

export interface ScannedRecord {
  readonly offset: number
  /** Offset after the record. */
  readonly end: number
  readonly timed: TimedWalRecord
}

export interface WalScan {
  /** Intact records before {@link end}, in order. */
  readonly records: readonly ScannedRecord[]
  /** Regions that were synced once and cannot be read, in order. */
  readonly damages: readonly { readonly from: number; readonly to: number }[]
  /** Where the log ends; what is behind was never synced (a torn write) or is zeros written ahead. */
  readonly end: number
  /** Bytes of torn records behind {@link end}; 0 when there are only zeros. */
  readonly tornBytes: number
}

/** The smallest unit a disk writes whole. */
const SECTOR_BYTES = 512
/** First byte of every payload: the tag of TimedWALMessage.time. */
const TIME_TAG = 0x0a

/**
 * Reads a log file that may have been cut off by a crash or damaged since. Sectors that were not synced at a crash may
 * be missing in any combination; they read as zeros or lie behind the end of the file. So an unreadable region counts
 * as torn when no later record says that it had been synced and when it lacks a sector; otherwise it is damage.
 */
export function scanWal(bytes: Uint8Array): WalScan {
  const { records, gaps } = readThrough(bytes)
  const lastRecord = records.at(-1)
  const syncedBytes = lastRecord?.timed.position?.syncedBytes ?? 0
  const damages: { from: number; to: number }[] = []
  for (const gap of gaps) {
    if (gap.from >= syncedBytes && isTorn(bytes, gap.from)) {
      return {
        records: records.filter(record => record.end <= gap.from),
        damages,
        end: gap.from,
        tornBytes: endOfContent(bytes) - gap.from
      }
    }
    damages.push(gap)
  }
  const end = damages.at(-1)?.to === bytes.length ? bytes.length : (lastRecord?.end ?? 0)
  return { records, damages, end, tornBytes: 0 }
}

function readThrough(bytes: Uint8Array): { records: ScannedRecord[]; gaps: { from: number; to: number }[] } {
  const records: ScannedRecord[] = []
  const gaps: { from: number; to: number }[] = []
  const contentEnd = endOfContent(bytes)
  let at = 0
  while (at < contentEnd) {
    const record = recordAt(bytes, at)
    if (record !== null) {
      records.push(record)
      at = record.end
      continue
    }
    const next = nextPositionedRecord(bytes, at + 1)
    gaps.push({ from: at, to: next ?? bytes.length })
    at = next ?? bytes.length
  }
  return { records, gaps }
}

function recordAt(bytes: Uint8Array, at: number): ScannedRecord | null {
  const payload = framePayloadAt(bytes, at, MAX_WAL_PAYLOAD_BYTES)
  if (payload === null) return null
  const decoded = tryDecode(decodeWalRecord, payload)
  if (!decoded.ok) return null
  const { position } = decoded.value
  if (position !== null && position.offset !== at) return null
  return { offset: at, end: at + FRAME_HEADER_BYTES + payload.length, timed: decoded.value }
}

/**
 * Finds the next record behind a gap. Only one that states its own offset counts: a block part can hold bytes that
 * look like a record.
 */
function nextPositionedRecord(bytes: Uint8Array, from: number): number | null {
  for (let at = from; at + FRAME_HEADER_BYTES < bytes.length; at++) {
    if (bytes[at + FRAME_HEADER_BYTES] !== TIME_TAG || bytes[at + 4] !== 0) continue
    const record = recordAt(bytes, at)
    if (record !== null && record.timed.position !== null) return at
  }
  return null
}

/** True when the unreadable record at `from` can be a write that a crash interrupted. */
function isTorn(bytes: Uint8Array, from: number): boolean {
  const header = frameHeaderAt(bytes, from)
  if (header === null) return true
  if (hasFlippedLength(bytes, from, header.length, header.crc)) return false
  const isPlausible = header.length > 0 && header.length <= MAX_WAL_PAYLOAD_BYTES
  const end = from + FRAME_HEADER_BYTES + (isPlausible ? header.length : 0)
  return end > bytes.length || lacksSector(bytes, from, end)
}

/** True when one wrong bit in the length explains the mismatch: then the record is whole, and damaged. */
function hasFlippedLength(bytes: Uint8Array, at: number, length: number, crc: number): boolean {
  const start = at + FRAME_HEADER_BYTES
  for (let bit = 0; bit < 32; bit++) {
    const candidate = (length ^ (1 << bit)) >>> 0
    if (candidate === 0 || candidate > MAX_WAL_PAYLOAD_BYTES || start + candidate > bytes.length) continue
    if (crc32c(bytes.subarray(start, start + candidate)) === crc) return true
  }
  return false
}

/** True when the part of some sector that lies in the region is all zeros. */
function lacksSector(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; ) {
    const sectorEnd = Math.min(to, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES)
    if (isZero(bytes, at, sectorEnd)) return true
    at = sectorEnd
  }
  return false
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}

/** Offset after the last byte that is not zero. A record never ends in zero: its last varint does not. */
function endOfContent(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end
}
