import type { Hex } from './primitives.ts'

/** How many parts a block was cut into, and the Merkle root of those parts. */
export interface PartSetHeader {
  /** uint32 */
  readonly total: number
  /** 32 bytes of hex, or '' in the zero value. */
  readonly hash: Hex
}

/** Names a block: its header hash and the header of its part set. All empty in {@link NIL_BLOCK_ID}. */
export interface BlockId {
  readonly hash: Hex
  readonly partSetHeader: PartSetHeader
}

/** A map key for a {@link BlockId}: `HASH:TOTAL:PARTSHASH` in lower-case hex, '' for nil. */
export type BlockIdKey = string

export const NIL_BLOCK_ID: BlockId = { hash: '', partSetHeader: { total: 0, hash: '' } }

/** True for the zero block id, that is, a vote for nil. */
export function isNilBlockId(id: BlockId): boolean {
  return id.hash === '' && id.partSetHeader.total === 0 && id.partSetHeader.hash === ''
}

/** True when both hashes are there: a block id that can name a block. */
export function isCompleteBlockId(id: BlockId): boolean {
  return id.hash.length === 64 && id.partSetHeader.total > 0 && id.partSetHeader.hash.length === 64
}

export function blockIdKey(id: BlockId): BlockIdKey {
  return isNilBlockId(id) ? '' : `${id.hash}:${id.partSetHeader.total}:${id.partSetHeader.hash}`
}

export function blockIdsEqual(a: BlockId, b: BlockId): boolean {
  return (
    a.hash === b.hash &&
    a.partSetHeader.total === b.partSetHeader.total &&
    a.partSetHeader.hash === b.partSetHeader.hash
  )
}

/** The block id a {@link blockIdKey} stands for. */
export function blockIdFromKey(key: BlockIdKey): BlockId {
  if (key === '') return NIL_BLOCK_ID
  const [hash, total, partsHash] = key.split(':')
  return { hash: hash ?? '', partSetHeader: { total: Number(total), hash: partsHash ?? '' } }
}
