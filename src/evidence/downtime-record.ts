import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { sha256Hex } from '../crypto/index.ts'
import type { Height, Hex, Power } from '../types/index.ts'
import { readStored } from './evidence-record.ts'
import { downtimeKey, type OffenceKey } from './offence.ts'

const ADDRESS_BYTES = 20
const MAX_BITMAP_BYTES = 1024 * 1024

/**
 * That a validator was away too long, as last commits show it: a judgement, not a proof, since a proposer may leave out
 * a precommit. Every node makes its own; it is never sent.
 */
export interface DowntimeRecord {
  readonly kind: 'downtime'
  readonly hash: Hex
  readonly key: OffenceKey
  readonly validators: readonly Hex[]
  readonly status: 'committed'
  /** The last height looked at. */
  readonly height: Height
  /** The block whose last commit completed it. */
  readonly committedHeight: Height
  /** Blocks looked at, all while the validator was in the set. */
  readonly window: number
  readonly missedCount: number
  /** One bit a block, oldest first, least significant bit first; the last of them is `height`. */
  readonly missed: Uint8Array
  readonly power: Power
}

export interface Downtime {
  readonly address: Hex
  readonly height: Height
  readonly window: number
  readonly missedCount: number
  readonly missed: Uint8Array
  readonly power: Power
}

export function makeDowntimeRecord(downtime: Downtime): DowntimeRecord {
  const { address, height, window, missedCount, missed, power } = downtime
  return {
    kind: 'downtime',
    hash: sha256Hex(encodeDowntime(downtime)),
    key: downtimeKey(height, address),
    validators: [address],
    status: 'committed',
    height,
    committedHeight: height + 1,
    window,
    missedCount,
    missed,
    power
  }
}

/** Stored form: address = 1, height = 2, window = 3, missed count = 4, bitmap = 5, power = 6. */
export function encodeDowntime({
  address,
  height,
  window,
  missedCount,
  missed,
  power
}: Downtime): Uint8Array {
  const writer = new ProtoWriter(64 + missed.length)
  writer.hex(1, address)
  writer.int64(2, height)
  writer.int64(3, window)
  writer.int64(4, missedCount)
  writer.bytes(5, missed)
  writer.bigint64(6, power)
  return writer.finish()
}

export function decodeDowntime(stored: Uint8Array): DowntimeRecord {
  return readStored('record of downtime', () => {
    const reader: ProtoReader = new ProtoReader(stored, 'DowntimeRecord')
    let address = ''
    let [height, window, missedCount] = [0, 0, 0]
    let missed = new Uint8Array(0)
    let power = 0n
    while (reader.next()) {
      if (reader.field === 1) address = reader.hex(ADDRESS_BYTES)
      else if (reader.field === 2) height = reader.int64()
      else if (reader.field === 3) window = reader.int64()
      else if (reader.field === 4) missedCount = reader.int64()
      else if (reader.field === 5) missed = reader.bytes(MAX_BITMAP_BYTES).slice()
      else if (reader.field === 6) power = reader.bigint64()
      else reader.unknown()
    }
    return makeDowntimeRecord({ address, height, window, missedCount, missed, power })
  })
}
