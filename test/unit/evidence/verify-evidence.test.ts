import { describe, expect, it } from 'vitest'
import { addressOf, publicKeyOf, signEd25519 } from '../../../src/crypto/index.ts'
import {
  type EvidenceContext,
  isExpired,
  isSendersFault,
  MAX_PROVABLE_PROPOSAL_ROUND,
  verifyEvidence,
  verifyEvidenceAlone
} from '../../../src/evidence/index.ts'
import {
  compareBlockIdKeys,
  type DuplicateProposalEvidence,
  type DuplicateVoteEvidence,
  type Evidence,
  makeDuplicateVoteEvidence,
  makeValidatorSet,
  NIL_BLOCK_ID,
  voteSignBytes
} from '../../../src/types/index.ts'
import { bytesOf, type TimeVector, timeOf, type VoteVector, voteOf } from '../types/domain-vectors.ts'
import { blockIdNamed } from '../types/sample-values.ts'
import { makeKeyedSet } from '../types/signed-commits.ts'
import { vectorCases } from '../types/vectors.ts'
import { CHAIN_ID, ChainBed } from './chain-bed.ts'

const bed = new ChainBed({ powers: [40n, 30n, 20n, 10n] }).grow(12)
const vote = bed.duplicateVote({ height: 8, validator: 1 })
const proposal = bed.duplicateProposal({ height: 8, round: 3 })
const stranger = new ChainBed({ powers: [1n, 2n, 3n, 4n, 5n] }).grow(12)

function judged(evidence: Evidence, changed: Partial<EvidenceContext> = {}) {
  bed.verifier.checks = 0
  const refusal = verifyEvidence(evidence, { ...bed.context, ...changed })
  return {
    code: refusal?.code ?? null,
    checks: bed.verifier.checks,
    fault: refusal && isSendersFault(refusal)
  }
}

const withVotes = (change: Partial<DuplicateVoteEvidence['voteA']>): DuplicateVoteEvidence => ({
  ...vote,
  voteA: { ...vote.voteA, ...change },
  voteB: { ...vote.voteB, ...change }
})
/** Sorted as evidence must be, so that only what a test forges is wrong with it. */
const paired = (first: DuplicateVoteEvidence['voteA'], second: DuplicateVoteEvidence['voteA']) =>
  makeDuplicateVoteEvidence(first, second, bed.timeOf(8), bed.keys.set)!

describe('true evidence', () => {
  it.each([
    ['two precommits', vote],
    ['two prevotes', bed.duplicateVote({ height: 1, validator: 3, type: 'prevote', round: 5 })],
    ['a vote and a vote for nil', bed.duplicateVote({ height: 12 }, [NIL_BLOCK_ID, blockIdNamed('b')])],
    ['two proposals', proposal]
  ])('of %s holds', (_, evidence) => {
    expect(judged(evidence)).toEqual({ code: null, checks: 2, fault: null })
  })
})

describe('forged evidence is refused with its reason, for at most two signature checks', () => {
  const wrongKey = signEd25519(bed.keys.seeds[2]!, voteSignBytes(CHAIN_ID, vote.voteB))
  const otherChain = [blockIdNamed('a'), blockIdNamed('b')].map(blockId =>
    bed.vote({ height: 8, validator: 1, blockId }, 'another-chain')
  )
  const cases: [string, Evidence, string, number][] = [
    [
      'signed with the wrong key',
      { ...vote, voteB: { ...vote.voteB, signature: wrongKey } },
      'badSignature',
      2
    ],
    ['of another chain (S-22, A-08)', paired(otherChain[0]!, otherChain[1]!), 'badSignature', 1],
    [
      'against another address',
      withVotes({ validatorAddress: bed.keys.set.validators[2]!.address }),
      'wrongPower',
      0
    ],
    [
      'against another address, with its power and index',
      {
        ...withVotes({ validatorAddress: bed.keys.set.validators[2]!.address, validatorIndex: 2 }),
        validatorPower: 20n
      },
      'badSignature',
      1
    ],
    [
      'against a stranger',
      withVotes({
        validatorAddress: addressOf({ type: 'ed25519', bytes: publicKeyOf(new Uint8Array(32).fill(9)) })
      }),
      'unknownValidator',
      0
    ],
    [
      'with one bad signature',
      { ...vote, voteA: { ...vote.voteA, signature: new Uint8Array(64) } },
      'badSignature',
      1
    ],
    ['of a height to come', bed.duplicateVote({ height: 13, validator: 1 }), 'uncommittedHeight', 0],
    [
      'of one vote under two signatures (S-21)',
      { ...vote, voteB: { ...vote.voteA, signature: wrongKey } },
      'malformed',
      0
    ],
    ['of one vote twice', { ...vote, voteB: vote.voteA }, 'malformed', 0],
    [
      'of one vote with two times (S-21)',
      {
        ...vote,
        voteB: bed.vote({ height: 8, validator: 1, blockId: vote.voteA.blockId, timestamp: bed.timeOf(9) })
      },
      'malformed',
      0
    ],
    [
      'of two validators',
      {
        ...vote,
        voteB: bed.vote({
          ...vote.voteB,
          validator: 2,
          validatorAddress: bed.keys.set.validators[2]!.address,
          validatorIndex: 2
        })
      },
      'differentValidator',
      0
    ],
    [
      'of two rounds',
      { ...vote, voteB: bed.vote({ ...vote.voteB, validator: 1, round: 1 }) },
      'differentStep',
      0
    ],
    [
      'of two types',
      { ...vote, voteB: bed.vote({ ...vote.voteB, validator: 1, type: 'prevote' }) },
      'differentStep',
      0
    ],
    ['in the wrong order', { ...vote, voteA: vote.voteB, voteB: vote.voteA }, 'malformed', 0],
    ['of a round that no bytes can hold', withVotes({ round: 2 ** 31 }), 'malformed', 0],
    ['with another index', withVotes({ validatorIndex: 2 }), 'notCanonical', 0],
    [
      'blown up by an extension',
      {
        ...vote,
        voteA: { ...vote.voteA, extension: new Uint8Array(9), extensionSignature: new Uint8Array(64) }
      },
      'notCanonical',
      0
    ],
    ['with another power', { ...vote, validatorPower: 31n }, 'wrongPower', 0],
    ['with another total power', { ...vote, totalVotingPower: 101n }, 'wrongPower', 0],
    ['with another time (A-07)', { ...vote, timestamp: bed.timeOf(9) }, 'wrongTime', 0],
    [
      'of a proposal pair from a non-proposer (S-23)',
      bed.duplicateProposal({ height: 8, round: 3, signer: (bed.proposerIndex(8, 3) + 1) % 4 }),
      'notProposer',
      2
    ],
    ['of one proposal twice', { ...proposal, proposalB: proposal.proposalA }, 'malformed', 0],
    [
      'of two proposals of two rounds',
      { ...proposal, proposalB: bed.proposal({ height: 8, round: 4, blockId: proposal.proposalB.blockId }) },
      'differentStep',
      0
    ],
    [
      'of proposals with the address of another',
      { ...proposal, validatorAddress: bed.keys.set.validators[bed.proposerIndex(8, 4)]!.address },
      'wrongPower',
      0
    ],
    [
      'of the first block with one signature',
      { ...proposal, proposalB: { ...proposal.proposalB, signature: proposal.proposalA.signature } },
      'badSignature',
      2
    ]
  ]

  it.each(cases)('%s', (_, evidence, code, checks) => {
    expect(judged(evidence)).toMatchObject({ code, checks })
  })

  it('by a validator set of another chain', () => {
    expect(judged(stranger.duplicateVote({ height: 8, validator: 1 })).code).toBe('wrongPower')
  })

  it('is the fault of who sends it, unless it may only stand elsewhere on the chain', () => {
    expect(judged(bed.duplicateVote({ height: 13, validator: 1 })).fault).toBe(false)
    expect(judged(vote, { headerAt: () => null })).toMatchObject({ code: 'noHistory', fault: false })
    expect(judged(vote, { validatorsAt: () => null })).toMatchObject({ code: 'noHistory', fault: false })
    expect(judged({ ...vote, timestamp: bed.timeOf(9) }).fault).toBe(true)
    expect(judged({ ...vote, validatorPower: 1n }).fault).toBe(true)
  })

  it('A-10: a set whose address does not follow from its key accuses nobody', () => {
    const { set } = bed.keys
    const swapped = set.validators.map((each, index) =>
      index === 1 ? { ...each, publicKey: set.validators[2]!.publicKey } : each
    )
    expect(judged(vote, { validatorsAt: () => ({ ...set, validators: swapped }) }).code).toBe('wrongKey')
  })

  it('A-16: without history there is a reason, never an exception', () => {
    const nothing = { headerAt: () => null, commitAt: () => null, validatorsAt: () => null }
    for (const evidence of [vote, proposal]) expect(judged(evidence, nothing).code).toBe('noHistory')
  })

  it('of proposals finds their proposer in bounded time: beyond a round no chain gets to, it is not looked for', () => {
    const last = bed.duplicateProposal({ height: 8, round: MAX_PROVABLE_PROPOSAL_ROUND })
    expect(judged(last)).toEqual({ code: null, checks: 2, fault: null })
    const beyond = bed.duplicateProposal({ height: 8, round: MAX_PROVABLE_PROPOSAL_ROUND + 1 })
    expect(judged(beyond)).toEqual({ code: 'farRound', checks: 0, fault: true })
  })
})

describe('the age of evidence', () => {
  const params = { maxAgeNumBlocks: 20, maxAgeDuration: 20_000_000_000n }
  const at = (height: number, seconds: number) => ({ height, time: { seconds, nanos: 0 } })
  const now = { lastHeight: 100, lastTime: { seconds: 1000, nanos: 0 }, params }

  it.each([
    ['both bounds are passed', at(79, 979), true],
    ['only the blocks are passed', at(79, 980), false],
    ['only the time is passed', at(80, 900), false],
    ['both are equal (S-09)', at(80, 980), false],
    ['time is passed by a nanosecond', { height: 79, time: { seconds: 979, nanos: 999_999_999 } }, true]
  ])('when %s', (_, evidence, expired) => {
    expect(isExpired(evidence, now)).toBe(expired)
  })

  it('S-09: is judged by our block, and refused without a signature check', () => {
    const old = { params: { maxAgeNumBlocks: 3, maxAgeDuration: 3_000_000_000n } }
    expect(judged(bed.duplicateVote({ height: 9, validator: 1 }), old).code).toBeNull()
    expect(judged(vote, old)).toMatchObject({ code: 'expired', checks: 0, fault: false })
  })

  interface AgeVector {
    name: string
    state_last_block_height: string
    state_last_block_time: TimeVector
    params: { max_age_num_blocks: string; max_age_duration_ns: string }
    evidence_height: string
    block_time_at_height: TimeVector
    evidence_time: TimeVector
    expected_ok?: boolean
  }
  const vectors = vectorCases<AgeVector>('evidence.json').filter(each => each.expected_ok !== undefined)

  it('has three vectors', () => {
    expect(vectors).toHaveLength(3)
  })

  it.each(vectors)('evidence.json: $name', each => {
    const height = Number(each.evidence_height)
    const base = bed.duplicateVote({ height, validator: 1 })
    const header = { ...bed.headers.get(8)!, height, time: timeOf(each.block_time_at_height) }
    const judgement = judged(
      { ...base, timestamp: timeOf(each.evidence_time) },
      {
        lastHeight: Number(each.state_last_block_height),
        lastTime: timeOf(each.state_last_block_time),
        params: {
          maxAgeNumBlocks: Number(each.params.max_age_num_blocks),
          maxAgeDuration: BigInt(each.params.max_age_duration_ns)
        },
        headerAt: () => header,
        validatorsAt: () => bed.keys.set
      }
    )
    expect(judgement.code === null).toBe(each.expected_ok)
  })
})

describe('evidence.json', () => {
  interface VerdictVector {
    name: string
    evidence_proto?: string
    chain_id: string
    validator_set: { pub_key: string; voting_power: string }[]
    vote_a: VoteVector
    vote_b: VoteVector
    total_voting_power: string
    validator_power: string
    timestamp: TimeVector
    expected_valid: boolean
  }
  const vectors = vectorCases<VerdictVector>('evidence.json').filter(
    each => each.evidence_proto !== undefined
  )

  it('has true and false evidence', () => {
    expect(new Set(vectors.map(each => each.expected_valid))).toEqual(new Set([true, false]))
  })

  it.each(vectors)('$name', each => {
    const validators = makeValidatorSet(
      each.validator_set.map(({ pub_key, voting_power }) => ({
        publicKey: { type: 'ed25519', bytes: bytesOf(pub_key) },
        power: BigInt(voting_power)
      }))
    )
    const votes = [voteOf(each.vote_a), voteOf(each.vote_b)]
    // The Go test does not look at the order.
    const [voteA, voteB] = votes.toSorted((a, b) => compareBlockIdKeys(a.blockId, b.blockId))
    const evidence: DuplicateVoteEvidence = {
      kind: 'duplicateVote',
      voteA: voteA!,
      voteB: voteB!,
      totalVotingPower: BigInt(each.total_voting_power),
      validatorPower: BigInt(each.validator_power),
      timestamp: timeOf(each.timestamp)
    }
    const context = { chainId: each.chain_id, validators, knowsPriorities: true, verifier: bed.verifier }
    expect(verifyEvidenceAlone(evidence, context).proves).toBe(each.expected_valid)
  })
})

describe('evidence judged without a chain', () => {
  const context = {
    chainId: CHAIN_ID,
    validators: bed.keys.set,
    knowsPriorities: false,
    verifier: bed.verifier
  }

  it('proves what the validators signed, and says what it could not see', () => {
    const proof = verifyEvidenceAlone(vote, context)
    expect(proof).toEqual({
      proves: true,
      unchecked: ['the time of the block at that height', 'the age of the evidence']
    })
  })

  it('does not trust times and heights, so takes any', () => {
    expect(verifyEvidenceAlone(bed.duplicateVote({ height: 13 }), context).proves).toBe(true)
  })

  it('finds the proposer only where priorities are known', () => {
    const { set } = makeKeyedSet([40n, 30n, 20n, 10n])
    const signer = (bed.proposerIndex(1, 3) + 1) % 4
    const framed = bed.duplicateProposal({ height: 1, round: 3, signer }) as DuplicateProposalEvidence
    const unsure = verifyEvidenceAlone(framed, { ...context, validators: set })
    expect(unsure.proves && unsure.unchecked.at(-1)).toBe('that the accused was the proposer of that round')
    const sure = verifyEvidenceAlone(framed, { ...context, validators: set, knowsPriorities: true })
    expect(!sure.proves && sure.refusal.code).toBe('notProposer')
  })

  it.each([
    ['badSignature', { ...vote, voteA: { ...vote.voteA, signature: vote.voteB.signature } }],
    ['malformed', { ...vote, voteA: vote.voteB }],
    ['wrongPower', { ...vote, totalVotingPower: 1n }]
  ])('refuses with %s', (code, evidence) => {
    const proof = verifyEvidenceAlone(evidence, context)
    expect(!proof.proves && proof.refusal.code).toBe(code)
  })
})
