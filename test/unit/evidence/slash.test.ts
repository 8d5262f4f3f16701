import { describe, expect, it } from 'vitest'
import {
  chooseActiveSet,
  DEFAULT_SLASHING_PARAMS,
  fractionFromText,
  fractionOf,
  fractionToText,
  largestSafeMinSigned,
  ONE,
  type SlashingParams,
  shareOf,
  slash,
  validateChainTimes,
  validateSlashingParams
} from '../../../src/evidence/index.ts'
import { diceOf } from '../../support/slashing/histories.ts'
import { inShort, SlashingBed } from './slashing-bed.ts'

const HALF = ONE / 2n

/** A bed whose validator b has 1000 tokens of its own and `amount` of x, at height 5. */
function delegated(amount: bigint): SlashingBed {
  const bed = new SlashingBed()
  bed.blocks(4)
  bed.state.delegate('x', 'b', amount)
  return bed
}

function slashB(bed: SlashingBed, change: Partial<Parameters<typeof slash>[1]> = {}) {
  const request = { operator: 'b', infractionHeight: 5, power: 200n, fraction: HALF, ...change }
  return slash(bed.state, request, bed.place)
}

const balanceOf = (bed: SlashingBed, delegator: string, operator: string) =>
  bed.state.unbonding(delegator, operator)!.entries.map(({ balance }) => balance)

describe('a slash reaches stake', () => {
  it('that unbonds since the offence, and spares the validator that part', () => {
    const bed = delegated(1000n)
    bed.blocks(3)
    bed.state.undelegate('x', 'b', 600n, bed.place)
    bed.blocks(2)
    expect(slashB(bed).burned).toBe(1000n)
    expect([balanceOf(bed, 'x', 'b'), bed.tokens('b')]).toEqual([[300n], 700n])
  })

  it('not of one who left before the offence', () => {
    const bed = delegated(1000n)
    bed.state.undelegate('x', 'b', 600n, { ...bed.place, height: 4 })
    bed.blocks(2)
    slashB(bed, { power: 140n })
    expect([balanceOf(bed, 'x', 'b'), bed.tokens('b')]).toEqual([[600n], 700n])
  })

  it('not of one who has been paid out', () => {
    const bed = delegated(1000n)
    bed.state.undelegate('x', 'b', 600n, bed.place)
    bed.height += 100
    expect(slashB(bed).burned).toBe(1000n)
    expect([balanceOf(bed, 'x', 'b'), bed.tokens('b')]).toEqual([[600n], 400n])
  })

  it('ASA-2024-005: that was redelegated, and what of it is unbonding again', () => {
    const bed = delegated(1000n)
    bed.blocks(1)
    bed.state.redelegate('x', 'b', 'c', 800n, bed.place)
    expect(slashB(bed).burned).toBe(1000n)
    expect([bed.state.delegationShares('x', 'c'), bed.tokens('c'), bed.tokens('b')]).toEqual([
      400n,
      1400n,
      600n
    ])
    const hop = delegated(1000n)
    hop.blocks(1)
    hop.state.redelegate('x', 'b', 'c', 800n, hop.place)
    hop.state.undelegate('x', 'c', 700n, hop.place)
    expect(slashB(hop).burned).toBe(1000n)
    expect([balanceOf(hop, 'x', 'c'), hop.state.delegationShares('x', 'c'), hop.tokens('b')]).toEqual([
      [300n],
      100n,
      600n
    ])
  })

  it('once: what unbonding at the destination paid is not taken from the delegation again', () => {
    const bed = delegated(1000n)
    bed.blocks(1)
    bed.state.redelegate('x', 'b', 'c', 800n, bed.place)
    bed.state.undelegate('x', 'c', 200n, bed.place)
    expect(slashB(bed).burned).toBe(1000n)
    // 400 are owed: 200 from what unbonds, the rest from 600 shares.
    expect([balanceOf(bed, 'x', 'c'), bed.state.delegationShares('x', 'c'), bed.tokens('c')]).toEqual([
      [0n],
      400n,
      1400n
    ])
  })

  it('of an operator at the destination, and jails it when too little of its own is left', () => {
    const bed = delegated(1000n)
    bed.state.setValidator({ ...bed.state.validator('c')!, selfDelegator: 'x', minSelfBond: 500n })
    bed.blocks(1)
    bed.state.redelegate('x', 'b', 'c', 800n, bed.place)
    const events = bed.block({ offences: [bed.offence('b', { height: 6, power: 200n })] })
    expect(inShort(events)).not.toContain('jail c selfBond')
    const hard = delegated(1000n)
    hard.state.setValidator({ ...hard.state.validator('c')!, selfDelegator: 'x', minSelfBond: 790n })
    hard.blocks(1)
    hard.state.redelegate('x', 'b', 'c', 800n, hard.place)
    expect(inShort(hard.block({ offences: [hard.offence('b', { height: 6, power: 200n })] }))).toEqual([
      'slash b duplicateVote 100',
      'jail c selfBond',
      'jail b duplicateVote',
      'tombstone b'
    ])
  })

  it('of many delegators, in whatever order they come', () => {
    for (let seed = 0; seed < 300; seed++) {
      const outcomes = [false, true].map(isReversed => {
        const dice = diceOf(seed)
        const bed = delegated(BigInt(200 + dice(100)))
        for (const delegator of ['y', 'z']) bed.state.delegate(delegator, 'b', BigInt(100 + dice(100)))
        bed.blocks(1)
        const moves = ['x', 'y', 'z'].map(delegator => [delegator, BigInt(10 + dice(80))] as const)
        const tokens = 10n + BigInt(dice(40))
        const request = { power: BigInt(50 + dice(100)), fraction: ONE / BigInt(2 + dice(7)) }
        for (const [delegator, shares] of isReversed ? moves.toReversed() : moves) {
          bed.state.redelegate(delegator, 'b', 'c', shares, bed.place)
        }
        bed.state.setValidator({ ...bed.state.validator('c')!, tokens })
        const { burned } = slashB(bed, request)
        return [
          burned,
          bed.tokens('c'),
          ...['x', 'y', 'z'].map(each => bed.state.delegationShares(each, 'c'))
        ]
      })
      expect(outcomes[0], `seed ${seed}`).toEqual(outcomes[1])
    }
  })

  it('for no more than it owes, though it has grown since it moved', () => {
    const bed = delegated(1000n)
    bed.blocks(1)
    bed.state.redelegate('x', 'b', 'c', 800n, bed.place)
    bed.state.setValidator({ ...bed.state.validator('c')!, tokens: 3600n })
    expect(slashB(bed).burned).toBe(1000n)
    expect([bed.tokens('c'), bed.tokens('b')]).toEqual([3200n, 600n])
  })
})

describe('a slash burns', () => {
  it.each([
    [1n, 3n, 0n],
    [10n, 3n, 3n],
    [99n, 100n, 0n],
    [1001n, 1000n, 1n]
  ])('of %i tokens at 1/%i the floor', (tokens, divisor, burned) => {
    const bed = delegated(0n)
    const state = Object.assign(bed.state, { tokensPerPower: 1n })
    const request = { operator: 'b', infractionHeight: 5, power: tokens, fraction: ONE / divisor + 1n }
    expect(slash(state, request, bed.place).burned).toBe(burned)
  })

  it('nothing for what makes no sense, and never throws', () => {
    const bed = delegated(1000n)
    const before = bed.tokens('b')
    for (const change of [
      { operator: 'nobody' },
      { fraction: -1n },
      { fraction: ONE + 1n },
      { fraction: 0n },
      { power: -5n },
      { power: 0n },
      { infractionHeight: bed.height + 1 }
    ]) {
      expect(slashB(bed, change)).toEqual({ burned: 0n, weakened: [] })
    }
    expect(bed.tokens('b')).toBe(before)
  })

  it('in the block of the offence only what is still with the validator', () => {
    const bed = delegated(1000n)
    bed.state.undelegate('x', 'b', 600n, bed.place)
    expect(slashB(bed, { infractionHeight: bed.height, power: 140n }).burned).toBe(700n)
    expect(balanceOf(bed, 'x', 'b')).toEqual([600n])
  })
})

describe('params', () => {
  const problem = (change: Partial<SlashingParams>) =>
    validateSlashingParams({ ...DEFAULT_SLASHING_PARAMS, ...change })

  it('are fine by default, and safe from censorship by a third of the proposers', () => {
    expect(problem({})).toBeNull()
    const { signedBlocksWindow, minSigned } = DEFAULT_SLASHING_PARAMS
    for (const validators of [1, 4, 7, 100, 200])
      expect(largestSafeMinSigned(signedBlocksWindow, validators)).toBeGreaterThanOrEqual(minSigned)
    expect([1, 4, 7, 100].map(validators => largestSafeMinSigned(100, validators))).toEqual([90, 65, 61, 57])
    expect(largestSafeMinSigned(1, 4)).toBe(0)
  })

  it.each([
    [{ signedBlocksWindow: 0 }, /^signed_blocks_window/],
    [{ signedBlocksWindow: 1.5 }, /^signed_blocks_window/],
    [{ signedBlocksWindow: 1_000_001 }, /^signed_blocks_window/],
    [{ minSigned: 101 }, /^min_signed/],
    [{ minSigned: -1 }, /^min_signed/],
    [{ downtimeJailDuration: 0n }, /^downtime_jail_duration/],
    [{ slashFractionDowntime: ONE + 1n }, /^slash_fraction_downtime .* 1\.000000000000000001$/],
    [{ slashFractionDoubleSign: -1n }, /^slash_fraction_double_sign .* -0\.000000000000000001$/],
    [{ correlationWindowBlocks: -1 }, /^correlation_window_blocks/]
  ])('%# are refused', (change, reason) => {
    expect(problem(change)).toMatch(reason)
  })

  it('let evidence live exactly as long as stake can be slashed (ASA-2024-004)', () => {
    const times = (maxAgeNumBlocks: number, maxAgeDuration: bigint) =>
      validateChainTimes({
        unbondingTime: 1000n,
        minBlockTime: 10n,
        evidence: { maxAgeNumBlocks, maxAgeDuration }
      })
    expect(times(100, 1000n)).toBeNull()
    expect(times(100, 999n)).toMatch(/must equal the unbonding time/)
    expect(times(100, 1001n)).toMatch(/must equal the unbonding time/)
    expect(times(101, 1000n)).toMatch(/at most 100 fit/)
  })
})

describe('fractions', () => {
  it.each([
    ['0', '0.000000000000000000'],
    ['1', '1.000000000000000000'],
    ['1.0', '1.000000000000000000'],
    ['0.05', '0.050000000000000000'],
    ['0.000000000000000001', '0.000000000000000001']
  ])('%s is read, and written as %s', (text, written) => {
    expect(fractionToText(fractionFromText(text)!)).toBe(written)
  })

  it.each(['', '2', '1.000000000000000001', '.5', '-0.1', '0.1234567890123456789', '1e-2', ' 0'])(
    '%j is not',
    text => {
      expect(fractionFromText(text)).toBeNull()
    }
  )

  it('round down, and stop at one', () => {
    expect([shareOf(999n, ONE / 1000n), shareOf(1000n, ONE / 1000n)]).toEqual([0n, 1n])
    expect([fractionOf(1n, 3n), fractionOf(4n, 3n), fractionOf(1n, 0n), fractionOf(-1n, 3n)]).toEqual([
      ONE / 3n,
      ONE,
      0n,
      0n
    ])
  })
})

describe('the validator set', () => {
  const candidate = (operator: string, power: number, jailed = false) => ({
    operator,
    power: BigInt(power),
    jailed
  })
  const choose = (
    candidates: ReturnType<typeof candidate>[],
    current: string,
    maxValidators = 3,
    minActive = 1
  ) => {
    const { active, deferred } = chooseActiveSet(candidates, new Set(current), { maxValidators, minActive })
    return [active.map(({ operator }) => operator).join(''), deferred.join('')]
  }

  it('is the strongest who are not in jail, ties by name', () => {
    expect(
      choose([candidate('d', 5), candidate('a', 5), candidate('b', 9), candidate('c', 1)], 'abcd')
    ).toEqual(['bad', ''])
    expect(choose([candidate('a', 5), candidate('b', 9, true), candidate('c', 0)], 'abc')).toEqual(['a', ''])
  })

  it('keeps the strongest jailed members where it would become too small, but takes in nobody from jail', () => {
    const all = [candidate('a', 5, true), candidate('b', 9, true), candidate('c', 7, true)]
    expect(choose(all, 'ac')).toEqual(['c', 'c'])
    expect(choose([...all, candidate('d', 1)], 'abc', 3, 3)).toEqual(['bcd', 'bc'])
    expect(choose(all, '')).toEqual(['', ''])
  })
})
