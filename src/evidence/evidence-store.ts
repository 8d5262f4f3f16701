import { PnyxError } from '../util/index.ts'

export type StoreOp =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** What this room needs of a key-value store; the node's has it. */
export interface EvidenceStore {
  get(key: Uint8Array): Uint8Array | undefined
  batch(ops: readonly StoreOp[], options: { readonly sync: boolean }): Promise<void>
  entries(range: {
    readonly gte?: Uint8Array
    readonly lt?: Uint8Array
    readonly reverse?: boolean
    readonly limit?: number
  }): AsyncIterable<readonly [Uint8Array, Uint8Array]>
}

/** What is stored of evidence cannot be read. */
export class EvidenceStoreError extends PnyxError<'EVIDENCE_CORRUPT'> {
  constructor(what: string, options?: ErrorOptions) {
    super(
      'EVIDENCE_CORRUPT',
      `the stored ${what} is damaged; remove the data directory and synchronise again`,
      options
    )
  }
}

/**
 * First bytes of the keys, within the buckets 0x20 to 0x2f that the chain database keeps for this room; the second byte
 * says what kind of record it is.
 */
export const PREFIX = {
  pending: '2001',
  draft: '2002',
  expired: '2003',
  committed: '2101',
  byHash: '2102',
  liveness: '2201',
  downtime: '2202'
} as const
export type Prefix = (typeof PREFIX)[keyof typeof PREFIX]

/** `suffix` is hex. */
export function storeKey(prefix: Prefix, suffix: string): Uint8Array {
  return Buffer.from(prefix + suffix, 'hex')
}

export function suffixOfKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex', 2)
}

/** All keys of a prefix, or those whose suffix lies in [from, to), both hex. */
export function storeRange(
  prefix: Prefix,
  from = '',
  to: string | null = null
): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  const lt = to === null ? Buffer.from(next(prefix), 'hex') : storeKey(prefix, to)
  return { gte: storeKey(prefix, from), lt }
}

function next(prefix: Prefix): string {
  return (Number.parseInt(prefix, 16) + 1).toString(16).padStart(4, '0')
}
