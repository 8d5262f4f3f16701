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
