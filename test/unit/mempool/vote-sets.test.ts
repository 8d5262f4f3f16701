import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makePool, makeVote } from '../../support/pool-messages.ts'

interface VoteSetCase {
  readonly name: string
  readonly validators: number
  readonly power_each: number
  readonly steps: readonly {
    readonly votes?: string
    readonly expected_two_thirds?: string | null
    readonly vote?: string
    readonly added?: boolean
    readonly error?: string | boolean
  }[]
}

const FILE = new URL('../../fixtures/vectors/votes_and_commits.json', import.meta.url)
const CASES = (JSON.parse(readFileSync(FILE, 'utf8')) as { cases: readonly VoteSetCase[] }).cases

function caseNamed(name: string): VoteSetCase {
  return CASES.find(each => each.name.startsWith(name))!
}

describe('vote sets of CometBFT', () => {
  it('TestVoteSet_2_3Majority', () => {
    const { validators, power_each, steps } = caseNamed('TestVoteSet_2_3Majority')
    const pool = makePool(Array.from({ length: validators }, () => BigInt(power_each)))
    const view = pool.view(1)
    expect(steps).toHaveLength(3)
    for (const { votes, expected_two_thirds } of steps) {
      const [, first, last, word] = /^(\d+)(?:-(\d+))? for (?:block )?(\w+)$/.exec(votes!)!
      const value = word === 'nil' ? null : word!
      for (let validator = Number(first); validator <= Number(last ?? first); validator++) {
        expect(pool.add(makeVote({ validator, value }))).toEqual({ kind: 'added' })
      }
      expect(view.polka(0)).toBe(expected_two_thirds === 'nil' ? null : undefined)
    }
    expect(view.power('prevote', 0, null)).toBe(7n)
    expect(view.powerOfAny('prevote', 0)).toBe(8n)
  })

  it('TestVoteSet_AddVote_Bad: one set is one height, round and kind; here each vote finds its own', () => {
    const { steps } = caseNamed('TestVoteSet_AddVote_Bad')
    const pool = makePool(Array.from({ length: 10 }, () => 1n))
    const height = pool.height(1)!
    const votes: Readonly<Record<string, ReturnType<typeof makeVote>>> = {
      'val0 nil': makeVote({ validator: 0, value: null }),
      'val0 block': makeVote({ validator: 0, value: 'A' }),
      'val1 wrong height': makeVote({ validator: 1, height: 2 }),
      'val2 wrong round': makeVote({ validator: 2, round: 1 }),
      'val3 wrong type': makeVote({ validator: 3, kind: 'precommit' })
    }
    expect(steps.map(step => step.vote)).toEqual(Object.keys(votes))
    for (const { vote, added, error } of steps) {
      const before = height.powerOfAny('prevote', 0)
      const outcome = pool.add(votes[vote!]!)
      expect(height.powerOfAny('prevote', 0) > before, vote).toBe(added)
      expect(outcome.kind === 'conflicting', vote).toBe(error === 'conflicting vote')
    }
  })
})
