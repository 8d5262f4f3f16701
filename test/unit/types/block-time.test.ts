import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextBlockTime, validateBlockTime, voteTime } from '../../../src/types/block-time.ts'
import type { ChainState } from '../../../src/types/chain-state.ts'
import { BLOCK_ID_FLAG } from '../../../src/types/commit.ts'
import { medianTime, weightedMedian } from '../../../src/types/median-time.ts'
import { DEFAULT_CONSENSUS_PARAMS } from '../../../src/types/params.ts'
import { ZERO_TIME } from '../../../src/types/primitives.ts'
import { compareTimestamps } from '../../../src/types/time.ts'
import { makeKeyedSet, signCommit, someBlockId } from './signed-commits.ts'
import { vectorCases } from './vectors.ts'

interface TimeCase {
  name: string
  weighted_times?: { offset_seconds: number; weight: string }[]
  expected_offset_seconds: number
  expected?: string
}

const cases = vectorCases<TimeCase>('time_rules.json')
const START = 1_600_000_000
const at = (seconds: number, nanos = 0) => ({ seconds: START + seconds, nanos })

describe('time_rules.json: weighted medians', () => {
  const medians = cases.filter(({ weighted_times }) => weighted_times !== undefined)

  it.each(medians)('$name', ({ weighted_times, expected_offset_seconds }) => {
    const times = weighted_times!.map(each => ({ time: at(each.offset_seconds), power: BigInt(each.weight) }))
    expect(weightedMedian(times)).toEqual(at(expected_offset_seconds))
  })

  it('are three', () => {
    expect(medians).toHaveLength(3)
  })
})

const keys = makeKeyedSet([40n, 30n, 30n])
const { absent, commit: forBlock, nil } = BLOCK_ID_FLAG
const commitAt = (flags: readonly (1 | 2 | 3)[], seconds: readonly number[]) =>
  signCommit(keys, {
    chainId: 'chain',
    height: 7,
    round: 0,
    blockId: someBlockId('a'),
    flags,
    times: seconds.map(each => at(each))
  })

describe('medianTime', () => {
  it('weighs those present only', () => {
    expect(medianTime(commitAt([absent, forBlock, forBlock], [9, 0, 60]), keys.set)).toEqual(at(0))
    expect(medianTime(commitAt([forBlock, forBlock, forBlock], [9, 0, 60]), keys.set)).toEqual(at(9))
  })

  it('counts votes for nil', () => {
    expect(medianTime(commitAt([nil, forBlock, forBlock], [90, 0, 60]), keys.set)).toEqual(at(60))
  })

  it('A-01: takes power by index and does not look at the address', () => {
    const commit = commitAt([forBlock, forBlock, forBlock], [0, 30, 60])
    const [first, second, third] = commit.signatures.map(({ validatorAddress }) => validatorAddress)
    const moved = [third, first, second].map((validatorAddress, index) => ({
      ...commit.signatures[index]!,
      validatorAddress: validatorAddress!
    }))
    expect(medianTime({ ...commit, signatures: moved }, keys.set)).toEqual(medianTime(commit, keys.set))
  })

  it('is no time when nobody voted', () => {
    expect(medianTime(commitAt([absent, absent, absent], []), keys.set)).toBe(ZERO_TIME)
    expect(() => medianTime(commitAt([absent], []), keys.set)).toThrow('not of this validator set')
  })

  it('lies between the times of correct validators while less than half the power lies', () => {
    const member = fc.record({
      seconds: fc.integer({ min: 0, max: 100 }),
      power: fc.bigInt({ min: 1n, max: 50n })
    })
    const liar = fc.record({
      seconds: fc.integer({ min: -(10 ** 6), max: 10 ** 6 }),
      power: fc.bigInt({ min: 1n, max: 50n })
    })
    const power = (members: readonly { power: bigint }[]) =>
      members.reduce((sum, each) => sum + each.power, 0n)
    fc.assert(
      fc.property(fc.array(member, { minLength: 1 }), fc.array(liar), (correct, liars) => {
        fc.pre(power(liars) * 2n < power(correct))
        const median = weightedMedian(
          [...correct, ...liars].map(each => ({ time: at(each.seconds), power: each.power }))
        )
        const times = correct.map(({ seconds }) => START + seconds)
        expect(median.seconds).toBeGreaterThanOrEqual(Math.min(...times))
        expect(median.seconds).toBeLessThanOrEqual(Math.max(...times))
      })
    )
  })
})

describe('block time', () => {
  const genesis: ChainState = {
    chainId: 'chain',
    initialHeight: 7,
    lastBlockHeight: 0,
    lastBlockId: someBlockId('a'),
    lastBlockTime: at(0, 5),
    validators: keys.set,
    nextValidators: keys.set,
    lastValidators: null,
    lastHeightValidatorsChanged: 7,
    consensusParams: DEFAULT_CONSENSUS_PARAMS,
    lastHeightConsensusParamsChanged: 7,
    lastResultsHash: '',
    appHash: '',
    appVersion: 0
  }
  const later: ChainState = { ...genesis, lastBlockHeight: 7, lastBlockTime: at(8), lastValidators: keys.set }
  const commit = commitAt([forBlock, forBlock, forBlock], [9, 10, 60])

  it('TestValidateBlockTime: first block (initial height) must be at genesis time', () => {
    expect(nextBlockTime(genesis, null)).toEqual(at(0, 5))
    expect(validateBlockTime(genesis, 7, at(0, 5), null)).toBeNull()
    expect(validateBlockTime(genesis, 7, at(0, 6), null)).toContain(
      'not equal to genesis time 2020-09-13T12:26:40.000000005Z'
    )
  })

  it('TestValidateBlockTime: equal to median is right, anything else is not', () => {
    expect(nextBlockTime(later, commit)).toEqual(at(10))
    expect(validateBlockTime(later, 8, at(10), commit)).toBeNull()
    expect(validateBlockTime(later, 8, at(10, 1), commit)).toContain('invalid block time. Expected')
  })

  it('TestValidateBlockTime: block time before last block time is not greater than last block time', () => {
    expect(validateBlockTime(later, 8, at(7), commit)).toContain('not greater than last block time')
    // Equal to the median, and yet not later than the block before.
    expect(validateBlockTime({ ...later, lastBlockTime: at(10) }, 8, at(10), commit)).toContain('not greater')
  })

  it('needs the last commit after the first block', () => {
    expect(() => nextBlockTime(later, null)).toThrow('has a last commit')
  })

  it('has every case of the file that is about it', () => {
    expect(cases.filter(({ name }) => name.startsWith('TestValidateBlockTime'))).toHaveLength(3)
  })
})

describe('voteTime', () => {
  it('is now, but a millisecond after the block at least', () => {
    expect(voteTime(START * 1000, null)).toEqual(at(0))
    expect(voteTime(START * 1000, at(-1))).toEqual(at(0))
    expect(voteTime(START * 1000, at(5, 999_500_000))).toEqual(at(6, 500_000))
    expect(voteTime(START * 1000 + 1, at(0))).toEqual(at(0, 1_000_000))
    expect(compareTimestamps(voteTime(START * 1000 + 2, at(0)), at(0, 2_000_000))).toBe(0)
  })
})
