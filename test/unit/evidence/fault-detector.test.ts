import { describe, expect, it } from 'vitest'
import {
  DEFAULT_FAULT_DETECTOR_CONFIG,
  FaultDetector,
  type FaultDetectorConfig,
  type Observation
} from '../../../src/evidence/index.ts'
import { BLOCK_ID_FLAG, NIL_BLOCK_ID } from '../../../src/types/index.ts'
import { blockIdNamed } from '../types/sample-values.ts'
import { signCommit } from '../types/signed-commits.ts'
import { CHAIN_ID, ChainBed, verifiedProposal, verifiedVote } from './chain-bed.ts'

const bed = new ChainBed().grow(12)
const address = (index: number) => bed.keys.set.validators[index]!.address

function makeDetector(changed: Partial<FaultDetectorConfig> = {}, height = 10): FaultDetector {
  return new FaultDetector({ ...DEFAULT_FAULT_DETECTOR_CONFIG, own: null, ...changed }, height)
}

const vote = (change: Parameters<ChainBed['vote']>[0]) => verifiedVote(bed.vote({ height: 10, ...change }))
const kinds = (...observed: Observation[]) => observed.map(({ kind }) => kind)

describe('a second vote of a validator', () => {
  it('for another block of the same height, round and type is an offence, with both votes', () => {
    const detector = makeDetector()
    const first = vote({ validator: 1 })
    const second = vote({ validator: 1, blockId: blockIdNamed('b') })
    expect(detector.observe(first, true)).toEqual({ kind: 'first' })
    expect(detector.observe(second, true)).toEqual({
      kind: 'offence',
      offences: [{ kind: 'duplicateVote', offender: address(1), first: first.vote, second: second.vote }]
    })
  })

  it('for nil is an offence too: nil is a value', () => {
    const detector = makeDetector()
    detector.observe(vote({ blockId: NIL_BLOCK_ID }), true)
    expect(detector.observe(vote({}), true).kind).toBe('offence')
  })

  it('for the same block at another time is none', () => {
    const detector = makeDetector()
    detector.observe(vote({}), true)
    expect(detector.observe(vote({ timestamp: bed.timeOf(11) }), true)).toEqual({ kind: 'repeated' })
  })

  it('with the same hash and other parts is an offence', () => {
    const detector = makeDetector()
    const blockId = { ...blockIdNamed('a'), partSetHeader: { total: 2, hash: blockIdNamed('b').hash } }
    detector.observe(vote({}), true)
    expect(detector.observe(vote({ blockId }), true).kind).toBe('offence')
  })

  it.each([
    ['another round', { round: 1 }],
    ['another type', { type: 'prevote' as const }],
    ['another height', { height: 9 }],
    ['another validator', { validator: 2 }]
  ])('of %s is none', (_, other) => {
    const detector = makeDetector()
    detector.observe(vote({ validator: 1 }), true)
    expect(detector.observe(vote({ validator: 1, blockId: blockIdNamed('b'), ...other }), true)).toEqual({
      kind: 'first'
    })
  })

  it('is reported once, however many follow', () => {
    const detector = makeDetector()
    detector.observe(vote({}), true)
    const rest = ['b', 'c', 'a', 'b'].map(name =>
      detector.observe(vote({ blockId: blockIdNamed(name) }), true)
    )
    expect(kinds(...rest)).toEqual(['offence', 'known', 'repeated', 'known'])
  })
})

describe('a second proposal', () => {
  const proposal = (change: Parameters<ChainBed['proposal']>[0]) => {
    const signed = bed.proposal({ height: 10, ...change })
    return verifiedProposal(signed, address(bed.proposerIndex(10, signed.round)))
  }

  it('of another block is an offence', () => {
    const detector = makeDetector()
    const [first, second] = [proposal({}), proposal({ blockId: blockIdNamed('b') })]
    detector.observe(first, true)
    expect(detector.observe(second, true)).toEqual({
      kind: 'offence',
      offences: [
        {
          kind: 'duplicateProposal',
          offender: first.proposer,
          first: first.proposal,
          second: second.proposal
        }
      ]
    })
  })

  it('of the same block with another POL round is none: evidence names two blocks', () => {
    const detector = makeDetector()
    detector.observe(proposal({ round: 3, polRound: 1 }), true)
    expect(detector.observe(proposal({ round: 3, polRound: 2 }), true)).toEqual({ kind: 'repeated' })
  })

  it('does not contradict a vote', () => {
    const detector = makeDetector()
    const validator = bed.proposerIndex(10, 0)
    detector.observe(proposal({}), true)
    expect(detector.observe(vote({ validator, blockId: blockIdNamed('b') }), true)).toEqual({ kind: 'first' })
  })
})

describe('the window', () => {
  it('takes late, early and replayed messages, and nothing else', () => {
    const detector = makeDetector({ windowBlocks: 3 })
    expect(kinds(...[6, 7, 10, 11, 12].map(height => detector.observe(vote({ height }), true)))).toEqual([
      'ignored',
      'first',
      'first',
      'first',
      'ignored'
    ])
  })

  it('finds the second vote of a height decided long ago', () => {
    const detector = makeDetector({ windowBlocks: 3 })
    detector.observe(vote({}), true)
    detector.advance(13, 0)
    expect(detector.observe(vote({ blockId: blockIdNamed('b') }), false).kind).toBe('offence')
    const other = makeDetector({ windowBlocks: 3 })
    other.observe(vote({}), true)
    other.advance(14, 0)
    expect(other.observe(vote({ blockId: blockIdNamed('b') }), true)).toEqual({ kind: 'ignored' })
  })

  it('learns precommits from commits, and holds them against votes', () => {
    const { commit, nil, absent } = BLOCK_ID_FLAG
    const detector = makeDetector()
    const flags = [commit, nil, absent, commit]
    const block = blockIdNamed('decided')
    const signed = signCommit(bed.keys, { chainId: CHAIN_ID, height: 9, round: 1, blockId: block, flags })
    const late = (validator: number, blockId = block) => vote({ validator, height: 9, round: 1, blockId })
    detector.observe(late(3, blockIdNamed('other')), true)
    expect(kinds(...detector.observeCommit(signed, bed.keys.set))).toEqual(['offence'])
    expect(
      kinds(detector.observe(late(0), true), detector.observe(late(1), true), detector.observe(late(2), true))
    ).toEqual(['repeated', 'offence', 'first'])
  })

  it('stays the same size over 10,000 heights', () => {
    const detector = makeDetector({ windowBlocks: 100 }, 1)
    const votes = [0, 1, 2, 3].map(validator => bed.vote({ validator }))
    const sizes: number[] = []
    for (let height = 1; height <= 10_000; height++) {
      detector.advance(height, 0)
      for (const type of ['prevote', 'precommit'] as const) {
        for (const each of votes) detector.observe(verifiedVote({ ...each, height, type }), true)
      }
      if (height % 1000 === 0) sizes.push(detector.size)
    }
    expect(new Set(sizes)).toEqual(new Set([101 * 8]))
  })

  it('remembers a bounded number of rounds, the nearest to where the height stands', () => {
    const detector = makeDetector({ maxStepsPerHeight: 3 })
    detector.advance(10, 50)
    for (const round of [1000, 49, 2000, 50, 3000, 51]) detector.observe(vote({ round }), true)
    expect(detector.size).toBe(3)
    const again = [49, 50, 51, 1000].map(round =>
      detector.observe(vote({ round, blockId: blockIdNamed('b') }), true)
    )
    expect(kinds(...again)).toEqual(['offence', 'offence', 'offence', 'ignored'])
  })
})

describe('equivocation_threshold', () => {
  it('holds offences back until there are enough, then gives all of them', () => {
    const detector = makeDetector({ equivocationThreshold: 3 })
    const offend = (round: number, validator = 1) => {
      detector.observe(vote({ round, validator }), true)
      return detector.observe(vote({ round, validator, blockId: blockIdNamed('b') }), true)
    }
    expect(kinds(offend(0), offend(1), offend(0, 2))).toEqual(['withheld', 'withheld', 'withheld'])
    const third = offend(2)
    expect(third.kind === 'offence' && third.offences.map(({ first }) => first.round)).toEqual([0, 1, 2])
    expect(offend(3)).toMatchObject({ kind: 'offence', offences: [{ first: { round: 3 } }] })
  })

  it('forgets what was held back when it leaves the window', () => {
    const detector = makeDetector({ equivocationThreshold: 2, windowBlocks: 2 })
    detector.observe(vote({}), true)
    detector.observe(vote({ blockId: blockIdNamed('b') }), true)
    detector.advance(13, 0)
    detector.observe(vote({ height: 12 }), true)
    expect(detector.observe(vote({ height: 12, blockId: blockIdNamed('b') }), true)).toEqual({
      kind: 'withheld'
    })
  })
})

describe('a twin with our key', () => {
  const own = (last: { height: number; round: number; step: number }, sureFrom = 0) => ({
    own: { address: address(0), lastSigned: () => last, sureFrom }
  })

  it('is seen by a message that contradicts ours', () => {
    const detector = makeDetector(own({ height: 10, round: 0, step: 3 }))
    const [ours, theirs] = [vote({}), vote({ blockId: blockIdNamed('b') })]
    detector.observe(ours, false)
    expect(detector.observe(theirs, true)).toEqual({ kind: 'twin', ours: ours.vote, theirs: theirs.vote })
  })

  it('is seen by a message beyond what we signed last', () => {
    const detector = makeDetector(own({ height: 10, round: 1, step: 2 }))
    const from = (change: Parameters<typeof vote>[0]) => detector.observe(vote(change), true).kind
    expect([
      from({ height: 9, round: 7 }),
      from({ round: 0 }),
      from({ round: 1, type: 'prevote' }),
      from({ round: 1 }),
      from({ round: 2, type: 'prevote' }),
      from({ height: 11, type: 'prevote' })
    ]).toEqual(['first', 'first', 'first', 'twin', 'twin', 'twin'])
  })

  it('is not what comes back of a height whose log was lost, nor what we read from our log', () => {
    const lost = makeDetector(own({ height: 9, round: 0, step: 3 }, 11))
    expect(lost.observe(vote({}), true)).toEqual({ kind: 'first' })
    expect(lost.observe(vote({ height: 11 }), true).kind).toBe('twin')
    const replaying = makeDetector(own({ height: 0, round: 0, step: 0 }))
    expect(replaying.observe(vote({}), false)).toEqual({ kind: 'first' })
  })

  it('is not an echo of ours with another timestamp', () => {
    const detector = makeDetector(own({ height: 10, round: 0, step: 3 }))
    detector.observe(vote({}), false)
    expect(detector.observe(vote({ timestamp: bed.timeOf(12) }), true)).toEqual({ kind: 'repeated' })
  })
})

describe('who is missing', () => {
  it('are those silent in this height and the last, or in this one once it has gone past its first round', () => {
    const detector = makeDetector()
    for (const validator of [0, 1, 2]) detector.observe(vote({ height: 9, validator }), true)
    for (const validator of [0, 1]) detector.observe(vote({ validator }), true)
    expect(detector.missing(bed.keys.set).map(each => each.address)).toEqual([])
    detector.advance(10, 1)
    expect(detector.missing(bed.keys.set)).toEqual([
      { address: address(2), power: 10n, silentHeights: 1, isDown: false },
      { address: address(3), power: 10n, silentHeights: 1, isDown: false }
    ])
    detector.advance(11, 0)
    expect(detector.missing(bed.keys.set).map(({ silentHeights }) => silentHeights)).toEqual([2, 2])
  })

  it('are down when silent for more heights than the threshold', () => {
    const detector = makeDetector({ downtimeThreshold: 4 })
    for (const height of [10, 11, 12, 13, 14]) {
      detector.advance(height, 0)
      for (const validator of [0, 1, 2]) detector.observe(vote({ height, validator }), true)
    }
    expect(detector.missing(bed.keys.set)).toEqual([
      { address: address(3), power: 10n, silentHeights: 5, isDown: true }
    ])
  })
})
