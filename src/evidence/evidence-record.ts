import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import {
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  evidenceHash,
  type Height,
  type Hex
} from '../types/index.ts'
import { EvidenceStoreError } from './evidence-store.ts'
import { culpritsOf, heightOfEvidence, type OffenceKey, offenceKey } from './offence.ts'

export type EvidenceStatus = 'pending' | 'committed' | 'expired'

/** A piece of evidence and what became of it. */
export interface EvidenceRecord {
  readonly kind: Evidence['kind']
  readonly hash: Hex
  readonly key: OffenceKey
  /** Whom it accuses. */
  readonly validators: readonly Hex[]
  readonly status: EvidenceStatus
  /** Of the offence. */
  readonly height: Height
  /** Height of the block that carries it; 0 while none does. */
  readonly committedHeight: Height
  readonly evidence: Evidence
}

const MAX_RECORD_BYTES = 128 * 1024 * 1024

/** A record with what the pool asks of it again and again. */
export interface PendingEvidence extends EvidenceRecord {
  readonly status: 'pending'
  readonly bytes: Uint8Array
}

/** The evidence with memory of its own: what came from the network is a view on its frame. */
export function pendingOf(evidence: Evidence): PendingEvidence {
  const bytes = encodeEvidence(evidence)
  const own = decodeEvidence(bytes)
  return {
    kind: own.kind,
    validators: culpritsOf(own),
    hash: evidenceHash(own),
    key: offenceKey(own),
    status: 'pending',
    height: heightOfEvidence(own),
    committedHeight: 0,
    evidence: own,
    bytes
  }
}

/** Stored form of a committed or expired record: evidence = 1, height of its block = 2. */
export function encodeRecord(evidenceBytes: Uint8Array, committedHeight: Height): Uint8Array {
  const writer = new ProtoWriter(evidenceBytes.length + 16)
  writer.bytes(1, evidenceBytes)
  writer.int64(2, committedHeight)
  return writer.finish()
}

export function decodeRecord(stored: Uint8Array, status: EvidenceStatus): EvidenceRecord {
  return readStored('record of evidence', () => {
    const reader: ProtoReader = new ProtoReader(stored, 'EvidenceRecord')
    let bytes: Uint8Array | null = null
    let committedHeight = 0
    while (reader.next()) {
      if (reader.field === 1) bytes = reader.bytes(MAX_RECORD_BYTES)
      else if (reader.field === 2) committedHeight = reader.int64()
      else reader.unknown()
    }
    reader.require(bytes, 'evidence')
    return { ...pendingOf(decodeEvidence(bytes)), status, committedHeight }
  })
}

/** The height of the block a committed record was in, without decoding the evidence. */
export function committedHeightOf(stored: Uint8Array): Height {
  return readStored('record of evidence', () => {
    const reader: ProtoReader = new ProtoReader(stored, 'EvidenceRecord')
    let committedHeight = 0
    while (reader.next()) {
      if (reader.field === 1) reader.bytes(MAX_RECORD_BYTES)
      else if (reader.field === 2) committedHeight = reader.int64()
      else reader.unknown()
    }
    return committedHeight
  })
}

export function readStored<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new EvidenceStoreError(what, { cause })
  }
}
