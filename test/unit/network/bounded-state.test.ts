import { describe, expect, it } from 'vitest'
import { AttemptCounter, contentKey } from '../../../src/network/attempts.ts'
import { BlameBook } from '../../../src/network/blame.ts'
import { peerIdFromSeed } from '../../../src/network/index.ts'
import { IpLimiter } from '../../../src/network/ip-limiter.ts'
import { encodeNeighbours, NeighbourTable } from '../../../src/network/neighbours.ts'
import { MAX_PENDING_VERDICTS, PendingVerdicts } from '../../../src/network/pending-verdicts.ts'
import { SeenCache } from '../../../src/network/seen-cache.ts'
import { FakeClock } from './fakes.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const attemptOf = (frame: Uint8Array) => frame[0]

describe('attempts', () => {
  it('numbers repetitions of the same content and keeps the content', () => {
    const attempts = new AttemptCounter(new FakeClock(), 30_000)
    expect(attempts.frame('consensus', bytes('vote'))).toEqual(Uint8Array.of(0, ...bytes('vote')))
    expect(attempts.frame('consensus', bytes('vote'))).toEqual(Uint8Array.of(1, ...bytes('vote')))
    expect(attemptOf(attempts.frame('consensus', bytes('other')))).toBe(0)
    expect(attemptOf(attempts.frame('txs', bytes('vote')))).toBe(0)
    expect(attemptOf(attempts.frame('consensus', bytes('vote')))).toBe(2)
  })

  it('starts anew once every peer has forgotten the message', () => {
    const clock = new FakeClock()
    const attempts = new AttemptCounter(clock, 30_000)
    attempts.frame('txs', bytes('x'))
    clock.advance(59_000)
    expect(attemptOf(attempts.frame('txs', bytes('x')))).toBe(1)
    clock.advance(61_000)
    expect(attemptOf(attempts.frame('txs', bytes('x')))).toBe(0)
  })

  it('wraps after 255 and forgets the oldest content', () => {
    const attempts = new AttemptCounter(new FakeClock(), 30_000)
    for (let i = 0; i < 256; i++) expect(attemptOf(attempts.frame('txs', bytes('x')))).toBe(i)
    expect(attemptOf(attempts.frame('txs', bytes('x')))).toBe(0)
    for (let i = 0; i < 9_000; i++) attempts.frame('txs', bytes(`filler ${i}`))
    expect(attemptOf(attempts.frame('txs', bytes('x')))).toBe(0)
  })

  it('gives content another key on another topic', () => {
    expect(contentKey('a', bytes('x'))).toBe(contentKey('a', bytes('x')))
    expect(contentKey('a', bytes('x'))).not.toBe(contentKey('b', bytes('x')))
    expect(contentKey('a', bytes('bx'))).not.toBe(contentKey('ab', bytes('x')))
  })
})

describe('blame', () => {
  it('refuses a peer after ten offences in a burst, for the time given', () => {
    const clock = new FakeClock()
    const blame = new BlameBook(clock, 60_000)
    for (let i = 0; i < 9; i++) expect(blame.add('p')).toBe(false)
    expect(blame.isRefused('p')).toBe(false)
    expect(blame.add('p')).toBe(true)
    expect(blame.isRefused('p')).toBe(true)
    expect(blame.isRefused('other')).toBe(false)
    clock.advance(60_001)
    expect(blame.isRefused('p')).toBe(false)
  })

  it('forgives ten offences spread over an hour', () => {
    const clock = new FakeClock()
    const blame = new BlameBook(clock, 60_000)
    for (let i = 0; i < 10; i++) {
      expect(blame.add('p')).toBe(false)
      clock.advance(6 * 60_000)
    }
  })

  it('keeps a refusal while offences go on, and forgets what has decayed', () => {
    const clock = new FakeClock()
    const blame = new BlameBook(clock, 60_000)
    for (let i = 0; i < 11; i++) blame.add('p')
    expect(blame.isRefused('p')).toBe(true)
    blame.add('q')
    blame.sweep()
    expect(blame.size).toBe(2)
    clock.advance(10 * 60_000)
    blame.sweep()
    expect(blame.size).toBe(0)
  })

  it('is bounded however many identities misbehave', () => {
    const blame = new BlameBook(new FakeClock(), 60_000)
    for (let i = 0; i < 10_000; i++) blame.add(`peer ${i}`)
    expect(blame.size).toBeLessThanOrEqual(4_096)
  })
})

describe('pending verdicts', () => {
  const make = () => {
    const clock = new FakeClock()
    const settled: string[] = []
    const pending = new PendingVerdicts(clock, 30_000)
    const add = (name: string) =>
      pending.add((verdict, inTime) => settled.push(`${name} ${verdict} ${inTime}`))
    return { clock, settled, pending, add }
  }

  it('takes the first verdict and no other', () => {
    const { settled, pending, add } = make()
    const judge = add('a')
    judge('reject')
    judge('accept')
    expect(settled).toEqual(['a reject true'])
    expect(pending.size).toBe(0)
  })

  it('ignores what nobody judged in time, oldest first, and the verdict that comes after', () => {
    const { clock, settled, pending, add } = make()
    const late = add('a')
    clock.advance(20_000)
    add('b')
    clock.advance(11_000)
    pending.sweep()
    late('reject')
    expect(settled).toEqual(['a ignore false'])
    clock.advance(20_000)
    pending.sweep()
    expect(settled).toEqual(['a ignore false', 'b ignore false'])
  })

  it('gives up the oldest when too many wait', () => {
    const { settled, pending, add } = make()
    for (let i = 0; i <= MAX_PENDING_VERDICTS; i++) add(String(i))
    expect(pending.size).toBe(MAX_PENDING_VERDICTS)
    expect(settled).toEqual(['0 ignore false'])
  })
})

describe('seen messages', () => {
  it('are known for their time and bounded in number', () => {
    const clock = new FakeClock()
    const seen = new SeenCache(clock, 1_000)
    expect(seen.add('a')).toBe(true)
    expect(seen.add('a')).toBe(false)
    clock.advance(1_001)
    seen.sweep()
    expect(seen.add('a')).toBe(true)
    for (let i = 0; i < 70_000; i++) seen.add(String(i))
    expect(seen.size).toBe(65_536)
    expect(seen.add('a')).toBe(true)
  })
})

describe('connections per address', () => {
  it('are limited for public addresses and come back with time', () => {
    const clock = new FakeClock()
    const limiter = new IpLimiter(clock)
    for (let i = 0; i < 20; i++) expect(limiter.take('8.8.8.8')).toBe(true)
    expect(limiter.take('8.8.8.8')).toBe(false)
    expect(limiter.take('9.9.9.9')).toBe(true)
    clock.advance(1_000)
    expect([limiter.take('8.8.8.8'), limiter.take('8.8.8.8'), limiter.take('8.8.8.8')]).toEqual([
      true,
      true,
      false
    ])
  })

  it('are not limited on private networks, nor remembered without bound', () => {
    const limiter = new IpLimiter(new FakeClock())
    for (let i = 0; i < 1_000; i++) expect(limiter.take('127.0.0.1')).toBe(true)
    expect(limiter.size).toBe(0)
    for (let i = 0; i < 5_000; i++) limiter.take(`1.2.${i >> 8}.${i & 255}`)
    expect(limiter.size).toBe(2_048)
  })
})

describe('neighbours', () => {
  const ids = Array.from({ length: 4 }, (_, i) => peerIdFromSeed(new Uint8Array(32).fill(i + 1)))

  it('are what each peer says of itself', () => {
    const table = new NeighbourTable()
    expect(table.update(ids[0]!, encodeNeighbours([ids[1]!, ids[2]!]))).toBe(true)
    expect(table.areConnected(ids[0]!, ids[1]!)).toBe(true)
    expect(table.areConnected(ids[1]!, ids[0]!)).toBe(false)
    expect(table.areConnected(ids[0]!, ids[3]!)).toBe(false)
    expect([table.countOf(ids[0]!), table.countOf(ids[1]!)]).toEqual([2, null])
    table.update(ids[0]!, encodeNeighbours([ids[3]!]))
    expect(table.areConnected(ids[0]!, ids[1]!)).toBe(false)
    table.forget(ids[0]!)
    expect(table.countOf(ids[0]!)).toBeNull()
  })

  it('of a malformed or endless list are refused, and own lists stay within the bound', () => {
    const table = new NeighbourTable()
    expect(table.update(ids[0]!, new Uint8Array(33))).toBe(false)
    expect(table.update(ids[0]!, new Uint8Array(32 * 513))).toBe(false)
    expect(table.countOf(ids[0]!)).toBeNull()
    expect(encodeNeighbours(new Array(600).fill(ids[0]))).toHaveLength(32 * 512)
  })
})
