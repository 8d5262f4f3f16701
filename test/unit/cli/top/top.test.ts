import { describe, expect, it } from 'vitest'
import { HeightRate, MissedBlocks } from '../../../../src/cli/top/missed.ts'
import { type TopModel, topLine, topScreen } from '../../../../src/cli/top/screen.ts'
import { renderLine, segment, wrapText } from '../../../../src/cli/top/segments.ts'
import { A, block, round, snapshot, votes } from '../diagnosis/snapshot-builder.ts'

function model(changes: Partial<TopModel> = {}): TopModel {
  const seen = snapshot({
    round: 1,
    locked: { round: 0, value: A },
    rounds: [
      round(0, { prevotes: votes('aaa.'), precommits: votes('a..n'), proposal: block() }),
      round(1, { prevotes: votes('n...'), proposal: block({ received: 3, validity: 'unknown' }) })
    ]
  })
  return {
    url: 'http://127.0.0.1:26657',
    snapshot: seen,
    health: 'slow',
    sentence: 'height 812 round 1: something',
    waitingTxs: 4,
    blocksPerSecond: 0.5,
    missed: [0, 7, 0, 0],
    missedOf: 100,
    failure: '',
    seenAtMs: 0,
    silentMs: 0,
    ...changes
  }
}

function picture(from: TopModel, columns: number, rows: number): string {
  return topScreen(from, { columns, rows })
    .map(line => renderLine(line, columns, false).trimEnd())
    .join('\n')
}

describe('the picture of pnyx top', () => {
  it('shows validators by row and rounds by column', () => {
    expect(picture(model(), 100, 40)).toBe(
      [
        'pnyx top  test  http://127.0.0.1:26657',
        'height 812  round 1  prevote   0.50 blocks/s   last block 400 ms ago   peers 3   txs 4',
        'height 812 round 1: something',
        'locked AB12CD34 of round 0   valid none',
        '',
        '                                   V0: AB12CD34        V1: AB12CD34 3/7',
        'validator         power   missed   prevote 0 precommit prevote 1 precommit',
        'V0 00000000 *     30 %    0/100    AB12CD34  AB12CD34  nil       .',
        'V1 11111111       35 %    7/100    AB12CD34  .         .         .',
        'V2 22222222       20 %    0/100    AB12CD34  .         .         .',
        'V3 33333333       15 %    0/100    .         nil       .         .',
        'for one value                      85 %      30 %      30 %      0 %',
        '',
        '3 peers',
        'node1            812/1 prevote           node2            812/1 prevote',
        'node3            812/1 prevote',
        'q quits'
      ].join('\n')
    )
  })

  it('never has more lines or columns than the terminal', () => {
    for (const [columns, rows] of [
      [20, 5],
      [60, 12],
      [80, 24],
      [300, 80]
    ] as const) {
      const lines = picture(model({ sentence: 'many words '.repeat(40) }), columns, rows).split('\n')
      expect(lines.length).toBeLessThanOrEqual(rows)
      expect(Math.max(...lines.map(line => [...line].length))).toBeLessThanOrEqual(columns)
    }
  })

  it('keeps the newest round where only one fits', () => {
    expect(picture(model(), 60, 40)).toContain('prevote 1 precommit')
    expect(picture(model(), 60, 40)).not.toContain('prevote 0')
  })

  it('counts validators that do not fit', () => {
    expect(picture(model(), 100, 18)).toContain('V3 33333333')
    expect(picture(model(), 100, 12)).toMatch(/V1 1{8}.*\n… and 2 more validators\n/)
  })

  it('leaves out the peers before the validators in a small window', () => {
    expect(picture(model(), 100, 17)).toContain('3 peers')
    const small = picture(model(), 100, 14)
    expect(small).toContain('V3 33333333')
    expect(small).not.toContain('3 peers')
    expect(small.endsWith('q quits')).toBe(true)
    for (let rows = 1; rows < 30; rows++) {
      expect(topScreen(model(), { columns: 60, rows }).length).toBeLessThanOrEqual(rows)
    }
  })

  it('says when the node stopped answering instead of how it was, and lets nobody move the cursor', () => {
    const gone = {
      failure: 'no node\u001b[2J answers',
      silentMs: 7_000,
      sentence: 'blocks come as they should'
    }
    const shown = picture(model(gone), 100, 40)
    expect(shown).toContain('no answer for 7 s, and what is below is as old: no node')
    expect(shown).not.toContain('blocks come')
    expect(shown).not.toContain('\u001b')
  })

  it('is one line in a pipe', () => {
    expect(topLine(model())).toBe(
      'slow: height 812 round 1: something [prevote, 0.50 blocks/s, 3 peers, 4 txs]'
    )
  })
})

describe('lines', () => {
  it('are cut before they are coloured', () => {
    const line = [segment('abcdef', 'good'), segment('ghi', 'bad')]
    expect(renderLine(line, 9, false)).toBe('abcdefghi')
    expect(renderLine(line, 8, false)).toBe('abcdefg…')
    expect(renderLine(line, 4, true)).toBe('\u001b[32mabc\u001b[39m…')
  })

  it('are wrapped at words', () => {
    expect(wrapText('one two three four', 9, 3)).toEqual(['one two', 'three', 'four'])
    expect(wrapText('one two three four', 9, 2)).toEqual(['one two', 'three four'])
  })
})

describe('what is remembered between two looks', () => {
  it('blocks missed, in a window', () => {
    const missed = new MissedBlocks(3)
    expect(missed.wanted(5, 10)).toEqual([5, 4, 3])
    for (const height of [1, 2, 3, 4]) missed.note(height, new Set(height % 2 === 0 ? ['aa'] : []))
    expect([missed.size, missed.missedBy('aa'), missed.missedBy('bb')]).toEqual([3, 1, 3])
    expect(missed.wanted(5, 10)).toEqual([5])
    expect(missed.wanted(0, 10)).toEqual([])
  })

  it('the rate of blocks over the last samples', () => {
    const rate = new HeightRate(10_000)
    rate.note(5, 0)
    expect(rate.perSecond).toBe(0)
    rate.note(9, 2_000)
    expect(rate.perSecond).toBe(2)
    rate.note(10, 12_000)
    expect(rate.perSecond).toBe(0.1)
  })
})
