import { ValidatorSet as WireValidatorSet } from 'cosmjs-types/tendermint/types/validator'
import { describe, expect, it } from 'vitest'
import { ProtoWriter, tryDecode } from '../../../src/codec/index.ts'
import { addressOf, publicKeyOf, secp256k1PublicKeyOf } from '../../../src/crypto/index.ts'
import { incrementProposerPriority } from '../../../src/types/proposer-priority.ts'
import { encodeSimpleValidator, writeValidator } from '../../../src/types/validator-bytes.ts'
import {
  type KeyType,
  MAX_TOTAL_POWER,
  MAX_VALIDATORS,
  oneThirdOf,
  quorumOf,
  type ValidatorUpdate,
  validatorByAddress,
  validatorByIndex
} from '../../../src/types/validator-set.ts'
import { EMPTY_VALIDATOR_SET } from '../../../src/types/validator-set-assembly.ts'
import { decodeValidatorSet, encodeValidatorSet } from '../../../src/types/validator-set-bytes.ts'
import {
  makeValidatorSet,
  updateValidatorSet,
  ValidatorSetError
} from '../../../src/types/validator-set-update.ts'
import { fakeValidator } from './fake-validators.ts'
import { vectorCases } from './vectors.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function validator(seed: number, power: bigint): ValidatorUpdate {
  return { publicKey: { type: 'ed25519', bytes: publicKeyOf(Buffer.alloc(32, seed)) }, power }
}

interface HashCase {
  name: string
  validators: { pub_key_type: KeyType; pub_key: string; address: string; voting_power: string }[]
  expected_order?: string[]
  simple_validator_protos?: string[]
  expected_hash: string
}

describe('validator_set_hash.json', () => {
  const cases = vectorCases<HashCase>('validator_set_hash.json')
  it.each(cases.map(each => [each.name, each] as const))('%s', (_, each) => {
    const set = makeValidatorSet(
      each.validators.map(({ pub_key_type: type, pub_key, voting_power }) => ({
        publicKey: { type, bytes: Buffer.from(pub_key, 'hex') },
        power: BigInt(voting_power)
      }))
    )
    expect(set.hash).toBe(each.expected_hash)
    expect(set.validators.map(({ address }) => address)).toEqual(each.expected_order ?? [])
    expect(set.validators.map(each => hex(encodeSimpleValidator(each)))).toEqual(
      each.simple_validator_protos ?? []
    )
    for (const { address, pub_key } of each.validators) {
      expect(hex(validatorByAddress(set, address)!.publicKey.bytes)).toBe(pub_key)
    }
  })
})

describe('a validator set', () => {
  const set = makeValidatorSet([validator(1, 10n), validator(2, 30n), validator(3, 10n)])

  it('finds by address and by index, null for strangers and impossible indexes', () => {
    set.validators.forEach((each, index) => {
      expect(validatorByIndex(set, index)).toBe(each)
      expect(validatorByAddress(set, each.address)).toBe(each)
      expect(set.indexByAddress.get(each.address)).toBe(index)
    })
    expect(validatorByAddress(set, 'ff')).toBeNull()
    for (const index of [-1, 3, 0.5, Number.NaN, 2 ** 31]) expect(validatorByIndex(set, index)).toBeNull()
  })

  it('orders by power, then by address', () => {
    expect(set.validators.map(({ power }) => power)).toEqual([30n, 10n, 10n])
    expect(set.validators[1]!.address < set.validators[2]!.address).toBe(true)
  })

  it('keeps its hash through turns and changes it with a power', () => {
    expect(incrementProposerPriority(set, 5).hash).toBe(set.hash)
    expect(updateValidatorSet(set, [validator(1, 11n)]).hash).not.toBe(set.hash)
  })

  it('is the same set when there is nothing to update', () => {
    expect(updateValidatorSet(set, [])).toBe(set)
  })

  it('refuses to be left empty, but may be replaced as a whole', () => {
    const leaveAll = [1, 2, 3].map(seed => validator(seed, 0n))
    expect(() => updateValidatorSet(set, leaveAll)).toThrow('would leave no validator')
    const replaced = updateValidatorSet(set, [...leaveAll, validator(4, 1n)])
    expect(replaced.validators.map(({ publicKey }) => publicKey)).toEqual([validator(4, 1n).publicKey])
  })

  it('refuses a key of the wrong length', () => {
    const short = { publicKey: { type: 'ed25519' as const, bytes: new Uint8Array(31) }, power: 1n }
    expect(() => makeValidatorSet([short])).toThrow('an ed25519 public key has 32 bytes, not 31')
  })

  it('refuses more validators than a commit can carry', () => {
    const many = Array.from({ length: MAX_VALIDATORS + 1 }, (_, index) =>
      fakeValidator(index.toString(16).padStart(40, '0'), 1n)
    )
    expect(() => makeValidatorSet(many)).toThrow(ValidatorSetError)
    expect(makeValidatorSet(many.slice(1)).validators).toHaveLength(MAX_VALIDATORS)
  })

  it('may hold all the power there is, and not one more', () => {
    const half = MAX_TOTAL_POWER / 2n
    const full = makeValidatorSet([validator(1, half), validator(2, MAX_TOTAL_POWER - half)])
    expect(full.totalPower).toBe(MAX_TOTAL_POWER)
    expect(() => updateValidatorSet(full, [validator(3, 1n)])).toThrow('the total power would be')
  })

  it('has no proposer while it is empty', () => {
    expect(makeValidatorSet([])).toBe(EMPTY_VALIDATOR_SET)
    expect(() => incrementProposerPriority(EMPTY_VALIDATOR_SET, 1)).toThrow('empty validator set')
    expect(() => incrementProposerPriority(set, 0)).toThrow('0 times')
  })
})

describe('majorities', () => {
  it.each([
    [1n, 1n, 1n],
    [2n, 2n, 1n],
    [3n, 3n, 2n],
    [4n, 3n, 2n],
    [10n, 7n, 4n],
    [MAX_TOTAL_POWER, 768614336404564651n, 384307168202282326n]
  ])('of %d: quorum %d, one third %d', (total, quorum, oneThird) => {
    expect(quorumOf(total)).toBe(quorum)
    expect(oneThirdOf(total)).toBe(oneThird)
    expect(quorum * 3n > total * 2n).toBe(true)
    expect((quorum - 1n) * 3n > total * 2n).toBe(false)
    expect(oneThird * 3n > total && (oneThird - 1n) * 3n <= total).toBe(true)
  })
})

describe('validator set bytes', () => {
  const secp = { type: 'secp256k1' as const, bytes: secp256k1PublicKeyOf(Buffer.alloc(32, 7)) }
  const set = incrementProposerPriority(
    makeValidatorSet([validator(1, 10n), { publicKey: secp, power: 7n }, validator(3, 2n ** 59n)]),
    3
  )
  const bytes = encodeValidatorSet(set)

  it('read back as they were written', () => {
    expect(decodeValidatorSet(bytes)).toEqual(set)
    expect(encodeValidatorSet(decodeValidatorSet(bytes))).toEqual(bytes)
  })

  it('are what another implementation reads and writes', () => {
    const wire = WireValidatorSet.decode(bytes)
    expect(wire.validators.map(({ address }) => hex(address))).toEqual(
      set.validators.map(({ address }) => address)
    )
    expect(wire.validators.map(({ votingPower }) => votingPower)).toEqual(
      set.validators.map(({ power }) => power)
    )
    expect(hex(wire.validators[2]!.pubKey!.secp256k1!)).toBe(hex(secp.bytes))
    expect(wire.proposer!.proposerPriority).toBe(set.proposer.proposerPriority)
    expect(wire.totalVotingPower).toBe(0n)
    expect(hex(WireValidatorSet.encode(wire).finish())).toBe(hex(bytes))
  })

  function withMembers(change: (writer: ProtoWriter) => void): Uint8Array {
    const writer = new ProtoWriter()
    change(writer)
    return writer.finish()
  }
  function write(writer: ProtoWriter, field: number, each: Parameters<typeof writeValidator>[1]): void {
    const mark = writer.begin(field)
    writeValidator(writer, each)
    writer.end(mark)
  }
  const [first, second, third] = set.validators as [never, never, never]

  it.each<[string, string, (writer: ProtoWriter) => void]>([
    ['nothing', 'validators is missing', () => {}],
    ['no proposer', 'proposer is missing', writer => write(writer, 1, first)],
    [
      'wrong order',
      'out of order',
      writer => {
        write(writer, 1, second)
        write(writer, 1, first)
        write(writer, 2, first)
      }
    ],
    [
      'the same validator twice',
      'comes twice',
      writer => {
        write(writer, 1, third)
        write(writer, 1, third)
        write(writer, 2, third)
      }
    ],
    [
      'a proposer from elsewhere',
      'proposer is not in the set',
      writer => {
        write(writer, 1, first)
        write(writer, 2, third)
      }
    ],
    [
      'an address that is not of the key',
      'address is not that of the key',
      writer => write(writer, 1, { ...set.validators[0]!, address: set.validators[1]!.address })
    ],
    [
      'a short key',
      'ed25519 key has 31 bytes',
      writer =>
        write(writer, 1, { ...set.validators[0]!, publicKey: { type: 'ed25519', bytes: Buffer.alloc(31) } })
    ],
    [
      'a negative power',
      'voting_power is out of range',
      writer => write(writer, 1, { ...set.validators[0]!, power: -1n })
    ],
    [
      'a total beyond the limit',
      'total voting power is out of range',
      writer => {
        const [a, b] = [1, 2]
          .map(seed => ({
            ...validator(seed, MAX_TOTAL_POWER),
            address: addressOf(validator(seed, 1n).publicKey)
          }))
          .sort((x, y) => (x.address < y.address ? -1 : 1))
        write(writer, 1, { ...a!, proposerPriority: 0n })
        write(writer, 1, { ...b!, proposerPriority: 0n })
        write(writer, 2, { ...a!, proposerPriority: 0n })
      }
    ],
    [
      'a stated total power',
      'unknown field 3',
      writer => {
        write(writer, 1, first)
        write(writer, 2, first)
        writer.bigint64(3, 10n)
      }
    ]
  ])('refuse %s', (_, reason, change) => {
    const decoded = tryDecode(decodeValidatorSet, withMembers(change))
    expect(decoded.ok ? 'accepted' : decoded.error.message).toContain(reason)
  })
})
