import fc from 'fast-check'
import { addressOf } from '../../src/crypto/index.ts'
import type {
  Block,
  BlockId,
  Commit,
  CommitSig,
  DuplicateProposalEvidence,
  DuplicateVoteEvidence,
  Evidence,
  ExtendedCommit,
  Header,
  LightClientAttackEvidence,
  Part,
  PartSetHeader,
  Proposal,
  Timestamp,
  Validator,
  ValidatorSet,
  Vote
} from '../../src/types/index.ts'
import { makeValidatorSet } from '../../src/types/validator-set-update.ts'

/** Values that can be written, with the borders of every number and length among them; they need not be valid. */

const bytesOfLength = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength })
const hexOfLength = (length: number) =>
  bytesOfLength(length, length).map(bytes => Buffer.from(bytes).toString('hex'))

export const hash = fc.oneof(fc.constant(''), hexOfLength(32))
const address = fc.oneof(fc.constant(''), hexOfLength(20))
const signature = fc.oneof(bytesOfLength(0, 0), bytesOfLength(64, 64))
/** cosmjs-types 0.11 writes 64-bit numbers from 2^31 to 2^32 - 1 as something else, so no oracle is left for them. */
const hasOracle = (value: number | bigint) => value < 2 ** 31 || value >= 2 ** 32
const height = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 2 ** 31 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat().filter(hasOracle)
)
const round = fc.oneof(fc.constantFrom(0, 1, -1, 2147483647, -2147483648), fc.nat())
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter(hasOracle)
const power = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 60n - 1n), int64)
const extension = bytesOfLength(0, 40)

export const timestamp: fc.Arbitrary<Timestamp> = fc.record({
  seconds: fc.oneof(
    fc.constantFrom(-62135596800, -1, 0, 1, 253402300799),
    fc.integer({ min: 1500000000, max: 1800000000 })
  ),
  nanos: fc.oneof(fc.constantFrom(0, 1, 999999999), fc.integer({ min: 0, max: 999999999 }))
})

export const partSetHeader: fc.Arbitrary<PartSetHeader> = fc.record({
  total: fc.oneof(fc.constantFrom(0, 1, 4294967295), fc.nat(2000)),
  hash
})
export const blockId: fc.Arbitrary<BlockId> = fc.record({ hash, partSetHeader })

export const vote: fc.Arbitrary<Vote> = fc.record({
  type: fc.constantFrom('prevote' as const, 'precommit' as const),
  height,
  round,
  blockId,
  timestamp,
  validatorAddress: address,
  validatorIndex: round,
  signature,
  extension,
  extensionSignature: signature
})

export const proposal: fc.Arbitrary<Proposal> = fc.record({
  height,
  round,
  polRound: round,
  blockId,
  timestamp,
  signature
})

const commitSig: fc.Arbitrary<CommitSig> = fc.record({
  blockIdFlag: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
  validatorAddress: address,
  timestamp,
  signature
})
export const commit: fc.Arbitrary<Commit> = fc.record({
  height,
  round,
  blockId,
  signatures: fc.array(commitSig, { maxLength: 5 })
})
export const extendedCommit: fc.Arbitrary<ExtendedCommit> = fc.record({
  height,
  round,
  blockId,
  signatures: fc.array(
    fc
      .tuple(commitSig, extension, signature)
      .map(([entry, value, extensionSignature]) => ({ ...entry, extension: value, extensionSignature })),
    { maxLength: 5 }
  )
})

export const header: fc.Arbitrary<Header> = fc.record({
  version: fc.record({ block: height, app: height }),
  chainId: fc.oneof(fc.string({ maxLength: 12 }), fc.string({ maxLength: 8, unit: 'grapheme-composite' })),
  height,
  time: timestamp,
  lastBlockId: blockId,
  lastCommitHash: hash,
  dataHash: hash,
  validatorsHash: hash,
  nextValidatorsHash: hash,
  consensusHash: hash,
  appHash: bytesOfLength(0, 70).map(bytes => Buffer.from(bytes).toString('hex')),
  lastResultsHash: hash,
  evidenceHash: hash,
  proposerAddress: address
})

export const part: fc.Arbitrary<Part> = fc.record({
  index: fc.oneof(fc.constantFrom(0, 1, 4294967295), fc.nat(2000)),
  bytes: bytesOfLength(0, 300),
  proof: fc.record({
    total: height,
    index: height,
    leafHash: hash,
    aunts: fc.array(hexOfLength(32), { maxLength: 5 })
  })
})

const validator: fc.Arbitrary<Validator> = fc
  .record({
    publicKey: fc.oneof(
      bytesOfLength(32, 32).map(bytes => ({ type: 'ed25519' as const, bytes })),
      bytesOfLength(33, 33).map(bytes => ({ type: 'secp256k1' as const, bytes }))
    ),
    power: fc.bigInt({ min: 1n, max: 2n ** 50n }).filter(hasOracle),
    proposerPriority: int64
  })
  .map(each => ({ ...each, address: addressOf(each.publicKey) }))

export const validatorSet: fc.Arbitrary<ValidatorSet> = fc
  .uniqueArray(validator, { minLength: 1, maxLength: 4, selector: each => each.address })
  .map(makeValidatorSet)

export const duplicateVote: fc.Arbitrary<DuplicateVoteEvidence> = fc.record({
  kind: fc.constant('duplicateVote' as const),
  voteA: vote,
  voteB: vote,
  totalVotingPower: power,
  validatorPower: power,
  timestamp
})
export const duplicateProposal: fc.Arbitrary<DuplicateProposalEvidence> = fc.record({
  kind: fc.constant('duplicateProposal' as const),
  proposalA: proposal,
  proposalB: proposal,
  validatorAddress: address,
  totalVotingPower: power,
  validatorPower: power,
  timestamp
})
export const lightClientAttack: fc.Arbitrary<LightClientAttackEvidence> = fc.record({
  kind: fc.constant('lightClientAttack' as const),
  conflictingBlock: fc.record({ header, commit, validatorSet }),
  commonHeight: height,
  byzantineValidators: fc.array(validator, { maxLength: 3 }),
  totalVotingPower: power,
  timestamp
})
/** The kinds that CometBFT knows. */
export const foreignEvidence: fc.Arbitrary<DuplicateVoteEvidence | LightClientAttackEvidence> = fc.oneof(
  duplicateVote,
  lightClientAttack
)
export const evidence: fc.Arbitrary<Evidence> = fc.oneof(duplicateVote, duplicateProposal, lightClientAttack)

export function blockWith<E extends Evidence>(ofEvidence: fc.Arbitrary<E>) {
  return fc.record({
    header,
    txs: fc.array(bytesOfLength(0, 60), { maxLength: 6 }),
    evidence: fc.array(ofEvidence, { maxLength: 2 }),
    lastCommit: fc.option(commit)
  }) satisfies fc.Arbitrary<Block>
}
