import { createHash } from 'node:crypto'

/**
 * The few protobuf and Merkle rules that a block's hashes rest on, written down a second time so that a mistake in the
 * node's own codec or hashing does not judge itself. Slow and simple.
 */
export type Field = readonly [
  field: number,
  type: 'varint' | 'bytes' | 'message' | 'fixed64',
  value: bigint | Uint8Array
]

/** A varint field; left out when 0. Negative numbers take ten bytes, as int32 and int64 do. */
export function int(field: number, value: number | bigint): Field {
  return [field, 'varint', BigInt.asUintN(64, BigInt(value))]
}

/** A sfixed64 field; left out when 0. */
export function fixed64(field: number, value: number): Field {
  return [field, 'fixed64', BigInt.asUintN(64, BigInt(value))]
}

/** A bytes or string field; left out when empty. */
export function bytes(field: number, value: Uint8Array | string): Field {
  return [field, 'bytes', typeof value === 'string' ? Buffer.from(value, 'utf8') : value]
}

export function hex(field: number, value: string): Field {
  return [field, 'bytes', Buffer.from(value, 'hex')]
}

/** An embedded message; written even when empty (gogoproto's nullable=false). */
export function message(field: number, fields: readonly Field[]): Field {
  return [field, 'message', encode(fields)]
}

export function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(encodeField))
}

/** A message behind its length. */
export function delimited(fields: readonly Field[]): Buffer {
  const body = encode(fields)
  return Buffer.concat([varint(BigInt(body.length)), body])
}

function encodeField([field, type, value]: Field): Buffer {
  if (typeof value === 'bigint') {
    if (value === 0n) return Buffer.alloc(0)
    if (type === 'varint') return Buffer.concat([varint(BigInt(field << 3)), varint(value)])
    const fixed = Buffer.alloc(8)
    fixed.writeBigUInt64LE(value)
    return Buffer.concat([varint(BigInt((field << 3) | 1)), fixed])
  }
  if (value.length === 0 && type === 'bytes') return Buffer.alloc(0)
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(value.length)), value])
}

function varint(value: bigint): Buffer {
  const out: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80)
  out.push(Number(rest))
  return Buffer.from(out)
}

export function sha256(...data: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const piece of data) hash.update(piece)
  return hash.digest()
}

const LEAF = Buffer.from([0])
const INNER = Buffer.from([1])

/** Merkle root as RFC 6962 has it. */
export function merkle(items: readonly Uint8Array[]): Buffer {
  if (items.length === 0) return sha256()
  if (items.length === 1) return sha256(LEAF, items[0]!)
  let split = 1
  while (split * 2 < items.length) split *= 2
  return sha256(INNER, merkle(items.slice(0, split)), merkle(items.slice(split)))
}
