import { afterEach, describe, expect, it } from 'vitest'
import { type HeightPool, type MessagePool, POOL_BOUNDS } from '../../../src/mempool/index.ts'
import { makeCertificate, makePool, makeProposal, makeVote } from '../../support/pool-messages.ts'

let pool: MessagePool<string> = makePool()

function fresh(powers?: readonly bigint[]): HeightPool<string, string> {
  pool = makePool(powers)
  return pool.height(1)!
}

afterEach(() => {
  expect(pool.checkCoherence()).toEqual([])
})

describe('adding a vote', () => {
  it('counts it', () => {
    const height = fresh()
    expect(pool.add(makeVote({ validator: 2 }))).toEqual({ kind: 'added' })
    expect(height.power('prevote', 0, 'A')).toBe(1n)
    expect(height.powerOfAny('prevote', 0)).toBe(1n)
    expect(height.power('precommit', 0, 'A')).toBe(0n)
  })

  it('knows the same message again', () => {
    const height = fresh()
    const vote = makeVote()
    pool.add(vote)
    expect(pool.add(makeVote())).toEqual({ kind: 'duplicate', existing: vote })
    expect(height.powerOfAny('prevote', 0)).toBe(1n)
  })

  it('takes the same statement in another signature for a duplicate', () => {
    fresh()
    const vote = makeVote()
    pool.add(vote)
    expect(pool.add(makeVote({ variant: 'later' }))).toEqual({ kind: 'duplicate', existing: vote })
    expect(pool.size).toBe(1)
  })

  it('counts a conflicting vote for its own value, and the validator once in "any"', () => {
    const height = fresh([3n, 1n])
    const first = makeVote()
    pool.add(first)
    expect(pool.add(makeVote({ value: null }))).toEqual({
      kind: 'conflicting',
      existing: first,
      counted: true
    })
    expect(height.power('prevote', 0, 'A')).toBe(3n)
    expect(height.power('prevote', 0, null)).toBe(3n)
    expect(height.powerOfAny('prevote', 0)).toBe(3n)
  })

  it('does not count a third one, but still tells the conflict', () => {
    const height = fresh()
    const first = makeVote()
    pool.add(first)
    pool.add(makeVote({ value: 'B' }))
    expect(pool.add(makeVote({ value: 'C' }))).toEqual({
      kind: 'conflicting',
      existing: first,
      counted: false
    })
    expect(height.power('prevote', 0, 'C')).toBe(0n)
    expect(pool.size).toBe(2)
  })

  it('does not mix heights, rounds and kinds', () => {
    const height = fresh()
    pool.openHeight(2, [1n, 1n, 1n, 1n])
    for (const h of [1, 2]) {
      for (const round of [0, 1]) {
        for (const kind of ['prevote', 'precommit'] as const) {
          expect(pool.add(makeVote({ height: h, round, kind }))).toEqual({ kind: 'added' })
        }
      }
    }
    expect(height.size).toBe(4)
    expect(height.power('prevote', 1, 'A')).toBe(1n)
  })
})

describe('refusals', () => {
  it('of a height that is not open', () => {
    fresh()
    expect(pool.add(makeVote({ height: 2 }))).toEqual({ kind: 'refused', reason: 'unknownHeight' })
    expect(pool.addCertificate(makeCertificate({ height: 2, from: [0, 1, 2] }))).toEqual({
      kind: 'refused',
      reason: 'unknownHeight'
    })
  })

  it('A-05: of a validator index out of range, without an exception', () => {
    const height = fresh()
    for (const validator of [-1, 4, 2 ** 31, Number.NaN, 1.5, Number.POSITIVE_INFINITY]) {
      const refused = { kind: 'refused', reason: 'unknownValidator' }
      expect(pool.add(makeVote({ validator }))).toEqual(refused)
      expect(pool.add(makeProposal({ validator }))).toEqual(refused)
      expect(pool.addCertificate(makeCertificate({ from: [0, 1, validator] }))).toEqual(refused)
    }
    expect(height.size).toBe(0)
  })

  it('of a round that is none', () => {
    fresh()
    for (const round of [-1, 0.5, Number.NaN, 2 ** 31]) {
      expect(pool.add(makeVote({ round }))).toEqual({ kind: 'refused', reason: 'badRound' })
    }
  })

  it('of a proposal by another validator than the first', () => {
    const height = fresh()
    pool.add(makeProposal({ validator: 1 }))
    expect(pool.add(makeProposal({ validator: 2 }))).toEqual({ kind: 'refused', reason: 'otherProposer' })
    expect(height.proposals(0)).toHaveLength(1)
  })
})

describe('proposals', () => {
  it('are kept in order of arrival, two a round', () => {
    const height = fresh()
    const first = makeProposal()
    expect(pool.add(first)).toEqual({ kind: 'added' })
    expect(pool.add(first)).toEqual({ kind: 'duplicate', existing: first })
    expect(pool.add(makeProposal({ value: 'B' }))).toEqual({
      kind: 'conflicting',
      existing: first,
      counted: true
    })
    expect(pool.add(makeProposal({ value: 'C' }))).toMatchObject({ kind: 'conflicting', counted: false })
    expect(height.proposals(0).map(p => p.value)).toEqual(['A', 'B'])
  })

  it('conflict when they differ in the POL round alone', () => {
    const height = fresh()
    height.enterRound(3)
    pool.add(makeProposal({ round: 3, polRound: 1 }))
    expect(pool.add(makeProposal({ round: 3, polRound: 2 }))).toMatchObject({
      kind: 'conflicting',
      counted: true
    })
  })
})

describe('quorums', () => {
  it('are seen with the vote that makes them, not before', () => {
    const height = fresh()
    pool.add(makeVote({ validator: 0 }))
    pool.add(makeVote({ validator: 1 }))
    expect(height.polka(0)).toBeUndefined()
    pool.add(makeVote({ validator: 2 }))
    expect(height.polka(0)).toBe('A')
    expect(height.precommitQuorum()).toBeNull()
  })

  it('of nil are polkas but no decisions', () => {
    const height = fresh()
    for (const validator of [0, 1, 2]) {
      pool.add(makeVote({ validator, value: null }))
      pool.add(makeVote({ validator, value: null, kind: 'precommit' }))
    }
    expect(height.polka(0)).toBeNull()
    expect(height.precommitQuorum()).toBeNull()
  })

  it('name the lowest round that decides', () => {
    const height = fresh()
    for (const round of [2, 1]) {
      height.enterRound(round)
      for (const validator of [0, 1, 2]) pool.add(makeVote({ validator, round, kind: 'precommit' }))
      expect(height.precommitQuorum()).toEqual({ round, value: 'A' })
    }
  })

  it('go by power', () => {
    const height = fresh([70n, 20n, 10n])
    pool.add(makeVote({ validator: 1 }))
    pool.add(makeVote({ validator: 2 }))
    expect(height.polka(0)).toBeUndefined()
    pool.add(makeVote({ validator: 0 }))
    expect(height.polka(0)).toBe('A')
    expect([height.quorum, height.oneThird, height.totalPower]).toEqual([67n, 34n, 100n])
  })
})

describe('certificates', () => {
  const commit = makeCertificate({ kind: 'precommit', value: 'B', from: [1, 2, 3] })

  it('count as one unit against any number of other votes', () => {
    const height = fresh()
    for (const value of ['A', null]) pool.add(makeVote({ kind: 'precommit', validator: 3, value }))
    pool.add(makeVote({ kind: 'precommit', validator: 1, value: 'B' }))
    expect(pool.add(makeVote({ kind: 'precommit', validator: 3, value: 'B' }))).toMatchObject({
      counted: false
    })
    const outcome = pool.addCertificate(commit)
    expect(outcome).toMatchObject({ kind: 'added', votes: [{ validator: 2 }, { validator: 3 }] })
    expect(outcome).toMatchObject({ conflicts: [{ existing: { value: 'A' }, vote: { value: 'B' } }] })
    expect(height.precommitQuorum()).toEqual({ round: 0, value: 'B' })
    expect(height.powerOfAny('precommit', 0)).toBe(3n)
  })

  it('are duplicates once every vote is here', () => {
    fresh()
    pool.addCertificate(commit)
    expect(pool.addCertificate(commit)).toEqual({ kind: 'duplicate' })
    expect(pool.add(commit.votes[0]!)).toMatchObject({ kind: 'duplicate' })
  })

  it('still bring votes after the quorum is reached', () => {
    const height = fresh()
    pool.addCertificate(commit)
    const whole = makeCertificate({ kind: 'precommit', value: 'B', from: [0, 1, 2, 3] })
    expect(pool.addCertificate(whole)).toMatchObject({ kind: 'added', votes: [{ validator: 0 }] })
    expect(height.power('precommit', 0, 'B')).toBe(4n)
  })

  it('are refused without a quorum, with a doubled voter, or with a part that says something else', () => {
    const height = fresh()
    const part = makeVote({ kind: 'precommit', validator: 3, value: 'B' })
    const faulty = [
      commit.votes.slice(0, 2),
      [commit.votes[0]!, commit.votes[1]!, { ...commit.votes[1]!, id: 'other' }],
      [commit.votes[0]!, commit.votes[1]!, { ...part, value: 'C' }],
      [commit.votes[0]!, commit.votes[1]!, { ...part, round: 1 }],
      [commit.votes[0]!, commit.votes[1]!, { ...part, height: 2 }],
      [commit.votes[0]!, commit.votes[1]!, { ...part, kind: 'prevote' as const }],
      [commit.votes[0]!, commit.votes[1]!, { ...part, id: commit.votes[0]!.id }]
    ]
    for (const votes of faulty) {
      expect(pool.addCertificate({ ...commit, votes })).toEqual({
        kind: 'refused',
        reason: 'notACertificate'
      })
    }
    expect(height.size).toBe(0)
  })

  it('are refused when a vote takes the id of another message', () => {
    fresh()
    pool.add(makeVote({ validator: 0, value: 'A' }))
    const [first, ...others] = commit.votes
    const stolen = { ...first!, id: makeVote({ validator: 0, value: 'A' }).id }
    expect(pool.addCertificate({ ...commit, votes: [stolen, ...others] })).toMatchObject({ kind: 'refused' })
  })

  it('exceed the votes per validator for two values at most', () => {
    const height = fresh()
    for (const value of ['W', 'X']) {
      for (const validator of [0, 1, 2, 3]) pool.add(makeVote({ validator, value }))
    }
    const certified = ['A', 'B', 'C'].map(value =>
      pool.addCertificate(makeCertificate({ value, from: [0, 1, 2] }))
    )
    expect(certified.map(outcome => outcome.kind)).toEqual(['added', 'added', 'duplicate'])
    expect(height.power('prevote', 0, 'C')).toBe(0n)
  })

  it('may come for a round far ahead, and take nobody room there', () => {
    const height = fresh()
    pool.add(makeVote({ validator: 1, round: 5 }))
    pool.add(makeVote({ validator: 1, round: 6 }))
    pool.addCertificate(makeCertificate({ kind: 'precommit', round: 4, from: [1, 2, 3] }))
    expect(height.precommitQuorum()).toEqual({ round: 4, value: 'A' })
    expect(pool.add(makeVote({ validator: 1, round: 7 }))).toEqual({ kind: 'added' })
    expect(height.rounds).toEqual([4, 6, 7])
  })
})

describe('future rounds', () => {
  const rounds = (height: HeightPool<string, string>, validator: number) => [
    ...new Set(height.find({ validator }).map(message => message.round))
  ]

  it('are two a validator, the highest ones', () => {
    const height = fresh()
    for (const round of [1, 2, 3]) expect(pool.add(makeVote({ round }))).toEqual({ kind: 'added' })
    expect(rounds(height, 0)).toEqual([2, 3])
    expect(pool.add(makeVote({ round: 1 }))).toEqual({ kind: 'refused', reason: 'tooFarAhead' })
    expect(height.powerOfAny('prevote', 1)).toBe(0n)
    expect(pool.byId(makeVote({ round: 1 }).id)).toBeUndefined()
  })

  it('do not keep a node from hearing of a round that everybody is in', () => {
    const height = fresh()
    for (const round of [1, 2, 3, 4, 8]) pool.add(makeVote({ round, validator: 1 }))
    pool.add(makeVote({ round: 8, validator: 2 }))
    expect(height.roundWithOneThirdAbove(0)).toBe(8)
  })

  it('are reckoned from the current round', () => {
    const height = fresh()
    for (const round of [1, 2]) pool.add(makeVote({ round }))
    height.enterRound(2)
    for (const round of [3, 4]) expect(pool.add(makeVote({ round }))).toEqual({ kind: 'added' })
    expect(rounds(height, 0)).toEqual([1, 2, 3, 4])
  })

  it('do not go back when told an earlier round', () => {
    const height = fresh()
    height.enterRound(5)
    height.enterRound(3)
    expect(height.currentRound).toBe(5)
  })

  it('hold every kind of message in their two rounds', () => {
    const height = fresh()
    pool.add(makeProposal({ round: 1 }))
    pool.add(makeVote({ round: 1 }))
    pool.add(makeVote({ round: 1, kind: 'precommit' }))
    pool.add(makeVote({ round: 2 }))
    expect(height.size).toBe(4)
    pool.add(makeVote({ round: 3 }))
    expect(height.find({ round: 1 })).toEqual([])
    expect(height.proposals(1)).toEqual([])
  })
})

describe('+1/3 in a higher round', () => {
  it('counts senders of any kind once', () => {
    const height = fresh()
    pool.add(makeProposal({ round: 2, validator: 1 }))
    pool.add(makeVote({ round: 2, validator: 1 }))
    expect(height.roundWithOneThirdAbove(0)).toBeNull()
    pool.add(makeVote({ round: 2, validator: 3, kind: 'precommit' }))
    expect(height.roundWithOneThirdAbove(0)).toBe(2)
    expect(height.roundWithOneThirdAbove(2)).toBeNull()
    expect(height.powerOfSenders(2)).toBe(2n)
  })

  it('names the highest such round', () => {
    const height = fresh()
    for (const round of [1, 2]) for (const validator of [1, 2]) pool.add(makeVote({ round, validator }))
    expect(height.roundWithOneThirdAbove(0)).toBe(2)
  })

  it('is forgotten with the messages that made it', () => {
    const height = fresh()
    for (const validator of [1, 2]) pool.add(makeVote({ round: 1, validator }))
    for (const round of [3, 4]) pool.add(makeVote({ round, validator: 2 }))
    expect(height.roundWithOneThirdAbove(0)).toBeNull()
  })
})

describe('questions', () => {
  const votes = [
    makeVote({ validator: 0, kind: 'precommit' }),
    makeVote({ validator: 1, kind: 'precommit', value: null }),
    makeVote({ validator: 2, kind: 'precommit', value: 'B' }),
    makeVote({ validator: 2, kind: 'precommit', value: 'A' }),
    makeVote({ validator: 1 })
  ]

  it('by round, kind, validator and value in any combination', () => {
    const height = fresh()
    const proposal = makeProposal({ validator: 1 })
    for (const message of [proposal, ...votes]) pool.add(message)
    expect(pool.find(1)).toEqual([proposal, ...votes])
    expect(pool.find(1, { validator: 1 })).toEqual([proposal, votes[1], votes[4]])
    expect(pool.find(1, { kind: 'precommit', validator: 2 })).toEqual([votes[2], votes[3]])
    expect(pool.find(1, { value: 'A' })).toEqual([proposal, votes[0], votes[3], votes[4]])
    expect(pool.find(1, { value: null })).toEqual([votes[1]])
    expect(pool.find(1, { round: 1 })).toEqual([])
    expect(pool.find(2)).toEqual([])
    expect(pool.byId(votes[3]!.id)).toBe(votes[3])
    expect(height.votes('precommit', 0)).toEqual(votes.slice(0, 4))
    expect(height.votes('precommit', 0, 'A')).toEqual([votes[0], votes[3]])
    expect(height.votedValues('precommit', 0)).toEqual(['A', null, 'B'])
  })

  it('who voted', () => {
    const height = fresh()
    for (const vote of votes) pool.add(vote)
    expect(height.voters('precommit', 0)).toEqual([true, true, true, false])
    expect(height.voters('precommit', 0, 'A')).toEqual([true, false, true, false])
    expect(height.voters('precommit', 0, null)).toEqual([false, true, false, false])
    expect(height.voters('precommit', 7)).toEqual([false, false, false, false])
  })

  it('what a commit is built from: the value first, else nil, else absent', () => {
    const height = fresh()
    for (const vote of votes) pool.add(vote)
    pool.add(makeVote({ validator: 3, kind: 'precommit', value: 'B' }))
    expect(height.commitVotes(0, 'A')).toEqual([votes[0], votes[1], votes[3], null])
  })
})

describe('validity', () => {
  it('is unknown until it is judged, and then stays', () => {
    const height = fresh()
    expect(height.validity('A')).toBe('unknown')
    height.setValidity('A', 'valid')
    height.setValidity('A', 'valid')
    expect(height.validity('A')).toBe('valid')
    expect(() => height.setValidity('A', 'invalid')).toThrow(/was valid/)
  })
})

describe('heights', () => {
  it('below the pruned one leave every index', () => {
    fresh()
    pool.openHeight(2, [1n, 1n])
    pool.add(makeVote())
    pool.add(makeVote({ height: 2 }))
    pool.pruneBelow(2)
    expect(pool.heights).toEqual([2])
    expect(pool.size).toBe(1)
    expect(pool.byId(makeVote().id)).toBeUndefined()
    expect(pool.add(makeVote())).toEqual({ kind: 'refused', reason: 'unknownHeight' })
  })

  it('keep taking late precommits while open', () => {
    const height = fresh()
    pool.openHeight(2, [1n, 1n, 1n, 1n])
    pool.addCertificate(makeCertificate({ kind: 'precommit', from: [0, 1, 2] }))
    expect(pool.add(makeVote({ kind: 'precommit', validator: 3 }))).toEqual({ kind: 'added' })
    expect(height.commitVotes(0, 'A').every(vote => vote !== null)).toBe(true)
  })

  it('may be opened again for the same validators only', () => {
    const height = fresh()
    expect(pool.openHeight(1, [1n, 1n, 1n, 1n])).toBe(height)
    expect(() => pool.openHeight(1, [1n, 1n, 1n, 2n])).toThrow(/other validators/)
    expect(() => pool.openHeight(2, [])).toThrow(/no voting power/)
  })

  it('are bounded', () => {
    fresh()
    for (let height = 2; height <= POOL_BOUNDS.heights; height++) pool.openHeight(height, [1n])
    expect(() => pool.openHeight(POOL_BOUNDS.heights + 1, [1n])).toThrow(/too many heights/)
  })

  it('that are not open have no view', () => {
    fresh()
    expect(pool.view(1)).toBe(pool.height(1))
    expect(() => pool.view(2)).toThrow(/not open/)
  })
})

describe('A-44: the indexes never drift apart', () => {
  it('not under any order of adding, evicting, certifying and pruning', () => {
    fresh([2n, 1n, 1n, 1n])
    const powers = [2n, 1n, 1n, 1n]
    for (let i = 0; i < 400; i++) {
      const validator = (i * 7) % 4
      const round = (i * 5) % 9
      const value = [null, 'A', 'B'][(i * 11) % 3]!
      const height = pool.heights[i % pool.heights.length]!
      pool.add(makeVote({ validator, round, value, height, kind: i % 2 === 0 ? 'prevote' : 'precommit' }))
      if (i % 13 === 0) pool.add(makeProposal({ validator: 1, round, height, value: `P${i % 4}` }))
      if (i % 29 === 0) pool.addCertificate(makeCertificate({ height, round, value, from: [0, 1, 2] }))
      if (i % 61 === 0) pool.height(height)?.enterRound(i % 4)
      if (i % 97 === 0) {
        const top = pool.heights.at(-1)!
        pool.openHeight(top + 1, powers)
        if (top > 2) pool.pruneBelow(top)
      }
      expect(pool.checkCoherence()).toEqual([])
    }
  })
})
