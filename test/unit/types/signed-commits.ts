import { publicKeyOf, signEd25519 } from '../../../src/crypto/index.ts'
import { type BlockId, NIL_BLOCK_ID } from '../../../src/types/block-id.ts'
import { BLOCK_ID_FLAG, type BlockIdFlag, type Commit, type CommitSig } from '../../../src/types/commit.ts'
import { type Timestamp, ZERO_TIME } from '../../../src/types/primitives.ts'
import { voteSignBytes } from '../../../src/types/sign-bytes.ts'
import type { ValidatorSet } from '../../../src/types/validator-set.ts'
import { makeValidatorSet } from '../../../src/types/validator-set-update.ts'

export interface KeyedSet {
  readonly set: ValidatorSet
  /** The private seed of every validator, in set order. */
  readonly seeds: readonly Uint8Array[]
}

/** A set with known keys; the same powers give the same set. */
export function makeKeyedSet(powers: readonly bigint[]): KeyedSet {
  const seeds = powers.map((_, index) => Uint8Array.from(Buffer.alloc(32, `test seed ${index} `)))
  const byKey = new Map(seeds.map(seed => [Buffer.from(publicKeyOf(seed)).toString('hex'), seed]))
  const set = makeValidatorSet(
    seeds.map((seed, index) => ({
      publicKey: { type: 'ed25519', bytes: publicKeyOf(seed) },
      power: powers[index]!
    }))
  )
  return {
    set,
    seeds: set.validators.map(({ publicKey }) => byKey.get(Buffer.from(publicKey.bytes).toString('hex'))!)
  }
}

export function someBlockId(fill: string): BlockId {
  return { hash: fill.repeat(64), partSetHeader: { total: 3, hash: fill.repeat(64) } }
}

export const ABSENT: CommitSig = {
  blockIdFlag: BLOCK_ID_FLAG.absent,
  validatorAddress: '',
  timestamp: ZERO_TIME,
  signature: new Uint8Array(0)
}

export interface CommitPlan {
  readonly chainId: string
  readonly height: number
  readonly round: number
  readonly blockId: BlockId
  /** What each validator did, in set order. */
  readonly flags: readonly BlockIdFlag[]
  /** The time of each vote; without it, i seconds after 2020-01-01 for validator i. */
  readonly times?: readonly Timestamp[]
}

/** A commit every entry of which is signed by its validator. */
export function signCommit(keys: KeyedSet, plan: CommitPlan): Commit {
  const { height, round, blockId } = plan
  const signatures = plan.flags.map((flag, index): CommitSig => {
    if (flag === BLOCK_ID_FLAG.absent) return ABSENT
    const timestamp = plan.times?.[index] ?? { seconds: 1577836800 + index, nanos: 0 }
    const signed = flag === BLOCK_ID_FLAG.nil ? NIL_BLOCK_ID : blockId
    const bytes = voteSignBytes(plan.chainId, {
      type: 'precommit',
      height,
      round,
      blockId: signed,
      timestamp
    })
    return {
      blockIdFlag: flag,
      validatorAddress: keys.set.validators[index]!.address,
      timestamp,
      signature: signEd25519(keys.seeds[index]!, bytes)
    }
  })
  return { height, round, blockId, signatures }
}
