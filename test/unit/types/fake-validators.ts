import type { ValidatorSet } from '../../../src/types/validator-set.ts'
import type { AddressedValidatorUpdate } from '../../../src/types/validator-set-update.ts'

/** A validator with an address of any length and a key nobody holds, for tests of arithmetic and order. */
export function fakeValidator(address: string, power: bigint): Required<AddressedValidatorUpdate> {
  return { address, power, publicKey: { type: 'ed25519', bytes: Buffer.alloc(32, address, 'hex') } }
}

/** A set put together by hand, without the first turn `makeValidatorSet` takes. */
export function rawValidatorSet(
  members: readonly { address: string; power: bigint; proposerPriority: bigint }[]
): ValidatorSet {
  const validators = members.map(each => ({ ...fakeValidator(each.address, each.power), ...each }))
  return {
    validators,
    totalPower: members.reduce((total, { power }) => total + power, 0n),
    proposer: validators[0]!,
    indexByAddress: new Map(validators.map(({ address }, index) => [address, index])),
    hash: ''
  }
}
