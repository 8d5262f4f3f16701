import { merkleRoot } from '../crypto/index.ts'
import type { Hex } from './primitives.ts'
import { encodeSimpleValidator } from './validator-bytes.ts'
import type { Validator, ValidatorSet } from './validator-set.ts'

/** Order of a set: power descending, then address ascending. */
export function compareValidators(a: Validator, b: Validator): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1
  if (a.address === b.address) return 0
  return a.address < b.address ? -1 : 1
}

/** The set of `validators`, which are in set order, with everything that follows from them. */
export function assembleValidatorSet(validators: readonly Validator[], proposer: Validator): ValidatorSet {
  let totalPower = 0n
  const indexByAddress = new Map<Hex, number>()
  validators.forEach((validator, index) => {
    totalPower += validator.power
    indexByAddress.set(validator.address, index)
  })
  const hash = merkleRoot(validators.map(encodeSimpleValidator))
  return { validators, totalPower, proposer, indexByAddress, hash }
}

/** Stands for the proposer of {@link EMPTY_VALIDATOR_SET}; no address and no key, so it equals no validator. */
const NO_VALIDATOR: Validator = {
  address: '',
  publicKey: { type: 'ed25519', bytes: new Uint8Array(0) },
  power: 0n,
  proposerPriority: 0n
}

/** The set of a genesis without validators, until the app names some. It has no proposer to speak of. */
export const EMPTY_VALIDATOR_SET: ValidatorSet = assembleValidatorSet([], NO_VALIDATOR)
