import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../../src/codec/index.ts'
import { addressOf, sha256Hex, verifyEd25519 } from '../../../src/crypto/index.ts'
import {
  compareBlockIdKeys,
  type DuplicateVoteEvidence,
  decodeEvidence,
  decodeEvidenceList,
  type Evidence,
  encodeEvidence,
  encodeEvidenceList,
  evidenceHash,
  evidenceListHash,
  hashHeader,
  type LightClientAttackEvidence,
  makeDuplicateProposalEvidence,
  makeDuplicateVoteEvidence,
  NIL_BLOCK_ID,
  type ValidatorSet,
  validateEvidence,
  voteSignBytes
} from '../../../src/types/index.ts'
import { makeValidatorSet } from '../../../src/types/validator-set-update.ts'
import { encodeInnerEvidence } from '../../../src/types/wire-evidence.ts'
import {
  type BlockIdVector,
  blockIdOf,
  bytesOf,
  type HeaderVector,
  headerOf,
  hexOf,
  type TimeVector,
  timeOf,
  type VoteVector,
  voteOf
} from './domain-vectors.ts'
import {
  blockIdNamed,
  hashOf,
  publicKeyNamed,
  sampleCommit,
  sampleHeader,
  sampleProposal,
  sampleVote,
  TIME
} from './sample-values.ts'
import { vectorCases } from './vectors.ts'

interface DuplicateVoteVector {
  vote_a: VoteVector
  vote_b: VoteVector
  total_voting_power: string
  validator_power: string
  timestamp: TimeVector
}
interface EvidenceCase extends Partial<DuplicateVoteVector> {
  name: string
  evidence_list?: DuplicateVoteVector[]
  expected_evidence_list_proto?: string
  expected_inner_proto?: string
  expected_evidence_hash?: string
  'expected_list_hash (header.evidence_hash)'?: string
  vote1_block_id?: BlockIdVector
  vote2_block_id?: BlockIdVector
  expected_vote_a?: 'vote1' | 'vote2'
  evidence_proto?: string
  evidence_hash?: string
  validator_set?: { pub_key: string; voting_power: string }[]
  expected_valid?: boolean
  chain_id?: string
  conflicting_header_hash?: string
  common_height?: string
  expected_ok?: boolean
}

const cases = vectorCases<EvidenceCase>('evidence.json')

function duplicateVoteOf(vector: DuplicateVoteVector): DuplicateVoteEvidence {
  return {
    kind: 'duplicateVote',
    voteA: voteOf(vector.vote_a),
    voteB: voteOf(vector.vote_b),
    totalVotingPower: BigInt(vector.total_voting_power),
    validatorPower: BigInt(vector.validator_power),
    timestamp: timeOf(vector.timestamp)
  }
}

const keyA = publicKeyNamed('a')
const keyB = publicKeyNamed('b')
const validators: ValidatorSet = makeValidatorSet([
  { publicKey: keyA, power: 10n },
  { publicKey: keyB, power: 7n }
])
const addressA = addressOf(keyA)

function sampleAttack(changed: Partial<LightClientAttackEvidence> = {}): LightClientAttackEvidence {
  const header = sampleHeader({ validatorsHash: validators.hash })
  const commit = sampleCommit({
    height: header.height,
    blockId: { ...blockIdNamed('conflicting'), hash: hashHeader(header) }
  })
  return {
    kind: 'lightClientAttack',
    conflictingBlock: { header, commit, validatorSet: validators },
    commonHeight: 10,
    byzantineValidators: validators.validators,
    totalVotingPower: 17n,
    timestamp: TIME,
    ...changed
  }
}

const sampleDuplicateVote = makeDuplicateVoteEvidence(
  sampleVote({ validatorAddress: addressA, blockId: NIL_BLOCK_ID }),
  sampleVote({ validatorAddress: addressA }),
  TIME,
  validators
)!
const sampleDuplicateProposal = makeDuplicateProposalEvidence(
  sampleProposal({ blockId: blockIdNamed('one') }),
  sampleProposal({ blockId: blockIdNamed('two') }),
  addressA,
  TIME,
  validators
)!
const samples: Evidence[] = [sampleDuplicateVote, sampleDuplicateProposal, sampleAttack()]

describe('evidence.json', () => {
  it.each(cases.filter(each => each.evidence_list))('$name', each => {
    const list = each.evidence_list!.map(duplicateVoteOf)
    expect(hexOf(encodeEvidenceList(list))).toBe(each.expected_evidence_list_proto)
    expect(decodeEvidenceList(bytesOf(each.expected_evidence_list_proto!))).toEqual(list)
    expect(list.map(encodeInnerEvidence).map(hexOf)).toEqual([each.expected_inner_proto])
    expect(list.map(evidenceHash)).toEqual([each.expected_evidence_hash])
    expect(evidenceListHash(list)).toBe(each['expected_list_hash (header.evidence_hash)'])
  })

  it.each(cases.filter(each => each.expected_vote_a))('order: $name', each => {
    const vote1 = sampleVote({ validatorAddress: addressA, blockId: blockIdOf(each.vote1_block_id!) })
    const vote2 = sampleVote({ validatorAddress: addressA, blockId: blockIdOf(each.vote2_block_id!) })
    const votes = { vote1, vote2 }
    const evidence = makeDuplicateVoteEvidence(vote1, vote2, TIME, validators)!
    expect(evidence.voteA).toBe(votes[each.expected_vote_a!])
    expect(evidence.voteB).toBe(each.expected_vote_a === 'vote1' ? vote2 : vote1)
    expect([evidence.totalVotingPower, evidence.validatorPower]).toEqual([17n, 10n])
    expect(validateEvidence(evidence)).toBeNull()
    expect(makeDuplicateVoteEvidence(vote2, vote1, TIME, validators)).toEqual(evidence)
  })

  it.each(cases.filter(each => each.evidence_proto))('$name: bytes, hash and signatures', each => {
    const evidence = duplicateVoteOf(each as DuplicateVoteVector)
    expect(hexOf(encodeInnerEvidence(evidence))).toBe(each.evidence_proto)
    expect(evidenceHash(evidence)).toBe(each.evidence_hash)
    expect(decodeEvidence(encodeEvidence(evidence))).toEqual(evidence)
    const key = { type: 'ed25519' as const, bytes: bytesOf(each.validator_set![0]!.pub_key) }
    const holds = [evidence.voteA, evidence.voteB].every(
      vote =>
        vote.validatorAddress === addressOf(key) &&
        vote.round === evidence.voteA.round &&
        verifyEd25519(key.bytes, voteSignBytes(each.chain_id!, vote), vote.signature)
    )
    expect(holds).toBe(each.expected_valid)
  })

  it.each(cases.filter(each => each.conflicting_header_hash))('$name', each => {
    const [first] = vectorCases<{ header: HeaderVector; expected_hash: string }>('header_hash.json')
    expect(first!.expected_hash).toBe(each.conflicting_header_hash)
    const attack = sampleAttack({ commonHeight: Number(each.common_height) })
    const conflictingBlock = { ...attack.conflictingBlock, header: headerOf(first!.header) }
    expect(evidenceHash({ ...attack, conflictingBlock })).toBe(each.expected_evidence_hash)
  })

  it('has no other case than those above and the three about age, which evidence/ judges', () => {
    const read = cases.filter(
      each =>
        each.evidence_list || each.expected_vote_a || each.evidence_proto || each.conflicting_header_hash
    )
    const age = cases.filter(each => each.expected_ok !== undefined)
    expect([read.length + age.length, age.length]).toEqual([cases.length, 3])
  })
})

describe('evidence on the wire', () => {
  it.each(samples)('of kind $kind comes back as it was, and is well formed', evidence => {
    expect(decodeEvidence(encodeEvidence(evidence))).toEqual(evidence)
    expect(validateEvidence(evidence)).toBeNull()
  })

  it('comes back as a list', () => {
    expect(decodeEvidenceList(encodeEvidenceList(samples))).toEqual(samples)
    expect(decodeEvidenceList(encodeEvidenceList([]))).toEqual([])
  })

  it('of our own kind is field 3: proposals, address, powers, time', () => {
    const bytes = encodeEvidence(sampleDuplicateProposal)
    expect(bytes[0]).toBe((3 << 3) | 2)
    const inner = hexOf(encodeInnerEvidence(sampleDuplicateProposal))
    expect(inner.endsWith(`1a14${addressA}2011280a320b0880e2cfaa0610959aef3a`)).toBe(true)
    expect(evidenceHash(sampleDuplicateProposal)).toBe(sha256Hex(bytesOf(inner)))
  })

  const duplicateVote = hexOf(encodeEvidence(sampleDuplicateVote))
  const refused: [string, string][] = [
    ['nothing', ''],
    ['two kinds', duplicateVote + hexOf(encodeEvidence(sampleDuplicateProposal))],
    ['the same kind twice', duplicateVote + duplicateVote],
    ['a kind that does not exist', '2200'],
    ['A-11: a duplicate vote without votes', '0a00'],
    ['A-11: an attack without a block', '1200'],
    ['A-11: an attack with an empty block', '12020a00'],
    ['A-11: an attack with an empty signed header', '12040a020a00'],
    ['A-11: an attack with a signed header without a header', '12080a060a0412021a00'],
    ['A-11: a duplicate proposal without proposals', '1a00']
  ]
  it.each(refused)('is refused as %s', (_name, hex) => {
    expect(() => decodeEvidence(bytesOf(hex))).toThrow(DecodeError)
  })

  it('A-10: is refused when an address is not that of its key', () => {
    const [first] = validators.validators
    const swapped = { ...first!, publicKey: keyB }
    expect(() => decodeEvidence(encodeEvidence(sampleAttack({ byzantineValidators: [swapped] })))).toThrow(
      /address is not that of the key/
    )
  })

  it('A-13: has one name, whatever else an attack proves', () => {
    const attack = sampleAttack()
    const other = sampleAttack({ byzantineValidators: [], totalVotingPower: 5n })
    expect(evidenceHash(other)).toBe(evidenceHash(attack))
    expect(evidenceHash(sampleAttack({ commonHeight: 9 }))).not.toBe(evidenceHash(attack))
    // The height is a zigzag varint, which from 64 on takes two bytes.
    const names = [63, 64, 8192].map(commonHeight => evidenceHash(sampleAttack({ commonHeight })))
    expect(new Set(names).size).toBe(3)
  })
})

describe('well-formed evidence', () => {
  const { voteA, voteB } = sampleDuplicateVote
  const { proposalA, proposalB } = sampleDuplicateProposal
  const attack = sampleAttack()
  const block = attack.conflictingBlock
  const cases: [string, Evidence, RegExp][] = [
    ['votes in the wrong order', { ...sampleDuplicateVote, voteA: voteB, voteB: voteA }, /invalid order/],
    ['a vote twice', { ...sampleDuplicateVote, voteB: voteA }, /invalid order/],
    ['a bad first vote', { ...sampleDuplicateVote, voteA: { ...voteA, height: 0 } }, /invalid VoteA/],
    ['a bad second vote', { ...sampleDuplicateVote, voteB: { ...voteB, round: -1 } }, /invalid VoteB/],
    [
      'proposals in the wrong order',
      { ...sampleDuplicateProposal, proposalA: proposalB, proposalB: proposalA },
      /invalid order/
    ],
    ['a proposal twice', { ...sampleDuplicateProposal, proposalB: proposalA }, /invalid order/],
    [
      'a bad first proposal',
      { ...sampleDuplicateProposal, proposalA: { ...proposalA, round: -1 } },
      /invalid ProposalA/
    ],
    [
      'a bad second proposal',
      { ...sampleDuplicateProposal, proposalB: { ...proposalB, blockId: NIL_BLOCK_ID } },
      /invalid ProposalB/
    ],
    ['no proposer', { ...sampleDuplicateProposal, validatorAddress: '' }, /ValidatorAddress/],
    ['an attack without power', { ...attack, totalVotingPower: 0n }, /voting power/],
    ['an attack without a common height', { ...attack, commonHeight: 0 }, /common height/],
    ['a common height ahead of the block', { ...attack, commonHeight: 13 }, /ahead of/],
    [
      'a bad header',
      { ...attack, conflictingBlock: { ...block, header: { ...block.header, proposerAddress: '' } } },
      /invalid header/
    ],
    [
      'a bad commit',
      { ...attack, conflictingBlock: { ...block, commit: { ...block.commit, round: -1 } } },
      /invalid commit/
    ],
    [
      'a commit of another height',
      { ...attack, conflictingBlock: { ...block, commit: { ...block.commit, height: 11 } } },
      /height mismatch/
    ],
    [
      'a commit of another block',
      { ...attack, conflictingBlock: { ...block, commit: { ...block.commit, blockId: blockIdNamed('x') } } },
      /another block/
    ],
    [
      'validators that the header does not name',
      { ...attack, conflictingBlock: { ...block, validatorSet: { ...validators, hash: hashOf('x') } } },
      /validator hash/
    ]
  ]
  it.each(cases)('is not %s', (_name, evidence, reason) => {
    expect(validateEvidence(evidence)).toMatch(reason)
  })

  it('cannot be made of somebody who is not in the set', () => {
    const stranger = sampleVote({ validatorAddress: hashOf('stranger').slice(0, 40) })
    expect(makeDuplicateVoteEvidence(stranger, stranger, TIME, validators)).toBeNull()
    expect(
      makeDuplicateProposalEvidence(proposalA, proposalB, stranger.validatorAddress, TIME, validators)
    ).toBeNull()
  })

  it('is ordered by bytes: a shorter number of parts is not always the smaller key', () => {
    const id = blockIdNamed('same')
    const total = (parts: number) => ({ ...id, partSetHeader: { ...id.partSetHeader, total: parts } })
    expect(compareBlockIdKeys(total(256), total(255))).toBe(-1)
    expect(compareBlockIdKeys(total(255), total(256))).toBe(1)
    expect(compareBlockIdKeys(total(255), total(255))).toBe(0)
    expect(compareBlockIdKeys(NIL_BLOCK_ID, id)).toBe(-1)
  })
})
