import { describe, expect, it } from 'vitest'
import { evidenceToJson } from '../../../src/rpc/json/evidence.ts'
import { evidenceFromJson } from '../../../src/rpc/params/evidence.ts'
import {
  type Evidence,
  encodeEvidence,
  evidenceHash,
  type LightClientAttackEvidence,
  makeDuplicateProposalEvidence,
  NIL_BLOCK_ID
} from '../../../src/types/index.ts'
import { makeTestChain, timeOf } from './support/synthetic-chain.ts'

const chain = makeTestChain()

function lightClientAttack(): LightClientAttackEvidence {
  const { block, seenCommit, validators } = chain.at(6)!
  return {
    kind: 'lightClientAttack',
    conflictingBlock: { header: block.header, commit: seenCommit, validatorSet: validators },
    commonHeight: 4,
    byzantineValidators: validators.validators.slice(0, 2),
    totalVotingPower: validators.totalPower,
    timestamp: timeOf(4)
  }
}

function duplicateProposal(): Evidence {
  const next = chain.nextValidators
  const one = chain.proposal(13, chain.at(11)!.meta.blockId)
  const two = chain.proposal(13, chain.at(12)!.meta.blockId)
  return makeDuplicateProposalEvidence(one, two, next.proposer.address, timeOf(13), next)!
}

const EXAMPLES: readonly Evidence[] = [chain.duplicateVote(5), duplicateProposal(), lightClientAttack()]

/** The JSON as a client would send it. */
// biome-ignore lint/suspicious/noExplicitAny: tests bend it into every shape
function wireJson(evidence: Evidence): any {
  return JSON.parse(JSON.stringify(evidenceToJson(evidence)))
}

function errorOf(value: unknown): string {
  try {
    evidenceFromJson(value)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('evidence in JSON', () => {
  for (const evidence of EXAMPLES) {
    it(`comes back as it went: ${evidence.kind}`, () => {
      const back = evidenceFromJson(wireJson(evidence))
      expect(evidenceHash(back)).toBe(evidenceHash(evidence))
      expect(Buffer.from(encodeEvidence(back)).equals(Buffer.from(encodeEvidence(evidence)))).toBe(true)
    })
  }

  it('has the types and names of Go', () => {
    const vote = wireJson(EXAMPLES[0]!)
    expect(vote.type).toBe('tendermint/DuplicateVoteEvidence')
    expect(Object.keys(vote.value)).toEqual([
      'vote_a',
      'vote_b',
      'TotalVotingPower',
      'ValidatorPower',
      'Timestamp'
    ])
    expect(vote.value.TotalVotingPower).toBe('100')
    const attack = wireJson(EXAMPLES[2]!)
    expect(attack.type).toBe('tendermint/LightClientAttackEvidence')
    expect(Object.keys(attack.value)).toEqual([
      'ConflictingBlock',
      'CommonHeight',
      'ByzantineValidators',
      'TotalVotingPower',
      'Timestamp'
    ])
    expect(Object.keys(attack.value.ConflictingBlock)).toEqual(['signed_header', 'validator_set'])
    expect(wireJson({ ...lightClientAttack(), byzantineValidators: [] }).value.ByzantineValidators).toBeNull()
  })

  it('is also taken under the names that Rust clients send', () => {
    const { type, value } = wireJson(EXAMPLES[0]!)
    const { TotalVotingPower, ValidatorPower, Timestamp, ...votes } = value
    const named = {
      ...votes,
      total_voting_power: TotalVotingPower,
      validator_power: ValidatorPower,
      timestamp: Timestamp
    }
    expect(evidenceHash(evidenceFromJson({ type, value: named }))).toBe(evidenceHash(EXAMPLES[0]!))
  })

  it('is refused with the path of what is wrong', () => {
    const bent = (change: (value: ReturnType<typeof wireJson>) => void, example = 0) => {
      const json = wireJson(EXAMPLES[example]!)
      change(json)
      return errorOf(json)
    }
    expect(errorOf(5)).toBe('evidence must be an object')
    expect(errorOf({ type: 'tendermint/Nothing', value: {} })).toBe('unknown type "tendermint/Nothing"')
    expect(errorOf({ type: 'tendermint/DuplicateVoteEvidence' })).toBe('evidence.value is missing')
    expect(bent(json => delete json.value.vote_a.height)).toBe('evidence.value.vote_a.height is missing')
    expect(bent(json => (json.value.vote_a.height = 5))).toBe(
      'evidence.value.vote_a.height must be a 64-bit integer as a string'
    )
    expect(bent(json => (json.value.vote_a.height = '9007199254740993'))).toBe(
      'evidence.value.vote_a.height must be an integer below 2^53'
    )
    expect(bent(json => (json.value.vote_a.round = '0'))).toMatch(/vote_a\.round must be an integer from/)
    expect(bent(json => (json.value.vote_a.round = 2 ** 31))).toMatch(/vote_a\.round must be an integer from/)
    expect(bent(json => (json.value.vote_a.type = 32))).toMatch(/vote_a\.type must be 1 \(prevote\) or 2/)
    expect(bent(json => (json.value.vote_b.block_id.hash = 'xy'))).toMatch(/block_id\.hash: encoding\/hex/)
    expect(bent(json => (json.value.vote_b.signature = '!'))).toMatch(/vote_b\.signature: illegal base64/)
    expect(bent(json => (json.value.Timestamp = '2020-01-01T00:00:00+01:00'))).toMatch(
      /Timestamp must be a time/
    )
    expect(bent(json => (json.value.extra = 1))).toBe('unknown field evidence.value.extra')
    expect(bent(json => (json.value.vote_a.extra = 1))).toBe('unknown field evidence.value.vote_a.extra')
    expect(bent(json => (json.extra = 1))).toBe('unknown field evidence.extra')
    expect(bent(json => (json.value.proposal_a.Type = 1), 1)).toMatch(/proposal_a\.Type must be 32/)
    const set = 'evidence.value.ConflictingBlock.validator_set'
    expect(bent(json => json.value.ConflictingBlock.validator_set.validators.reverse(), 2)).toContain(
      `${set}.validators: `
    )
    expect(
      bent(json => (json.value.ConflictingBlock.validator_set.validators[0].pub_key.value = 'AAAA'), 2)
    ).toMatch(/validators\[0\]\.pub_key\.type must name a key/)
    expect(bent(json => (json.value.ByzantineValidators = Array(10_001).fill({})), 2)).toMatch(
      /at most 10000$/
    )
  })

  it('is a value of its own, whatever prototype the JSON names', () => {
    const json = JSON.parse(JSON.stringify(wireJson(EXAMPLES[0]!)).replace('"vote_a"', '"__proto__"'))
    expect(errorOf(json)).toBe('evidence.value.vote_a is missing')
  })

  it('of a vote for nil keeps the empty id', () => {
    const back = evidenceFromJson(wireJson(EXAMPLES[0]!))
    expect(back.kind === 'duplicateVote' && back.voteA.blockId).toEqual(NIL_BLOCK_ID)
  })
})
