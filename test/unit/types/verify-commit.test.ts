import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  makeSignatureVerifier,
  type SignatureVerifier,
  secp256k1PublicKeyOf
} from '../../../src/crypto/index.ts'
import { BLOCK_ID_FLAG, type BlockIdFlag, type Commit, type CommitSig } from '../../../src/types/commit.ts'
import { MAX_TOTAL_POWER } from '../../../src/types/validator-set.ts'
import { makeValidatorSet } from '../../../src/types/validator-set-update.ts'
import { verifyCommit, verifyCommitTrusting } from '../../../src/types/verify-commit.ts'
import { ABSENT, makeKeyedSet, signCommit, someBlockId } from './signed-commits.ts'
import { vectorCases } from './vectors.ts'

const { absent, commit: forBlock, nil } = BLOCK_ID_FLAG
const CHAIN = 'test_chain'
const HEIGHT = 5
const BLOCK = someBlockId('a')
const verifier = makeSignatureVerifier({ cacheSize: 1000 })
const plan = (flags: readonly BlockIdFlag[]) => ({
  chainId: CHAIN,
  height: HEIGHT,
  round: 1,
  blockId: BLOCK,
  flags
})

/** A commit with entry `index` changed. */
function withEntry(commit: Commit, index: number, change: Partial<CommitSig>): Commit {
  return {
    ...commit,
    signatures: commit.signatures.map((entry, at) => (at === index ? { ...entry, ...change } : entry))
  }
}

interface CommitCase {
  name: string
  validators: number
  power_each: string
  commit: { for_block: number; nil: number; absent: number }
  height_matches: number
  sign_chain_id_matches: number
  block_id_matches: number
  expect_error: boolean
  error_contains: string | null
}

describe('votes_and_commits.json: VerifyCommit', () => {
  const cases = vectorCases<CommitCase>('votes_and_commits.json').filter(({ name }) =>
    name.startsWith('VerifyCommit: ')
  )

  it.each(cases.map(each => [each.name, each] as const))('%s', (_, each) => {
    const { for_block, nil: nils, absent: absents } = each.commit
    const flags = [
      ...Array<BlockIdFlag>(absents).fill(absent),
      ...Array<BlockIdFlag>(for_block).fill(forBlock),
      ...Array<BlockIdFlag>(nils).fill(nil)
    ]
    const power = BigInt(each.power_each)
    const signers = makeKeyedSet(flags.map(() => power))
    const { set } = makeKeyedSet(Array<bigint>(each.validators).fill(power))
    const commit = signCommit(signers, {
      ...plan(flags),
      chainId: each.sign_chain_id_matches ? CHAIN : 'EpsilonEridani'
    })
    const blockId = each.block_id_matches ? BLOCK : someBlockId('b')
    const height = each.height_matches ? HEIGHT : HEIGHT - 1
    const problem = verifyCommit(CHAIN, set, blockId, height, commit, verifier)
    if (each.expect_error) expect(problem).toContain(each.error_contains!)
    else expect(problem).toBeNull()
  })

  it('are six', () => {
    expect(cases).toHaveLength(6)
  })
})

describe('verifyCommit', () => {
  const keys = makeKeyedSet([10n, 10n, 10n, 10n])
  const commit = signCommit(keys, plan([forBlock, forBlock, forBlock, nil]))
  const check = (changed: Commit, by: SignatureVerifier = verifier) =>
    verifyCommit(CHAIN, keys.set, BLOCK, HEIGHT, changed, by)

  it('accepts a commit with a vote for nil in it', () => {
    expect(check(commit)).toBeNull()
  })

  it('A-01: refuses entries whose addresses are swapped, though each signature is good by index', () => {
    const [a, b] = [commit.signatures[0]!.validatorAddress, commit.signatures[1]!.validatorAddress]
    const swapped = withEntry(withEntry(commit, 0, { validatorAddress: b }), 1, { validatorAddress: a })
    expect(check(swapped)).toBe(`validator address mismatch at index 0: expected ${a}, got ${b}`)
  })

  it('A-01: refuses a foreign address on a vote for nil too', () => {
    expect(check(withEntry(commit, 3, { validatorAddress: 'ab'.repeat(20) }))).toContain(
      'mismatch at index 3'
    )
  })

  it('A-01: refuses an absent entry that carries a time or an address', () => {
    const missing = signCommit(keys, plan([forBlock, forBlock, forBlock, absent]))
    expect(check(missing)).toBeNull()
    expect(check(withEntry(missing, 3, { timestamp: { seconds: 1, nanos: 0 } }))).toContain('time is present')
    const { address } = keys.set.validators[3]!
    expect(check(withEntry(missing, 3, { validatorAddress: address }))).toContain('address is present')
  })

  it('A-01: refuses a time other than the one that was signed', () => {
    const moved = withEntry(commit, 2, { timestamp: { seconds: 1577836803, nanos: 0 } })
    expect(check(moved)).toContain('wrong signature (#2)')
  })

  it('A-08: refuses signatures for another block among those for this one', () => {
    const other = signCommit(keys, {
      ...plan([forBlock, forBlock, forBlock, forBlock]),
      blockId: someBlockId('b')
    })
    expect(check(withEntry(commit, 2, { signature: other.signatures[2]!.signature }))).toContain(
      'wrong signature (#2)'
    )
  })

  it('A-08: refuses a bad signature beyond the quorum', () => {
    const all = signCommit(keys, plan([forBlock, forBlock, forBlock, forBlock]))
    expect(check(all)).toBeNull()
    expect(check(withEntry(all, 3, { signature: all.signatures[0]!.signature }))).toContain(
      'wrong signature (#3)'
    )
  })

  it('A-12: looks at every signature there is, and says of none that it is good without having looked', () => {
    const looked: string[] = []
    const recording: SignatureVerifier = {
      verify: (_, __, signature) => {
        looked.push(Buffer.from(signature).toString('hex'))
        return true
      }
    }
    expect(check(commit, recording)).toBeNull()
    expect(looked).toEqual(commit.signatures.map(({ signature }) => Buffer.from(signature).toString('hex')))
  })

  it('refuses a vote for nil passed off as one for the block, and the other way round', () => {
    expect(check(withEntry(commit, 3, { blockIdFlag: forBlock }))).toContain('wrong signature (#3)')
    const all = signCommit(keys, plan([forBlock, forBlock, forBlock, forBlock]))
    expect(check(withEntry(all, 0, { blockIdFlag: nil }))).toContain('wrong signature (#0)')
  })

  it('refuses another round, chain and block than were signed', () => {
    expect(check({ ...commit, round: 2 })).toContain('wrong signature (#0)')
    expect(verifyCommit('other', keys.set, BLOCK, HEIGHT, commit, verifier)).toContain('wrong signature (#0)')
    expect(check({ ...commit, blockId: someBlockId('c') })).toContain('wrong block ID: want aaaa')
  })

  it('refuses entries no validator makes', () => {
    const unknown = { blockIdFlag: 0 as BlockIdFlag }
    expect(check(withEntry(commit, 0, unknown))).toContain('unknown BlockIDFlag: 0')
    expect(check(withEntry(commit, 0, { signature: new Uint8Array(0) }))).toContain(
      '#0: signature is missing'
    )
  })

  it('does not look at one signature of a commit that lacks power', () => {
    const never: SignatureVerifier = {
      verify: () => {
        throw new TypeError('asked')
      }
    }
    const weak = signCommit(keys, plan([forBlock, forBlock, nil, nil]))
    expect(check(weak, never)).toBe('insufficient voting power: got 20, needed more than 26')
  })

  it('weighs by power, not by heads', () => {
    const uneven = makeKeyedSet([MAX_TOTAL_POWER - 2n, 1n, 1n])
    const alone = signCommit(uneven, plan([forBlock, absent, absent]))
    expect(verifyCommit(CHAIN, uneven.set, BLOCK, HEIGHT, alone, verifier)).toBeNull()
    const others = signCommit(uneven, plan([nil, forBlock, forBlock]))
    expect(verifyCommit(CHAIN, uneven.set, BLOCK, HEIGHT, others, verifier)).toContain(
      'got 2, needed more than'
    )
  })

  it('A-01: gives each signature the key of its index, of whatever type', () => {
    const secp = { type: 'secp256k1' as const, bytes: secp256k1PublicKeyOf(Buffer.alloc(32, 5)) }
    const mixed = makeValidatorSet([
      { publicKey: secp, power: 1n },
      ...keys.set.validators.map(({ publicKey, power }) => ({ publicKey, power }))
    ])
    const types: string[] = []
    const recording: SignatureVerifier = {
      verify: key => {
        types.push(key.type)
        return true
      }
    }
    const signatures = [
      ...commit.signatures,
      { ...commit.signatures[0]!, validatorAddress: mixed.validators[4]!.address }
    ]
    expect(verifyCommit(CHAIN, mixed, BLOCK, HEIGHT, { ...commit, signatures }, recording)).toBeNull()
    expect(types).toEqual(['ed25519', 'ed25519', 'ed25519', 'ed25519', 'secp256k1'])
  })

  it('A-51: whatever is done to one entry, the answer is a value, and never that the commit is good', () => {
    const time = fc.record({ seconds: fc.integer({ min: 0, max: 2 ** 33 }), nanos: fc.nat(999_999_999) })
    const change = fc.oneof(
      fc.record({ signature: fc.uint8Array({ maxLength: 70 }) }),
      fc.record({ timestamp: time }),
      fc.record({ validatorAddress: fc.constantFrom('', 'ff', 'ab'.repeat(20)) }),
      fc.record({ blockIdFlag: fc.constantFrom<BlockIdFlag>(0, 1, 3) })
    )
    fc.assert(
      fc.property(fc.nat(2), change, (index, changed) => {
        expect(typeof check(withEntry(commit, index, changed))).toBe('string')
      }),
      { numRuns: 60 }
    )
  })
})

describe('verifyCommitTrusting', () => {
  const keys = makeKeyedSet([10n, 10n, 10n, 10n])
  const commit = signCommit(keys, plan([forBlock, forBlock, forBlock, forBlock]))
  const third = { numerator: 1n, denominator: 3n }
  const check = (changed: Commit, trusted = keys.set, level = third) =>
    verifyCommitTrusting(CHAIN, trusted, changed, level, verifier)

  it('VerifyCommitLightTrusting (1/3), all signatures: 3rd of 4 wrong is an error though two would do', () => {
    expect(check(commit)).toBeNull()
    const spoilt = withEntry(commit, 2, { signature: commit.signatures[0]!.signature })
    expect(check(spoilt)).toContain('wrong signature (#2)')
  })

  it('VerifyCommitLightTrusting of all the power there may be: bigints do not overflow', () => {
    const huge = makeKeyedSet([MAX_TOTAL_POWER])
    const good = signCommit(huge, plan([forBlock]))
    expect(check(good, huge.set, { numerator: 25n, denominator: 55n })).toBeNull()
  })

  it('passes over strangers, absent votes and votes for nil', () => {
    const { set } = makeKeyedSet([10n, 10n])
    const three = signCommit(keys, plan([forBlock, forBlock, forBlock, nil]))
    const known = three.signatures.filter(
      ({ blockIdFlag, validatorAddress }) =>
        blockIdFlag === forBlock && set.indexByAddress.has(validatorAddress)
    )
    const strangersToo = {
      ...three,
      signatures: [...three.signatures.filter(each => !known.includes(each)), ABSENT]
    }
    expect(check(strangersToo, set)).toContain('insufficient voting power: got 0')
    expect(check({ ...three, signatures: [...strangersToo.signatures, ...known] }, set)).toBeNull()
  })

  it('refuses to count a validator twice', () => {
    const twice = { ...commit, signatures: [commit.signatures[0]!, commit.signatures[0]!] }
    expect(check(twice)).toContain('double vote from')
  })

  it('needs more than the fraction, not just as much', () => {
    const six = makeKeyedSet([10n, 10n, 10n, 10n, 10n, 10n])
    const two = signCommit(six, plan([forBlock, forBlock, absent, absent, absent, absent]))
    expect(check(two, six.set)).toBe('insufficient voting power: got 20, needed more than 20')
  })
})
