import type { Hex, Power } from './primitives.ts'

export type KeyType = 'ed25519' | 'secp256k1'

export interface PublicKey {
  readonly type: KeyType
  /** ed25519: 32 bytes; secp256k1: 33 bytes, compressed. */
  readonly bytes: Uint8Array
}

export interface Validator {
  /** ed25519: first 20 bytes of sha256(key), hex. */
  readonly address: Hex
  readonly publicKey: PublicKey
  readonly power: Power
  /** int64; not part of the set's hash. */
  readonly proposerPriority: bigint
}

/**
 * The validators of one height, ordered by power descending, then address ascending (CometBFT types/validator_set.go).
 * Immutable; made by `makeValidatorSet`, changed by `updateValidatorSet`, turned by `incrementProposerPriority`.
 */
export interface ValidatorSet {
  readonly validators: readonly Validator[]
  readonly totalPower: Power
  /** Of the round the set stands at. Between an update and the next increment it may be one who has left. */
  readonly proposer: Validator
  /** Index by address. */
  readonly indexByAddress: ReadonlyMap<Hex, number>
  /** Merkle root over SimpleValidator protos. */
  readonly hash: Hex
}

/** A change to the set by the app: power 0 removes. */
export interface ValidatorUpdate {
  readonly publicKey: PublicKey
  readonly power: Power
}

/** Total power of a set never exceeds this, so that priorities stay within int64 (CometBFT MaxTotalVotingPower). */
export const MAX_TOTAL_POWER: Power = (2n ** 63n - 1n) / 8n

/** No set has more validators than this (CometBFT MaxVotesCount). */
export const MAX_VALIDATORS = 10_000

/** Power that is more than two thirds of `totalPower`: floor(2/3 total) + 1. */
export function quorumOf(totalPower: Power): Power {
  return (totalPower * 2n) / 3n + 1n
}

/** Power that is more than one third of `totalPower`, so one correct validator is in it: floor(1/3 total) + 1. */
export function oneThirdOf(totalPower: Power): Power {
  return totalPower / 3n + 1n
}

export function validatorByAddress(set: ValidatorSet, address: Hex): Validator | null {
  const index = set.indexByAddress.get(address)
  return index === undefined ? null : set.validators[index]!
}

/** Null when `index` is not an index of the set; never throws, whatever the number. */
export function validatorByIndex(set: ValidatorSet, index: number): Validator | null {
  return set.validators[index] ?? null
}
