import { describe, expect, it } from 'vitest'
import {
  beginBlockSlashing,
  changeParams,
  chooseActiveSet,
  isExpired,
  JAILED_FOR_EVER,
  noteBonded,
  ONE,
  rotateKey,
  unjail
} from '../../../src/evidence/index.ts'
import { addressOfName, inShort, SlashingBed, STORY_PARAMS, timeAt } from './slashing-bed.ts'

/** The cases of the specification that the module alone can show; the others are the pool's and the node's. */
describe('slashing', () => {
  it('S-01: evidence against a validator that left the set and is still unbonding slashes it', () => {
    const bed = new SlashingBed()
    bed.blocks(5)
    bed.state.setStatus('b', 'unbonding', bed.place)
    expect(inShort(bed.block({ offences: [bed.offence('b', { height: 4 })] }))).toEqual([
      'slash b duplicateVote 50',
      'jail b duplicateVote',
      'tombstone b'
    ])
    expect([bed.tokens('b'), bed.state.burned]).toEqual([950n, { bonded: 0n, notBonded: 50n }])
  })

  it('S-02: evidence against one unbonded, removed or never known is an event and nothing else', () => {
    const bed = new SlashingBed()
    bed.state.setStatus('b', 'unbonded', bed.place)
    bed.state.validators.delete('c')
    const stranger = bed.offence('', { address: 'ff'.repeat(20) })
    const offences = [bed.offence('b'), bed.offence('c'), stranger]
    expect(inShort(bed.block({ offences, voters: [] }))).toEqual([
      'ignored unbonded',
      'ignored unknownValidator',
      'ignored unknownKey'
    ])
    expect(bed.state.burned).toEqual({ bonded: 0n, notBonded: 0n })
  })

  it('S-03: one tombstoned already is not slashed again', () => {
    const bed = new SlashingBed()
    bed.block({ offences: [bed.offence('b')] })
    expect(inShort(bed.block({ offences: [bed.offence('b', { type: 'duplicateProposal' })] }))).toEqual([
      'ignored tombstoned'
    ])
    expect(bed.tokens('b')).toBe(950n)
  })

  it('S-04: one jailed for downtime is slashed and tombstoned, not jailed again', () => {
    const bed = new SlashingBed()
    bed.blocks(11, { absent: ['b'] })
    expect(bed.isJailed('b')).toBe(true)
    expect(inShort(bed.block({ offences: [bed.offence('b', { height: 3 })] }))).toEqual([
      'slash b duplicateVote 50',
      'tombstone b'
    ])
    expect(bed.info('b')).toMatchObject({ tombstoned: true, jailedUntil: JAILED_FOR_EVER })
  })

  it('S-05: an old key is its operator’s for ever: it is slashed, cannot be let out, and no key comes back', () => {
    const bed = new SlashingBed()
    bed.blocks(3)
    const keys = { from: addressOfName('b'), to: addressOfName('b2') }
    expect(rotateKey(bed.state, 'b', keys, bed.height)).toBeNull()
    expect(inShort(bed.block({ offences: [bed.offence('b', { height: 2 })], voters: [] }))).toEqual([
      'slash b duplicateVote 50',
      'jail b duplicateVote',
      'tombstone b'
    ])
    expect(unjail(bed.state, 'b', bed.place)).toMatchObject({ ok: false, code: 'tombstoned' })
    expect(rotateKey(bed.state, 'b', { from: keys.to, to: addressOfName('b3') }, bed.height)).toBe(
      'tombstoned'
    )
    for (const used of [keys.from, keys.to]) {
      expect(rotateKey(bed.state, 'c', { from: addressOfName('c'), to: used }, bed.height)).toBe('keyUsed')
    }
    expect(rotateKey(bed.state, 'c', keys, bed.height)).toBe('noValidator')
    expect(inShort(bed.block({ offences: [bed.offence('b2')], voters: [] }))).toEqual(['ignored tombstoned'])
  })

  it('S-06: an offence in the first block, or where the validator joined, is slashed like any other', () => {
    const bed = new SlashingBed()
    expect(inShort(bed.block({ offences: [bed.offence('b', { height: 1 })] })).at(0)).toBe(
      'slash b duplicateVote 50'
    )
    bed.state.create('e', addressOfName('e'), 1000n, bed.place)
    expect(inShort(bed.block({ offences: [bed.offence('e', { height: bed.height })] })).at(0)).toBe(
      'slash e duplicateVote 50'
    )
    const fresh = new SlashingBed()
    fresh.state.infos.clear()
    expect(inShort(fresh.block({ offences: [fresh.offence('b')], voters: [] })).at(-1)).toBe('tombstone b')
  })

  it('S-07: two offences in one block are one slash', () => {
    const bed = new SlashingBed()
    const offences = [bed.offence('b'), bed.offence('b', { type: 'duplicateProposal' })]
    expect(inShort(bed.block({ offences }))).toEqual([
      'ignored tombstoned',
      'slash b duplicateVote 50',
      'jail b duplicateVote',
      'tombstone b'
    ])
  })

  it('S-08: an unjail in the block of the evidence comes too late', () => {
    const bed = new SlashingBed()
    bed.blocks(11, { absent: ['b'] })
    bed.height += 100
    bed.block({ offences: [bed.offence('b', { height: 5 })] })
    expect(unjail(bed.state, 'b', bed.place)).toMatchObject({ ok: false, code: 'tombstoned' })
  })

  it('S-09: evidence is alive at exactly both bounds', () => {
    const params = { maxAgeNumBlocks: 10, maxAgeDuration: 10_000_000_000n }
    const now = { lastHeight: 20, lastTime: timeAt(20), params }
    expect(isExpired({ height: 10, time: timeAt(10) }, now)).toBe(false)
    expect(isExpired({ height: 9, time: timeAt(9) }, now)).toBe(true)
  })

  it('S-10: the power of the offence counts, up to what is there', () => {
    const bed = new SlashingBed({ slashFractionDoubleSign: ONE / 2n })
    bed.state.delegate('rich', 'b', 9000n)
    bed.state.undelegate('a-self', 'a', 900n, bed.place)
    bed.state.unbondings.clear()
    bed.block({ offences: [bed.offence('b'), bed.offence('a')] })
    expect([bed.tokens('b'), bed.tokens('a')]).toEqual([9500n, 0n])
  })

  it('S-11: when everybody has unbonded since and taken the money, nothing burns', () => {
    const bed = new SlashingBed()
    bed.state.undelegate('b-self', 'b', 1000n, bed.place)
    bed.height += 200
    bed.state.mature(bed.place)
    expect(bed.tokens('b')).toBe(0n)
    expect(inShort(bed.block({ offences: [bed.offence('b', { height: 5 })] })).at(0)).toBe(
      'slash b duplicateVote 0'
    )
  })

  it('S-12: a proposer that includes evidence against itself is slashed by it', () => {
    const bed = new SlashingBed()
    expect(inShort(bed.block({ offences: [bed.offence('a')] }))).toContain('tombstone a')
  })

  it('S-13: downtime and an offence in one block are two slashes and one jail', () => {
    const bed = new SlashingBed()
    bed.blocks(10, { absent: ['b'] })
    expect(inShort(bed.block({ absent: ['b'], offences: [bed.offence('b', { height: 3 })] }))).toEqual([
      'slash b downtime 10',
      'jail b downtime',
      'slash b duplicateVote 50',
      'tombstone b'
    ])
  })

  it.each([5, 10, 20])(
    'S-14: a window of %i begins empty for everybody when it takes the place of one of 10',
    window => {
      const bed = new SlashingBed({ slashFractionDowntime: 0n })
      bed.blocks(9, { absent: ['b'] })
      expect(bed.info('b').missedCount).toBe(9)
      const params = { ...STORY_PARAMS, signedBlocksWindow: window, minSigned: 0 }
      expect(changeParams(bed.state, params, bed.height)).toEqual({ ok: true })
      const isNew = window !== 10
      expect([bed.info('b').missedCount, bed.state.bitsSet('b')]).toEqual(isNew ? [0, 0] : [9, 9])
      expect(bed.info('b').startHeight).toBe(isNew ? bed.height : 1)
    }
  )

  it('S-14: a window that is refused changes nothing', () => {
    const bed = new SlashingBed()
    bed.blocks(9, { absent: ['b'] })
    const before = [bed.info('b'), bed.state.params()]
    expect(changeParams(bed.state, { ...STORY_PARAMS, signedBlocksWindow: 0 }, bed.height)).toMatchObject({
      ok: false
    })
    expect([bed.info('b'), bed.state.params()]).toEqual(before)
  })

  it('S-15: one who joins at H and is away from its first block on is not judged before H + W + 1', () => {
    const bed = new SlashingBed()
    bed.blocks(20)
    bed.state.create('e', addressOfName('e'), 1000n, bed.place)
    const joined = bed.height
    while (!bed.isJailed('e')) bed.block({ absent: ['e'] })
    expect(bed.height).toBe(joined + 10 + 1)
  })

  it('S-16: one who is away and leaves and comes back every half window is jailed all the same', () => {
    const bed = new SlashingBed()
    let rounds = 0
    while (!bed.isJailed('b') && rounds < 20) {
      rounds++
      bed.blocks(5, { absent: ['b'] })
      if (bed.isJailed('b')) break
      bed.state.setStatus('b', 'unbonding', bed.place)
      bed.blocks(3)
      bed.state.setStatus('b', 'bonded', bed.place)
    }
    expect(rounds).toBe(3)
  })

  it('S-17: the last validator is slashed and stays, the others leave', () => {
    const bed = new SlashingBed()
    bed.block({ offences: ['a', 'b', 'c', 'd'].map(name => bed.offence(name)) })
    const candidates = [...bed.state.validators.values()].map(({ operator, tokens, jailed }) => ({
      operator,
      power: tokens / 10n,
      jailed
    }))
    const limits = { maxValidators: 100, minActive: 1 }
    const chosen = chooseActiveSet(candidates, new Set(['a', 'b', 'c', 'd']), limits)
    expect([chosen.active.map(({ operator }) => operator), chosen.deferred]).toEqual([['a'], ['a']])
    expect(bed.tokens('a')).toBe(950n)
  })

  it('S-24: at the very time jailing ends, the validator may be let out', () => {
    const bed = new SlashingBed()
    bed.blocks(11, { absent: ['b'] })
    const until = bed.info('b').jailedUntil
    expect(until).toEqual(timeAt(bed.height + 60))
    const early = { seconds: until.seconds - 1, nanos: 999_999_999 }
    expect(unjail(bed.state, 'b', { time: early })).toMatchObject({ ok: false, code: 'stillJailed' })
    expect(unjail(bed.state, 'b', { time: until })).toEqual({
      ok: true,
      events: [{ kind: 'unjail', operator: 'b' }]
    })
    expect(bed.isJailed('b')).toBe(false)
  })
})

describe('liveness', () => {
  it('jails once more is missed than the window allows, and begins again afterwards', () => {
    const bed = new SlashingBed()
    bed.blocks(10, { absent: ['b'] })
    expect(inShort(bed.events)).toEqual([])
    expect(inShort(bed.block({ absent: ['b'] }))).toEqual(['slash b downtime 10', 'jail b downtime'])
    expect(bed.info('b')).toMatchObject({ missedCount: 0, indexOffset: 0, tombstoned: false })
    expect(bed.state.bitsSet('b')).toBe(0)
  })

  it('counts no block as missed that was voted nil on', () => {
    const bed = new SlashingBed()
    for (let height = 2; height < 40; height++) {
      const lastCommit = [
        { validator: { address: addressOfName('b'), power: 100n }, blockIdFlag: 3 as const }
      ]
      beginBlockSlashing(bed.state, { height, time: timeAt(height), lastCommit, misbehavior: [] })
    }
    expect([bed.info('b').missedCount, bed.isJailed('b')]).toEqual([0, false])
  })

  it('stands still in jail, though the votes of the next blocks still come', () => {
    const bed = new SlashingBed()
    bed.blocks(11, { absent: ['b'] })
    const before = bed.info('b')
    bed.blocks(30, { absent: ['b'] })
    expect(bed.info('b')).toEqual(before)
  })

  it('gives one let out of jail its grace again', () => {
    const bed = new SlashingBed()
    bed.blocks(11, { absent: ['b'] })
    bed.height += 100
    expect(unjail(bed.state, 'b', bed.place).ok).toBe(true)
    noteBonded(bed.state, 'b', bed.height)
    const back = bed.height
    while (!bed.isJailed('b')) bed.block({ absent: ['b'] })
    expect(bed.height).toBe(back + 11)
  })

  it('censored by a third of the proposers jails nobody who is there (B9)', () => {
    const bed = new SlashingBed({ signedBlocksWindow: 100, minSigned: 50 })
    for (let height = 0; height < 1000; height++) bed.block({ absent: height % 4 === 0 ? ['b'] : [] })
    expect([bed.isJailed('b'), bed.info('b').missedCount]).toEqual([false, 25])
  })

  it('keeps the counter equal to the bits, over several chunks', () => {
    const bed = new SlashingBed({ signedBlocksWindow: 2500, minSigned: 0 })
    for (let height = 0; height < 6000; height++) bed.block({ absent: (height * 7919) % 13 < 6 ? ['b'] : [] })
    expect(bed.info('b').missedCount).toBe(bed.state.bitsSet('b'))
    expect(bed.state.chunks.size).toBe(3)
  })
})

describe('unjail', () => {
  const jailed = () => {
    const bed = new SlashingBed()
    bed.blocks(11, { absent: ['b'] })
    bed.height += 100
    return bed
  }

  it.each([
    ['of nobody', 'noValidator', (bed: SlashingBed) => bed.state.validators.delete('b')],
    [
      'without self-bond',
      'noSelfBond',
      (bed: SlashingBed) => bed.state.undelegate('b-self', 'b', 1000n, bed.place)
    ],
    [
      'with too little self-bond',
      'selfBondTooLow',
      (bed: SlashingBed) => bed.state.setValidator({ ...bed.state.validator('b')!, minSelfBond: 5000n })
    ],
    ['out of no jail', 'notJailed', (bed: SlashingBed) => unjail(bed.state, 'b', bed.place)]
  ])('%s is refused and changes nothing', (_, code, spoil) => {
    const bed = jailed()
    spoil(bed)
    const before = [bed.state.validator('b'), bed.state.signingInfo('b')]
    expect(unjail(bed.state, 'b', bed.place)).toMatchObject({ ok: false, code })
    expect([bed.state.validator('b'), bed.state.signingInfo('b')]).toEqual(before)
  })

  it('is open to one jailed for too little self-bond as soon as it has enough again', () => {
    const bed = new SlashingBed()
    bed.state.setValidator({ ...bed.state.validator('b')!, minSelfBond: 500n })
    expect(inShort(bed.state.undelegate('b-self', 'b', 600n, bed.place))).toEqual(['jail b selfBond'])
    expect(unjail(bed.state, 'b', bed.place)).toMatchObject({ code: 'selfBondTooLow' })
    bed.state.delegate('b-self', 'b', 200n)
    expect(unjail(bed.state, 'b', bed.place).ok).toBe(true)
  })
})

describe('the correlation term', () => {
  const params = { correlation: true, correlationWindowBlocks: 50 }
  const slashed = (bed: SlashingBed) => ['a', 'b', 'c', 'd'].map(name => 1000n - bed.tokens(name))

  it.each([
    [['a'], [562n, 0n, 0n, 0n]],
    [
      ['a', 'b'],
      [1000n, 1000n, 0n, 0n]
    ],
    [
      ['b', 'a'],
      [1000n, 1000n, 0n, 0n]
    ]
  ])('of %j in one block, whatever their order', (names, burned) => {
    const bed = new SlashingBed(params)
    bed.block({ offences: names.map(name => bed.offence(name)) })
    expect(slashed(bed)).toEqual(burned)
  })

  it('leaves an accident of a small one at the base', () => {
    const bed = new SlashingBed(params)
    bed.block({ offences: [bed.offence('a', { total: 10_000n })] })
    expect(slashed(bed)[0]).toBe(50n)
  })

  it.each([
    [49, 1000n],
    [50, 562n]
  ])('sees offenders of %i blocks ago: %i burned', (blocks, burned) => {
    const bed = new SlashingBed(params)
    bed.block({ offences: [bed.offence('a')] })
    bed.blocks(blocks - 1)
    bed.block({ offences: [bed.offence('b')] })
    expect(slashed(bed)[1]).toBe(burned)
  })

  it('can be switched off', () => {
    const bed = new SlashingBed({ ...params, correlation: false })
    bed.block({ offences: ['a', 'b', 'c'].map(name => bed.offence(name)) })
    expect(slashed(bed)).toEqual([50n, 50n, 50n, 0n])
  })
})
