import type { Wal, WalRecord } from '../../blockstore/index.ts'
import { ProtoReader, ProtoWriter, tryDecode } from '../../codec/index.ts'
import type { Timeout, TimeoutKind } from '../../consensus/index.ts'
import {
  type BlockIdKey,
  type ConsensusMessage,
  decodeConsensusMessage,
  decodeVote,
  encodeConsensusMessage,
  encodeVote,
  type Height,
  MAX_VOTE_EXTENSION_BYTES,
  type Round,
  type Vote
} from '../../types/index.ts'

/** What is logged of a height: every input of the machine and every message that changed what it sees. */
export type JournalRecord =
  | { readonly kind: 'message'; readonly message: ConsensusMessage }
  | { readonly kind: 'timeoutElapsed'; readonly timeout: Timeout }
  | { readonly kind: 'startHeight'; readonly height: Height; readonly waitForTxs: boolean }
  | { readonly kind: 'txsAvailable'; readonly height: Height }
  /** The value this node made to propose, behind the parts of its block. */
  | {
      readonly kind: 'valueBuilt'
      readonly height: Height
      readonly round: Round
      readonly value: BlockIdKey
    }
  /** +2/3 votes for one value that were counted as one unit. */
  | { readonly kind: 'certificate'; readonly votes: readonly Vote[] }
  /** What validation said of a block: asked again after a restart, an app might answer otherwise (tendermint#8739). */
  | { readonly kind: 'validity'; readonly blockIdKey: BlockIdKey; readonly valid: boolean }

/** CometBFT's RoundStepType of the step whose wait is over. */
const TIMEOUT_STEP = { propose: 3, prevote: 5, precommit: 7 } as const satisfies Record<TimeoutKind, number>
const MAX_KEY_BYTES = 256
const MAX_VOTE_BYTES = MAX_VOTE_EXTENSION_BYTES + 1024

/** The host's view of the write-ahead log. */
export class Journal {
  readonly #wal: Wal

  constructor(wal: Wal) {
    this.#wal = wal
  }

  append(record: JournalRecord): void {
    this.#wal.append(toWalRecord(record))
  }

  /** From here on the log speaks of the next height; what came before is in the stores. */
  endHeight(height: Height): void {
    this.#wal.append({ kind: 'endHeight', height })
  }

  flush(): Promise<void> {
    return this.#wal.flush()
  }
}

function toWalRecord(record: JournalRecord): WalRecord {
  switch (record.kind) {
    case 'message':
      return { kind: 'message', message: encodeConsensusMessage(record.message), peer: '' }
    case 'timeoutElapsed': {
      const { kind, height, round } = record.timeout
      return { kind: 'timeout', durationMs: 0, height, round, step: TIMEOUT_STEP[kind] }
    }
    case 'startHeight':
      return note('startHeight', writer => {
        writer.int64(1, record.height)
        writer.bool(2, record.waitForTxs)
      })
    case 'txsAvailable':
      return note('txsAvailable', writer => writer.int64(1, record.height))
    case 'valueBuilt':
      return note('valueBuilt', writer => {
        writer.int64(1, record.height)
        writer.int32(2, record.round)
        writer.string(3, record.value)
      })
    case 'certificate':
      return note('certificate', writer => {
        for (const vote of record.votes) writer.repeatedBytes(1, encodeVote(vote))
      })
    case 'validity':
      return note('validity', writer => {
        writer.string(1, record.blockIdKey)
        writer.bool(2, record.valid)
      })
  }
}

function note(label: string, write: (writer: ProtoWriter) => void): WalRecord {
  const writer = new ProtoWriter(192)
  write(writer)
  return { kind: 'note', label, data: writer.finish() }
}

/** Reads a record back; null for what this node does not log itself, as in a log that CometBFT wrote. */
export function fromWalRecord(record: WalRecord): JournalRecord | null {
  switch (record.kind) {
    case 'message': {
      const decoded = tryDecode(decodeConsensusMessage, record.message)
      return decoded.ok ? { kind: 'message', message: decoded.value } : null
    }
    case 'timeout': {
      const kinds = Object.entries(TIMEOUT_STEP) as [TimeoutKind, number][]
      const kind = kinds.find(([, step]) => step === record.step)?.[0]
      if (kind === undefined) return null
      return { kind: 'timeoutElapsed', timeout: { kind, height: record.height, round: record.round } }
    }
    case 'note': {
      const decoded = tryDecode(data => readNote(record.label, data), record.data)
      return decoded.ok ? decoded.value : null
    }
    default:
      return null
  }
}

function readNote(label: string, data: Uint8Array): JournalRecord | null {
  const reader = new ProtoReader(data, 'Note')
  if (label === 'validity') {
    let blockIdKey = ''
    let valid = false
    while (reader.next()) {
      if (reader.field === 1) blockIdKey = reader.string(MAX_KEY_BYTES)
      else if (reader.field === 2) valid = reader.bool()
      else reader.unknown()
    }
    return { kind: 'validity', blockIdKey, valid }
  }
  if (label === 'valueBuilt') {
    const built = { height: 0, round: 0, value: '' }
    while (reader.next()) {
      if (reader.field === 1) built.height = reader.int64()
      else if (reader.field === 2) built.round = reader.int32()
      else if (reader.field === 3) built.value = reader.string(MAX_KEY_BYTES)
      else reader.unknown()
    }
    return { kind: 'valueBuilt', ...built }
  }
  if (label === 'certificate') {
    const votes: Vote[] = []
    while (reader.next()) {
      if (reader.field === 1) votes.push(decodeVote(reader.repeatedBytes(MAX_VOTE_BYTES)))
      else reader.unknown()
    }
    return { kind: 'certificate', votes }
  }
  let height = 0
  let flag = false
  while (reader.next()) {
    if (reader.field === 1) height = reader.int64()
    else if (reader.field === 2) flag = reader.bool()
    else reader.unknown()
  }
  if (label === 'startHeight') return { kind: 'startHeight', height, waitForTxs: flag }
  return label === 'txsAvailable' ? { kind: 'txsAvailable', height } : null
}
