import { describe, expect, it } from 'vitest'
import {
  makeVoteSignBytes,
  proposalSignBytes,
  voteExtensionSignBytes,
  voteSignBytes
} from '../../../src/types/index.ts'
import { canonicalVoteBytes } from '../../../src/types/sign-bytes.ts'
import {
  type BlockIdVector,
  blockIdOf,
  bytesOf,
  hexOf,
  type ProposalVector,
  proposalOf,
  type TimeVector,
  timeOf
} from './domain-vectors.ts'
import { blockIdNamed, sampleVote, TIME } from './sample-values.ts'
import { vectorCases } from './vectors.ts'

interface VoteCase {
  name: string
  chain_id: string
  vote: { type: number; height: string; round: number; block_id: BlockIdVector; timestamp: TimeVector }
  expected_sign_bytes: string
}
interface ProposalCase {
  name: string
  chain_id: string
  proposal: ProposalVector
  expected_sign_bytes: string
}
interface ExtensionCase {
  chain_id: string
  height: string
  round: number
  extension: string
  expected_sign_bytes: string
}

describe('vote_sign_bytes.json', () => {
  it.each(vectorCases<VoteCase>('vote_sign_bytes.json'))(
    '$name',
    ({ chain_id, vote, expected_sign_bytes }) => {
      const fields = {
        height: Number(vote.height),
        round: vote.round,
        blockId: blockIdOf(vote.block_id),
        timestamp: timeOf(vote.timestamp)
      }
      expect(hexOf(canonicalVoteBytes(chain_id, vote.type, fields))).toBe(expected_sign_bytes)
      if (vote.type === 0) return
      const type = vote.type === 1 ? 'prevote' : 'precommit'
      expect(hexOf(voteSignBytes(chain_id, { type, ...fields }))).toBe(expected_sign_bytes)
      const signBytesAt = makeVoteSignBytes(chain_id, { type, ...fields })
      expect(hexOf(signBytesAt(fields.timestamp))).toBe(expected_sign_bytes)
    }
  )
})

describe('proposal_sign_bytes.json', () => {
  it.each(vectorCases<ProposalCase>('proposal_sign_bytes.json'))('$name', each => {
    const bytes = proposalSignBytes(each.chain_id, proposalOf(each.proposal))
    expect(hexOf(bytes)).toBe(each.expected_sign_bytes)
  })
})

describe('vote_extension_sign_bytes.json', () => {
  it.each(vectorCases<ExtensionCase>('vote_extension_sign_bytes.json'))('$chain_id "$extension"', each => {
    const vote = { height: Number(each.height), round: each.round, extension: bytesOf(each.extension) }
    expect(hexOf(voteExtensionSignBytes(each.chain_id, vote))).toBe(each.expected_sign_bytes)
  })
})

describe('sign-bytes', () => {
  const vote = sampleVote()
  const signed = hexOf(voteSignBytes('chain', vote))

  it('differ with everything that is signed', () => {
    const others = [
      voteSignBytes('chain2', vote),
      voteSignBytes('chain', { ...vote, type: 'prevote' }),
      voteSignBytes('chain', { ...vote, height: 13 }),
      voteSignBytes('chain', { ...vote, round: 2 }),
      voteSignBytes('chain', { ...vote, blockId: blockIdNamed('other') }),
      voteSignBytes('chain', { ...vote, timestamp: { seconds: 1, nanos: 1 } }),
      proposalSignBytes('chain', { ...vote, polRound: -1 }),
      voteExtensionSignBytes('chain', vote)
    ].map(hexOf)
    expect(new Set([signed, ...others]).size).toBe(others.length + 1)
  })

  it('are the same for all validators: address and index are not in them', () => {
    const another = sampleVote({
      validatorAddress: '00'.repeat(20),
      validatorIndex: 0,
      signature: bytesOf('')
    })
    expect(hexOf(voteSignBytes('chain', another))).toBe(signed)
  })

  it('by template are fresh bytes at every call', () => {
    const signBytesAt = makeVoteSignBytes('chain', vote)
    const first = signBytesAt(TIME)
    const second = signBytesAt({ seconds: 1, nanos: 0 })
    expect(hexOf(first)).toBe(signed)
    expect(hexOf(second)).toBe(
      hexOf(voteSignBytes('chain', { ...vote, timestamp: { seconds: 1, nanos: 0 } }))
    )
  })
})
